"""Suites: the authenticated ciphers a box may name in its header."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm.errors import CannotOpen

NONCE = 12
"""Bytes of a nonce (SP 800-38D: 96 bits, random; far below 2^32 boxes for one record's key)."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One cipher: its number in a box's header, the length of its key, and its two directions."""

    code: int
    name: str
    key_bytes: int
    encrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    """(key, nonce, plaintext, associated data) → ciphertext with its tag."""
    decrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    """(key, nonce, ciphertext with tag, associated data) → plaintext; raises CannotOpen."""


def _aes_encrypt(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, plain, bound)


def _aes_decrypt(key: bytes, nonce: bytes, box: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, box, bound)
    except InvalidTag:
        raise CannotOpen("the box was altered, moved, or sealed with another key") from None


AES = Suite(1, "AES-256-GCM", 32, _aes_encrypt, _aes_decrypt)

SUITES = {suite.code: suite for suite in (AES,)}
"""Suites by the number in a box's header; SM4-GCM joins as number 2."""
