"""Customer files that people send: the words that all rooms here share, limits and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from flask_babel import gettext as _

from crm.errors import Invalid

Kind = Literal["text", "number", "date", "formula", "error"]
MEGABYTE = 1024 * 1024


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
    """One filled row before its header is known: its filled cells by column, counted from one."""

    number: int
    cells: dict[int, Cell]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file we are willing to read."""

    file_bytes: int = 64 * MEGABYTE
    unpacked_bytes: int = 300 * MEGABYTE
    ratio: int = 200
    members: int = 2_000
    elements: int = 6_000_000
    """XML elements in one part of a workbook; 50,000 rows of 40 columns fit."""
    rows: int = 50_000
    columns: int = 200
    cell_characters: int = 40_000
    """Above what a spreadsheet lets one type, so that an over-long cell is still seen as such."""


LIMITS = Limits()


def damaged() -> Unreadable:
    """The refusal of a file that breaks its own format."""
    return Unreadable(_("文件已损坏或不完整，读不出来。请用表格软件打开并重新保存，再试一次。"))


def too_many_columns(limits: Limits) -> Unreadable:
    """The refusal of a sheet that is wider than any customer table."""
    return Unreadable(_("表格超过 %(limit)d 列，不像客户表，已拒绝读取。", limit=limits.columns))
