"""The grid an import file is read as: its cells and rows, its limits, and how it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from flask_babel import gettext as _

from crm.errors import Invalid

Kind = Literal["text", "number", "date", "formula", "error"]
MEGABYTE = 1024 * 1024
LAST_ROW = 1_048_576
_LETTERS = 3


class Unreadable(Invalid):
    """A file that cannot be read as a customer table; its sentence never quotes the file."""


class Cell(NamedTuple):
    """One filled cell as text, and what it was in the sheet; a formula keeps its formula."""

    text: str
    kind: Kind = "text"


class Row(NamedTuple):
    """One filled row: its number as the spreadsheet shows it, and its filled cells by title."""

    number: int
    cells: dict[str, Cell]


class RawRow(NamedTuple):
    """One filled row before its header is known: cells by column, counted from one."""

    number: int
    cells: list[tuple[int, Cell]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file we are willing to read."""

    file_bytes: int = 64 * MEGABYTE
    unpacked_bytes: int = 300 * MEGABYTE
    ratio: int = 200
    members: int = 2_000
    directory_bytes: int = 2 * MEGABYTE
    rows: int = 50_000
    columns: int = 200
    cells: int = 12_000_000
    """Empty but formatted cells count here; 50,000 rows of 200 columns fit."""
    cell_characters: int = 40_000
    """Above what a spreadsheet lets one type, so that an over-long cell is still seen as such."""
    shared_texts: int = 2_000_000
    shared_characters: int = 60_000_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bytes lie: a path, or a seekable file that its owner keeps open."""

    target: Path | BinaryIO

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes from their beginning; several readings may follow one another."""
        if isinstance(self.target, Path):
            with self.target.open("rb") as file:
                yield file
        else:
            self.target.seek(0)
            yield self.target


def letters(column: int) -> str:
    """A column's letters as a spreadsheet shows them: 1 is A, 27 is AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def numbered(name: str) -> int:
    """A column's number from its letters: A is 1, AA is 27."""
    if not (0 < len(name) <= _LETTERS and name.isascii() and name.isalpha()):
        raise damaged()
    column = 0
    for letter in name.upper():
        column = column * 26 + ord(letter) - 64
    return column


def damaged() -> Unreadable:
    """The refusal of a file that breaks its own format."""
    return Unreadable(_("文件已损坏或不完整，读不出来。请用表格软件打开并重新保存，再试一次。"))


def too_many_columns(limits: Limits) -> Unreadable:
    """The refusal of a sheet that is wider than any customer table."""
    return Unreadable(_("表格超过 %(limit)d 列，不像客户表，已拒绝读取。", limit=limits.columns))
