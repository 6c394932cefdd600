"""Sealed streams: a long file in chunks, each sealed; cutting, swapping and altering are noticed.

A file is `magic | length 4 | head (JSON) | SHA-256 of all that 32 | frames`, a frame is
`last 1 | length 4 | ciphertext with tag`. Its key is derived from the master key and the head's
random salt, so it seals this one file; the nonce is the frame's number. A frame is bound to the
head's digest, its number and whether it is the last (the STREAM construction: Hoang, Reyhanitabar,
Rogaway, Vizár 2015), and nothing may follow the last one.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from typing import IO, TYPE_CHECKING, Any

from crm.crypto.suites import AES, NONCE, SUITES
from crm.errors import CannotOpen, KeyMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crm.crypto.keyring import Keyring

FRAME = 1 << 20
"""Bytes of plaintext in a frame."""
LARGEST_HEAD = 1 << 16
DIGEST = 32
TAG = 16
_LENGTH = struct.Struct(">I")
_FRAME = struct.Struct(">BI")
_BOUND = struct.Struct(">QB")


class SealedWriter:
    """Seals what is written to it, frame by frame. `close()` writes the last frame."""

    def __init__(
        self, file: IO[bytes], magic: bytes, ring: Keyring, facts: Mapping[str, Any]
    ) -> None:
        """Write the head: `facts` stay readable, so they must be no secret."""
        salt = os.urandom(16).hex()
        suite = facts.get("suite", AES.code)
        head = {**facts, "suite": suite, "salt": salt, "check": _check(ring, salt)}
        text = json.dumps(head, sort_keys=True).encode()
        whole = magic + _LENGTH.pack(len(text)) + text
        self._file, self._digest = file, hashlib.sha256(whole).digest()
        self._suite, self._key = SUITES[suite], _key(ring, salt, suite)
        self._waiting, self._number = bytearray(), 0
        file.write(whole + self._digest)

    def write(self, content: bytes) -> None:
        """Seal every full frame; the rest waits."""
        self._waiting += content
        while len(self._waiting) > FRAME:
            self._seal(bytes(self._waiting[:FRAME]), last=0)
            del self._waiting[:FRAME]

    def close(self) -> None:
        """Seal what waits as the last frame."""
        self._seal(bytes(self._waiting), last=1)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: int) -> None:
        bound = self._digest + _BOUND.pack(self._number, last)
        box = self._suite.encrypt(self._key, _nonce(self._number), plain, bound)
        self._file.write(_FRAME.pack(last, len(box)) + box)
        self._number += 1


class SealedReader:
    """Opens a sealed file: its head at once, its frames one after the other."""

    def __init__(self, file: IO[bytes], magic: bytes, ring: Keyring) -> None:
        """Read the head. Raises CannotOpen, or KeyMissing for a file of another master key."""
        self.head, self._digest = read_head(file, magic)
        suite = SUITES.get(self.head["suite"])
        if suite is None:
            raise CannotOpen("it names a cipher suite that this release does not know")
        if self.head.get("check") != _check(ring, str(self.head.get("salt"))):
            raise KeyMissing("it was made with another master key")
        self._file, self._suite = file, suite
        self._key = _key(ring, str(self.head["salt"]), suite.code)

    def frames(self) -> Iterator[bytes]:
        """The frames' content. Raises CannotOpen when it is cut short, altered or added to."""
        number = last = 0
        while not last:
            last, length = _FRAME.unpack(_exactly(self._file, _FRAME.size))
            if last > 1 or not TAG <= length <= FRAME + TAG:
                raise CannotOpen("it was altered: a part has an impossible length")
            box = _exactly(self._file, length)
            bound = self._digest + _BOUND.pack(number, last)
            try:
                plain = self._suite.decrypt(self._key, _nonce(number), box, bound)
            except CannotOpen:
                raise CannotOpen(f"it was altered or put together anew (part {number})") from None
            if last and self._file.read(1):
                raise CannotOpen("something was added after its end")
            yield plain
            number += 1


def read_head(file: IO[bytes], magic: bytes) -> tuple[dict[str, Any], bytes]:
    """The readable head and its digest. Raises CannotOpen for what is no such file."""
    begun = file.read(len(magic))
    if begun != magic:
        raise CannotOpen("it is no such file" if begun else "it is empty")
    raw = _exactly(file, _LENGTH.size)
    length = _LENGTH.unpack(raw)[0]
    if length > LARGEST_HEAD:
        raise CannotOpen("it was altered: its head has an impossible length")
    text = _exactly(file, length)
    digest = hashlib.sha256(magic + raw + text).digest()
    if _exactly(file, DIGEST) != digest:
        raise CannotOpen("its head was altered")
    head = json.loads(text)
    if not isinstance(head, dict) or not isinstance(head.get("suite"), int):
        raise CannotOpen("its head lacks something")
    return head, digest


def _exactly(file: IO[bytes], length: int) -> bytes:
    content = file.read(length)
    if len(content) != length:
        raise CannotOpen("it is cut short")
    return content


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE, "big")


def _check(ring: Keyring, salt: str) -> str:
    """Tells whether this is the master key, and nothing else about it."""
    return ring.derive(f"stream check {salt}")[:8].hex()


def _key(ring: Keyring, salt: str, suite: int) -> bytes:
    return ring.derive(f"stream {suite} {salt}")[: SUITES[suite].key_bytes]
