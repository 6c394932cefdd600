"""The published vectors, worked out from docs/crypto.md alone: nothing of crm is imported here.

`python -m tests.crypto.vectors` writes docs/crypto-vectors.json; a test compares it byte for byte.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

FILE = Path(__file__).resolve().parents[2] / "docs" / "crypto-vectors.json"
AES_GCM, SM4_GCM, FORMAT = 1, 2, 1
SUITES = (AES_GCM, SM4_GCM)

MASTER = bytes(range(32))
RECORD_SECRET, BLIND_SECRET, DATA_SECRET = (bytes([n]) * 32 for n in (0x11, 0x22, 0x33))
OWNER = UUID("01935f00-0000-7000-8000-000000000001")
CONTACT = UUID("01935f00-0000-7000-8000-000000000002")

BOXED = (
    ("customers", "phone", OWNER, 1, "0311-88887777"),
    ("customers", "phone", OWNER, 258, "0311-88887777"),
    ("customers", "traits", OWNER, 1, "爱提前一周约，𬘭工定价"),
    ("contacts", "mobile", CONTACT, 1, "13900001111"),
    ("contacts", "other", CONTACT, 1, ""),
)
"""table, column, row, version of the data key, text"""

LOOKED_UP = (
    ("contact.mobile", "13900001111", 3),
    ("contact.mobile", "13900001111", 24),
    ("contact.mobile4", "1111", 8),
    ("contact.name", "曾国强", 8),
)
"""index, normalised value, bits"""


def nonce(label: str) -> bytes:
    """A nonce for one vector; real ones are random."""
    return hashlib.sha256(label.encode()).digest()[:12]


def mac(suite: int, key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256, in suite 2 HMAC-SM3."""
    if suite == AES_GCM:
        return hmac.digest(key, message, "sha256")
    keyed = HMAC(key, hashes.SM3())
    keyed.update(message)
    return keyed.finalize()


def expand(key: bytes, info: bytes, suite: int = AES_GCM) -> bytes:
    """RFC 5869 §2.3, one block: 32 bytes, in suite 2 the first 16 of them."""
    return mac(suite, key, info + b"\x01")[: 32 if suite == AES_GCM else 16]


def encrypt(suite: int, key: bytes, once: bytes, plain: bytes, bound: bytes) -> bytes:
    """AES-256-GCM, in suite 2 SM4-GCM; the tag of 16 bytes at the end."""
    if suite == AES_GCM:
        return AESGCM(key).encrypt(once, plain, bound)
    cipher = Cipher(algorithms.SM4(key), modes.GCM(once)).encryptor()
    cipher.authenticate_additional_data(bound)
    return cipher.update(plain) + cipher.finalize() + cipher.tag


def wrapping(suite: int, key: bytes) -> bytes:
    """What a key wraps others with: itself, in suite 2 a key derived from it."""
    return key if suite == AES_GCM else expand(key, b"kedang wrap", suite)


def derived(purpose: str) -> dict[str, str]:
    """RFC 5869 with no salt, over the master key: what needs no storing."""
    info = f"kedang {purpose}".encode()
    extracted = hmac.digest(bytes(32), MASTER, "sha256")
    return {"purpose": purpose, "info": info.hex(), "key": expand(extracted, info).hex()}


def wrapped(suite: int, key: bytes, secret: bytes, bound: bytes) -> dict[str, str]:
    """Nonce ‖ cipher(key, secret, bound)."""
    once = nonce(bound.hex())
    whole = once + encrypt(suite, wrapping(suite, key), once, secret, bound)
    return {
        "bound": bound.hex(),
        "nonce": once.hex(),
        "secret": secret.hex(),
        "wrapped": whole.hex(),
    }


def house_key(suite: int, purpose: str, secret: bytes) -> dict[str, Any]:
    """A key of the table `keys`, wrapped by the master key."""
    return {"purpose": purpose, "version": 1} | wrapped(
        suite, MASTER, secret, f"keys\0{purpose}\0{1}".encode()
    )


def data_key(suite: int, owner: UUID, version: int) -> dict[str, Any]:
    """A key of the table `data_keys`, wrapped by the primary record key."""
    bound = b"data_keys\0" + owner.bytes + struct.pack(">H", version)
    return {"owner_id": str(owner), "version": version, "key_version": 1} | wrapped(
        suite, RECORD_SECRET, DATA_SECRET, bound
    )


def box(  # noqa: PLR0917 - the facts of a box
    suite: int, table: str, column: str, row: UUID, version: int, text: str
) -> dict[str, Any]:
    """Format ‖ suite ‖ version ‖ nonce ‖ ciphertext ‖ tag, bound to its place."""
    header = struct.pack(">BBH", FORMAT, suite, version)
    bound = f"{table}\0{column}\0".encode() + row.bytes + header
    info = f"kedang field\0{table}\0{column}\0{suite}".encode()
    key, once = expand(DATA_SECRET, info, suite), nonce(bound.hex())
    whole = header + once + encrypt(suite, key, once, text.encode(), bound)
    place = {"table": table, "column": column, "row_id": str(row), "version": version}
    inner = {"field_info": info.hex(), "field_key": key.hex(), "bound": bound.hex()}
    return place | inner | {"nonce": once.hex(), "text": text, "box": whole.hex()}


def term(suite: int, index: str, text: str, bits: int) -> dict[str, Any]:
    """The leading bits of HMAC(blind key, index ‖ 0 ‖ value)."""
    digest = mac(suite, BLIND_SECRET, f"{index}\0{text}".encode())
    value = int.from_bytes(digest, "big") >> (256 - bits)
    return {"index": index, "text": text, "bits": bits, "value": value}


def of_suite(suite: int) -> dict[str, Any]:
    """The vectors of one suite."""
    return {
        "keys": [
            house_key(suite, "record", RECORD_SECRET),
            house_key(suite, "blind", BLIND_SECRET),
        ],
        "data_keys": [data_key(suite, OWNER, 1), data_key(suite, OWNER, 258)],
        "boxes": [box(suite, *one) for one in BOXED],
        "blind_terms": [term(suite, *one) for one in LOOKED_UP],
    }


def entry() -> dict[str, Any]:
    """One entry of the log as its canonical text has it."""
    note = box(AES_GCM, "log_entries", "note", CONTACT, 1, "总经理要求核对")["box"]
    return {
        "seq": 7,
        "at": "2026-11-23T06:02:00.000001+00:00",
        "id": str(CONTACT),
        "actor": "zhao",
        "role": "salesperson",
        "action": "reveal",
        "subject_type": "customer",
        "subject_ids": [str(OWNER)],
        "fields": [f"contact.{CONTACT}.mobile"],
        "purpose": "other",
        "grant_id": None,
        "session": None,
        "address": "192.0.2.7",
        "result": "ok",
        "code": "23456789AB",
        "note": base64.b64encode(bytes.fromhex(note)).decode(),
        "detail": {"view": "card", "次": 1},
    }


def canonical(said: dict[str, Any]) -> str:
    """JSON with sorted keys, no spaces, nothing escaped that need not be."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def leaf(text: str) -> str:
    """RFC 6962 §2.1: SHA-256(0 ‖ text)."""
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


def vectors() -> dict[str, Any]:
    """Everything that is published."""
    text = canonical(entry())
    return {
        "about": "Invented keys and values. The formats are in docs/crypto.md; all bytes are hex.",
        "master_key": MASTER.hex(),
        "derived": [derived("cookies")],
        **of_suite(AES_GCM),
        "suite_2": of_suite(SM4_GCM),
        "log": [{"entry": entry(), "text": text, "leaf": leaf(text)}],
    }


def published() -> str:
    """The file's content."""
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(published(), "utf-8")
