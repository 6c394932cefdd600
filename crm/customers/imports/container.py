"""The container of an .xlsx: refused when it was made to exhaust the machine, before it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from defusedxml.ElementTree import XMLParser
from flask_babel import gettext as _
from openpyxl.utils.cell import column_index_from_string, range_boundaries
from openpyxl.xml.constants import SHEET_MAIN_NS

from crm.customers.imports import MEGABYTE, Limits, Unreadable, damaged

_DIRECTORY_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
_CHUNK = 64 * 1024
_LAST_ROW = 1_048_576
_KEPT = 200_000
"""How many elements a part may have beside its rows and shared texts, or within one of them."""
_STRICT = "{http://purl.oclc.org/ooxml/"
_CELL, _MERGED, _ROW, _TEXT, *_CONTENT = (
    f"{{{SHEET_MAIN_NS}}}{tag}" for tag in ("c", "mergeCell", "row", "si", "v", "f", "is")
)

Merges = dict[tuple[int, int], int]
"""The last row of what is merged downwards, by the row and column of its topmost cell."""


class Survey:
    """What a part holds, counted while nothing of it is kept; ElementTree calls it as it parses."""

    def __init__(self, limits: Limits) -> None:
        """Nothing was seen yet."""
        self.last_row = self.width = 0
        self.merged: Merges = {}
        self._limits = limits
        self._elements = self._kept = self._kept_outside = self._characters = 0
        self._row = self._column = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._elements += 1
        self._kept += 1
        self._characters = 0
        if self._elements > self._limits.elements or self._kept > _KEPT:
            raise _exhausting()
        if tag == _CELL:
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
        elif tag in _CONTENT:
            self.last_row, self.width = self._row, max(self.width, self._column)
        elif tag in {_ROW, _TEXT}:
            self._kept_outside = self._kept - 1
            if tag == _ROW:
                self._enter(int(attributes.get("r", self._row + 1)))
        elif tag == _MERGED:
            self._merge(attributes["ref"])
        elif self._elements == 1 and tag.startswith(_STRICT):
            raise _strict()

    def data(self, text: str) -> None:
        """Text within the element that began last."""
        self._characters += len(text)
        if self._characters > MEGABYTE:
            raise _exhausting()

    def end(self, tag: str) -> None:
        """An element ends; openpyxl forgets a row and a shared text once it has read it."""
        if tag in {_ROW, _TEXT}:
            self._kept = self._kept_outside

    def _enter(self, row: int) -> None:
        if not self._row < row <= _LAST_ROW:
            raise damaged()
        self._row, self._column = row, 0

    def _merge(self, reference: str) -> None:
        column, first, _last_column, last = range_boundaries(reference)
        if column and first and last and last > first:
            self.merged[first, column] = last


class Container(ZipFile):
    """A zip file that hands out a part only after surveying it to its end."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """Refuse, by what the container says of its members, a bomb and what is no workbook."""
        file.seek(0)
        content = file.read()
        # zipfile loads the whole directory, however long, before one could count.
        if content.count(_DIRECTORY_ENTRY) > limits.members:
            raise _exhausting()
        super().__init__(file)
        self.surveys: dict[str, Survey] = {}
        self._limits = limits
        _refuse_bombs(self.infolist(), len(content), limits)
        _refuse_others(set(self.namelist()))

    def open(
        self,
        name: str | ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        """A part; openpyxl builds many of them in memory as a whole."""
        path = name.filename if isinstance(name, ZipInfo) else name
        if path not in self.surveys:
            with super().open(path) as part:
                self.surveys[path] = _surveyed(part, self._limits)
        return super().open(name, mode, pwd, force_zip64=force_zip64)


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Broken files make zipfile, ElementTree and openpyxl raise whatever they please."""
    try:
        yield
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - KeyError, TypeError, RecursionError …: all mean the same
        raise damaged() from None


def _refuse_bombs(members: list[ZipInfo], size: int, limits: Limits) -> None:
    """The sizes are true: no member ever yields more than is declared here."""
    unpacked = sum(member.file_size for member in members)
    if unpacked > min(limits.unpacked_bytes, limits.ratio * size):
        raise _exhausting()
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Unreadable(_("文件设了密码，请先取消密码再导入。"))
    # Other compressions than a workbook's own need memory that the sizes do not tell.
    if {member.compress_type for member in members} - {ZIP_STORED, ZIP_DEFLATED}:
        raise damaged()


def _refuse_others(names: set[str]) -> None:
    if {"content.xml", "mimetype"} <= names:
        raise Unreadable(_("这是 .ods 等其他格式的表格，请另存为 .xlsx 后再导入。"))
    if "xl/workbook.bin" in names:
        raise Unreadable(_("这是 .xlsb 文件，请用表格软件打开，另存为 .xlsx 后再导入。"))
    if not any(name.startswith("xl/") for name in names):
        raise Unreadable(_("这是压缩包或其他文档，不是表格。请选择 .xlsx 或 .csv 文件。"))


def _surveyed(part: IO[bytes], limits: Limits) -> Survey:
    survey = Survey(limits)
    parser = XMLParser(target=survey)
    fed = 0
    while piece := part.read(_CHUNK):
        parser.feed(piece)
        fed += len(piece)
        # An endless tag would be searched anew with every piece.
        if fed - parser.parser.CurrentByteIndex > MEGABYTE:
            raise _exhausting()
    parser.close()
    return survey


def _column(reference: str) -> int:
    return column_index_from_string(reference.rstrip("0123456789"))


def _exhausting() -> Unreadable:
    return Unreadable(_("文件解开后大得不合常理，已拒绝读取。请只保留客户表，另存后再导入。"))


def _strict() -> Unreadable:
    return Unreadable(_("这是「严格 Open XML」格式的工作簿，请另存为普通的 .xlsx 后再导入。"))
