"""An .xlsx read by openpyxl, row by row: values as a person would have typed them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.escape import unescape

from crm.customers.imports import Cell, Limits, RawRow, too_many_columns
from crm.customers.imports.container import Container, Merges, Survey, refusing_damage

# What openpyxl leaves out is nothing we read, and its warnings may quote what stands in cells.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
# The date formats that Chinese editions add; openpyxl knows those of English ones.
BUILTIN_FORMATS.update(dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"))

_EXACT = 1e15
"""Up to here a spreadsheet keeps every digit of a whole number."""


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet of a workbook; its rows can be read as often as wanted."""

    title: str
    epoch: datetime
    """Day zero of numbers that are really dates."""
    limits: Limits
    _survey: Survey
    _sheet: Any

    @property
    def merged(self) -> Merges:
        """Which cells are merged downwards."""
        return self._survey.merged

    def rows(self) -> Iterator[RawRow]:
        """The rows that have something in them."""
        last, width = self._survey.last_row, self._survey.width
        if width > self.limits.columns:
            raise too_many_columns(self.limits)
        with refusing_damage():
            rows = self._sheet.iter_rows(max_row=last, max_col=width)
            # Asking for no more than the last row, we do not stumble over what comes after it.
            for number, row in zip(range(1, last + 1), rows, strict=False):
                cells = dict(self._filled(row))
                if cells:
                    yield RawRow(number, cells)

    def _filled(self, row: Iterable[Any]) -> Iterator[tuple[int, Cell]]:
        for column, cell in enumerate(row, 1):
            if cell.value is not None:
                read = _read(cell, self.epoch, self.limits)
                if read.text and not read.text.isspace():
                    yield column, read


def worksheets(file: BinaryIO, limits: Limits) -> list[Worksheet]:
    """The sheets of a workbook in their order."""
    with refusing_damage():
        container = Container(file, limits)
        reader = ExcelReader(file, read_only=True, keep_links=False)
        reader.archive = container
        reader.read()
        book: Any = reader.wb
        # Dates are ours to read: openpyxl loses a number that is too large to be one.
        book._date_formats = set()  # noqa: SLF001 - the only way to say so
        return [
            Worksheet(one.title, book.epoch, limits, container.surveys[_path(one)], one)
            for one in book.worksheets
        ]


def _path(sheet: Any) -> str:
    """Where the sheet lies in its container."""
    path: str = sheet._worksheet_path  # noqa: SLF001 - openpyxl tells it nowhere else
    return path


def filled(rows: Iterable[RawRow], merged: Merges) -> Iterator[RawRow]:
    """Rows in which a cell merged with the one above it has that one's value."""
    carried: dict[int, tuple[int, Cell]] = {}
    for row in rows:
        for column, cell in row.cells.items():
            if (row.number, column) in merged:
                carried[column] = merged[row.number, column], cell
        for column, (last, cell) in carried.items():
            if row.number <= last:
                row.cells.setdefault(column, cell)
        yield row


def _read(cell: Any, epoch: datetime, limits: Limits) -> Cell:
    value = cell.value
    match cell.data_type:
        case "n":
            return _number(cell, epoch)
        case "d":
            return Cell(_day(value), "date")
        case "b":
            return Cell("TRUE" if value else "FALSE")
        case "f":
            # A formula for several cells is an object with a text; a table of data has none.
            return Cell(value if isinstance(value, str) else getattr(value, "text", "="), "formula")
        case "e":
            return Cell(value, "error")
    return Cell(_text(value[: limits.cell_characters]))


def _text(text: str) -> str:
    """A text without the way in which workbooks write a character that XML may not hold."""
    return unescape(text).encode(errors="ignore").decode() if "_x" in text else text


def _number(cell: Any, epoch: datetime) -> Cell:
    if cell.is_date:
        with suppress(OverflowError, ValueError):
            moment = from_excel(cell.value, epoch)
            if isinstance(moment, datetime):  # rather than a time of day
                return Cell(_day(moment), "date")
    return Cell(_plain(cell.value), "number")


def _day(moment: object) -> str:
    """A date, with the time only when there is one."""
    if not isinstance(moment, datetime):
        return str(moment)
    timed = moment.hour or moment.minute
    return f"{moment:%Y-%m-%d %H:%M}" if timed else moment.date().isoformat()


def _plain(value: float) -> str:
    """A number without what only a machine would write: 13812345678, not 13812345678.0."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer():
        return str(int(value)) if abs(value) < _EXACT else format(Decimal(value), "f")
    return format(Decimal(format(value, ".15g")), "f")
