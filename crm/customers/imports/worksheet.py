"""One worksheet, row by row as it streams by: values as text, formulas noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO

from crm.customers.imports.container import Workbook
from crm.customers.imports.grid import (
    LAST_ROW,
    Cell,
    Limits,
    RawRow,
    damaged,
    numbered,
    too_many_columns,
)
from crm.customers.imports.markup import Attributes
from crm.customers.imports.serials import dated, plain
from crm.customers.imports.strings import TextCollector

_DIGITS = "0123456789"


class Worksheet(TextCollector):
    """Reads rows out of a worksheet's XML as it streams by."""

    def __init__(self, workbook: Workbook, limits: Limits) -> None:
        super().__init__(limits)
        self._workbook = workbook
        self._columns: dict[str, int] = {}
        self._seen = self._number = self._column = 0
        self._attributes: Attributes = {}
        self._formula = False
        self._cells: list[tuple[int, Cell]] = []
        self.ready: list[RawRow] = []
        self._readings: dict[str, Callable[[str], Cell]] = {
            "n": self._numeral,
            "s": self._shared,
            "e": self._error,
            "b": self._truth,
            "d": self._moment,
        }
        self.on("row", self._row, self._row_ends)
        self.on("c", self._cell, self._cell_ends)
        self.on("f", self._formula_begins, self._stop_listening)
        self.on("v", self._value, self._stop_listening)

    def rows(self, stream: IO[bytes]) -> Iterator[RawRow]:
        """The rows that have something in them."""
        for _piece in self.feed(stream):
            yield from self.ready
            self.ready.clear()

    def _row(self, attributes: Attributes) -> None:
        number = int(attributes.get("r", self._number + 1))
        if not self._number < number <= LAST_ROW:
            raise damaged()
        self._number, self._column, self._cells = number, 0, []

    def _row_ends(self) -> None:
        if self._cells:
            self.ready.append(RawRow(self._number, self._cells))

    def _cell(self, attributes: Attributes) -> None:
        self._seen += 1
        if self._seen > self._limits.cells:
            raise damaged()
        reference = attributes.get("r")
        column = self._column_of(reference) if reference else self._column + 1
        if column <= self._column:
            raise damaged()
        self._column = column
        self._attributes, self._formula = attributes, False
        self.begin()

    def _column_of(self, reference: str) -> int:
        name = reference.rstrip(_DIGITS)
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = numbered(name)
        return column

    def _formula_begins(self, attributes: Attributes) -> None:
        self._formula = True
        self._listen(attributes)

    def _value(self, attributes: Attributes) -> None:
        if not self._formula:
            self._listen(attributes)

    def _cell_ends(self) -> None:
        if not self._formula and not self._pieces:
            return
        cell = self._read()
        if not cell.text or cell.text.isspace():
            return
        if self._column > self._limits.columns:
            raise too_many_columns(self._limits)
        self._cells.append((self._column, cell))

    def _read(self) -> Cell:
        text = self.text()
        if self._formula:
            return Cell("=" + text, "formula")
        if not text or text.isspace():
            return Cell("")
        read = self._readings.get(self._attributes.get("t", "n"))
        return read(text) if read else Cell(text)

    def _shared(self, text: str) -> Cell:
        return Cell(self._workbook.texts[int(text)])

    def _error(self, text: str) -> Cell:
        return Cell(text, "error")

    def _truth(self, text: str) -> Cell:
        return Cell("TRUE" if text == "1" else "FALSE")

    def _moment(self, text: str) -> Cell:
        return Cell(text.replace("T00:00:00", "").replace("T", " "), "date")

    def _numeral(self, text: str) -> Cell:
        value = float(text)
        if int(self._attributes.get("s", 0)) in self._workbook.date_styles:
            day = dated(value, self._workbook.epoch)
            return Cell(day, "date") if day else Cell(plain(value), "number")
        return Cell(plain(value), "number")
