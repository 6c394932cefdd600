"""Sealed values: a box that prints as dots everywhere, and the column that stores nothing else.

A box is `format 1 | suite 1 | key version 2 | nonce 12 | ciphertext | tag 16` (bytes). It is bound
to its place by associated data: table, column, row id, format, suite and key version. Moved to
another row, column, table or version, it does not open.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from os import urandom
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from sqlalchemy import LargeBinary, TypeDecorator

from crm.crypto.suites import NONCE, SUITES, Suite
from crm.errors import CannotOpen

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.engine import Dialect

DOTS = "●●●●"
FORMAT = 1
_HEADER = struct.Struct(">BBH")


class Sealed:
    """A value nobody has opened. Printed, formatted or logged it is dots; it is never pickled."""

    __slots__ = ("box",)

    def __init__(self, box: bytes) -> None:
        """Hold the box; only crypto looks inside."""
        self.box = box

    def __str__(self) -> str:
        """Dots."""
        return DOTS

    __repr__ = __html__ = __str__

    def __format__(self, _spec: str) -> str:
        """Dots, whatever the format asks for."""
        return DOTS

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        """Refuse to be copied out of the process."""
        raise TypeError("a sealed value is not pickled")

    @property
    def key_version(self) -> int:
        """The version of the record's data key that sealed it."""
        return _header(self.box)[2]


class Place(NamedTuple):
    """Where a box belongs; its associated data."""

    table: str
    column: str
    row_id: UUID

    def bound(self, suite: int, version: int) -> bytes:
        """The bytes a box is bound to. Raises ValueError for a row without an id."""
        if not self.row_id or not self.row_id.int:
            raise ValueError("a box needs the id of its row before it is sealed")
        head = f"{self.table}\0{self.column}\0".encode()
        return head + self.row_id.bytes + _HEADER.pack(FORMAT, suite, version)


@dataclass(frozen=True, slots=True)
class RecordKey:
    """One record's data key, opened: seals and opens the boxes of that record and nothing else."""

    owner_id: UUID
    version: int
    suite: int
    secret: bytes = field(repr=False)

    def seal(self, place: Place, text: str, *, nonce: bytes | None = None) -> Sealed:
        """Seal a text for its place. `nonce` is given only by the published test vectors."""
        return Sealed(self.seal_bytes(place, text.encode(), nonce=nonce))

    def seal_bytes(self, place: Place, content: bytes, *, nonce: bytes | None = None) -> bytes:
        """Seal a file's content for its place; the box itself is returned."""
        suite = SUITES[self.suite]
        nonce = nonce or urandom(NONCE)
        key = _field_key(self.secret, place.table, place.column, suite)
        bound = place.bound(self.suite, self.version)
        header = _HEADER.pack(FORMAT, self.suite, self.version)
        return header + nonce + suite.encrypt(key, nonce, content, bound)

    def unseal(self, place: Place, sealed: Sealed) -> str:
        """Open a box in its place. Raises CannotOpen. For crypto.uses and disclosure alone."""
        return self.unseal_bytes(place, sealed.box).decode()

    def unseal_bytes(self, place: Place, whole: bytes) -> bytes:
        """Open a file's box in its place. Raises CannotOpen."""
        form, code, version = _header(whole)
        suite = SUITES.get(code)
        if form != FORMAT or suite is None or code != self.suite or version != self.version:
            raise CannotOpen("the box names another format, suite or key version")
        start = _HEADER.size + NONCE
        nonce, box = whole[_HEADER.size : start], whole[start:]
        key = _field_key(self.secret, place.table, place.column, suite)
        return suite.decrypt(key, nonce, box, place.bound(code, version))


def _header(box: bytes) -> tuple[int, int, int]:
    if len(box) < _HEADER.size + NONCE + 16:
        raise CannotOpen("the box is too short")
    form, suite, version = _HEADER.unpack_from(box)
    return form, suite, version


@lru_cache(maxsize=512)
def _field_info(table: str, column: str, suite: int) -> bytes:
    return f"kedang field\0{table}\0{column}\0{suite}".encode()


def _field_key(secret: bytes, table: str, column: str, suite: Suite) -> bytes:
    """A key of its own for each column: HKDF-Expand (RFC 5869) over the random data key."""
    return suite.expand(secret, _field_info(table, column, suite.code))


class SealedText(TypeDecorator[Sealed]):
    """A column that takes a Sealed or nothing. Raises TypeError for the rest, without quoting."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Store the box."""
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError("a sealed column takes a sealed value, never plain text")
        return value.box

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Sealed | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the box back, closed."""
        return None if value is None else Sealed(bytes(value))
