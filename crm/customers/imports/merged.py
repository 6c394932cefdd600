"""Merged cells: found in a worksheet's XML, and their value carried down through the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

from crm.customers.imports.grid import LAST_ROW, Cell, Limits, RawRow, damaged, numbered
from crm.customers.imports.markup import CHUNK

_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^<>]{0,200}?\bref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})["']"""
)
_MERGES = 200_000

Merges = dict[int, list[tuple[int, int]]]
"""For each column the first and last rows of what is merged from there, in order."""


def merged_cells(stream: IO[bytes], limits: Limits) -> Merges:
    """Which cells are merged downwards; a workbook says so only after all its rows."""
    found: set[tuple[int, int, int]] = set()
    window = b""
    while piece := stream.read(CHUNK):
        window += piece
        if b"mergeCell" in window:
            found |= _merged_downwards(window, limits)
            if len(found) > _MERGES:
                raise damaged()
        window = window[-512:]
    columns: Merges = {}
    for column, first, last in sorted(found):
        columns.setdefault(column, []).append((first, last))
    return columns


def _merged_downwards(xml: bytes, limits: Limits) -> set[tuple[int, int, int]]:
    spans = (
        (numbered(column.decode()), int(first), int(last))
        for column, first, last in _MERGED.findall(xml)
    )
    return {span for span in spans if span[0] <= limits.columns and span[1] < span[2]}


class _Span:
    """What is merged downwards in one column, followed along with the rows."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._waiting = iter(spans)
        self._first, self._last = next(self._waiting)
        self._value: Cell | None = None

    def carry(self, number: int, own: Cell | None) -> Cell | None:
        """The row's cell in the column: its own, or the one it is merged with."""
        while number > self._last:
            self._first, self._last = next(self._waiting, (LAST_ROW, LAST_ROW))
            self._value = None
        if number == self._first:
            self._value = own
        return own or (self._value if number > self._first else None)


def filled(rows: Iterable[RawRow], merged: Merges) -> Iterator[RawRow]:
    """Rows in which a cell merged with the one above it has that one's value."""
    if not merged:
        yield from rows
        return
    spans = {column: _Span(found) for column, found in merged.items()}
    for row in rows:
        cells = dict(row.cells)
        for column, span in spans.items():
            cell = span.carry(row.number, cells.get(column))
            if cell:
                cells[column] = cell
        yield RawRow(row.number, sorted(cells.items()))
