"""Records: what lies inside a backup – tables, rows and counts as lines of JSON, compressed.

`["table", name, [[column, kind], …]]`, then `["rows", [[…], …]]` as often as needed, and at the end
`["end", {table: rows}]`. Values stand as SQLite keeps them: ids as 32 hexadecimal digits, times
with six decimals, JSON as its text; only bytes are spelt in base64. The columns are named, so that
a later release reads what an earlier one wrote.
"""

from __future__ import annotations

import base64
import json
import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, Date, DateTime, Integer, LargeBinary, String, Uuid
from sqlalchemy.types import Numeric, TypeDecorator

from crm.errors import CannotOpen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Table
    from sqlalchemy.types import TypeEngine

    from crm.crypto.stream import SealedReader, SealedWriter

MAGIC = b"KEDANG-BACKUP-1\n"
KINDS = (
    (LargeBinary, "bytes"),
    (JSON, "json"),
    (Uuid, "uuid"),
    (DateTime, "moment"),
    (Date, "date"),
    (Boolean, "bool"),
    (Numeric, "number"),
    (Integer, "int"),
    (String, "text"),
)
"""What a column may hold; a type that is not here would be lost, so it is refused."""
LONGEST = 1 << 16
"""Bytes that a line of rows should not much exceed."""
GULP = 1 << 20


def kind(wanted: TypeEngine[Any]) -> str:
    """What a column of this type holds. Raises TypeError for a type that backups do not know."""
    while isinstance(wanted, TypeDecorator):
        wanted = wanted.impl_instance
    for known, name in KINDS:
        if isinstance(wanted, known):
            return name
    raise TypeError(f"a backup does not know columns of {wanted!r}: teach crm/backups/records.py")


def columns(table: Table) -> list[tuple[str, str]]:
    """A table's columns with what they hold."""
    return [(one.name, kind(one.type)) for one in table.columns]


class Lines:
    """Writes lines into a sealed stream."""

    def __init__(self, stream: SealedWriter) -> None:
        """Begin; the fastest compression, since boxes do not shrink."""
        self._stream, self._packer = stream, zlib.compressobj(1)

    def write(self, *line: Any) -> None:
        """One line."""
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=_spelt)
        self._stream.write(self._packer.compress(text.encode() + b"\n"))

    def close(self) -> None:
        """What the packer still holds, and the end."""
        self._stream.write(self._packer.flush())
        self._stream.close()


def lines(stream: SealedReader) -> Iterator[list[Any]]:
    """The lines of a stream; a little at a time, whatever the frames unpack to."""
    rest = bytearray()
    for part in _unpacked(stream.frames()):
        rest += part
        if b"\n" in part:
            *whole, left = rest.split(b"\n")
            for text in whole:
                yield json.loads(text)
            rest = bytearray(left)
    if rest:
        raise CannotOpen("its last record is not whole")


def _unpacked(frames: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for frame in frames:
        left = frame
        while left:
            yield unpacker.decompress(left, GULP)
            left = unpacker.unconsumed_tail
    yield unpacker.flush()
    if not unpacker.eof:
        raise CannotOpen("it is cut short")


def _spelt(value: Any) -> Any:
    """A value that JSON does not know."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"a backup does not know values of {type(value).__name__}")


def whole(rows: list[list[Any]], kinds: list[str]) -> list[list[Any]]:
    """Rows as the databases take them: bytes are bytes again."""
    places = [at for at, one in enumerate(kinds) if one == "bytes"]
    for row in rows:
        for at in places:
            if row[at] is not None:
                row[at] = base64.b64decode(row[at])
    return rows
