"""Unspooled: workbooks written in memory – openpyxl would put their sheets into temporary files."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl import Workbook


def sheet(book: Workbook, title: str, shape: Callable[[Any], None] | None = None) -> Any:
    """A sheet of a write-only workbook that keeps its rows, written, in memory.

    `shape` sets what is written before the first row: widths, frozen panes.
    """
    made: Any = book.create_sheet(title)
    if shape:
        shape(made)
    made._writer = WorksheetWriter(made, BytesIO())  # noqa: SLF001 - else it opens a file
    made._writer.write_top()  # noqa: SLF001 - as it would itself
    return made


def saved(book: Workbook) -> bytes:
    """The workbook's bytes."""
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        _Writer(book, archive).save()
    return target.getvalue()


class _Writer(ExcelWriter):
    """Takes each sheet from memory; our sheets have no charts and no pictures."""

    _archive: ZipFile

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing = SpreadsheetDrawing()  # noqa: SLF001 - what openpyxl's own writer expects
        if self.workbook.write_only:
            writer = ws._writer  # noqa: SLF001 - given by `sheet`
            ws.close()
        else:
            writer = WorksheetWriter(ws, BytesIO())
            writer.write()
        ws._rels = writer._rels  # noqa: SLF001 - what openpyxl's own writer expects
        self._archive.writestr(ws.path[1:], writer.out.getvalue())
        self.manifest.append(ws)
