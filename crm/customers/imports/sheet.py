"""One import file: told by its content what it is, refused with a sentence, or read row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import SEEK_END
from typing import BinaryIO

from flask_babel import gettext as _
from openpyxl.utils.datetime import WINDOWS_EPOCH

from crm.customers.imports import LIMITS, MEGABYTE, Cell, Limits, RawRow, Row, Unreadable, delimited
from crm.customers.imports.columns import BEYOND, GUIDE, Header, header
from crm.customers.imports.workbook import Worksheet, filled, worksheets

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKED = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\x00")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*")
_PROTECTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of customers: its header, its rows (as often as wanted), and what to tell."""

    header: Header
    rows: Iterable[Row]
    notes: tuple[str, ...] = ()
    epoch: datetime = WINDOWS_EPOCH
    """Day zero of numbers that are really dates."""
    delimited: bool = False
    """Whether a missing quote may have pushed values into the wrong columns."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """The data rows of a file, read anew each time; too many of them end the reading."""

    header: Header
    raw: Callable[[], Iterator[RawRow]]
    limits: Limits

    def __iter__(self) -> Iterator[Row]:
        count = 0
        for number, cells in self.raw():
            if number > self.header.row:
                count += 1
                if count > self.limits.rows:
                    raise _too_many_rows(self.limits)
                yield Row(number, _titled(self.header, cells))


def read(file: BinaryIO, filename: str, limits: Limits = LIMITS) -> Sheet:
    """Tell what the file is by its content and read its header; rows follow when asked for.

    The file stays its owner's, open as long as rows are wanted. Everything that cannot be read
    raises `Unreadable`, here or later while rows are taken.
    """
    beginning = _beginning(file, limits)
    if beginning.startswith(_ZIP):
        return _workbook(file, limits)
    _refuse_other_formats(beginning, file)
    return _text(file, filename, limits)


def _workbook(file: BinaryIO, limits: Limits) -> Sheet:
    """The first worksheet that has anything in it."""
    sheets = worksheets(file, limits)
    for one in sheets:
        first = next(one.rows(), None)
        if first:
            break
    else:
        raise _empty()
    head = header(first)
    rows = _Rows(head, partial(_unmerged, one, head.row), limits)
    return Sheet(head, rows, (*head.notes, *_workbook_notes(sheets, one)), one.epoch)


def _unmerged(one: Worksheet, head: int) -> Iterator[RawRow]:
    """A header merged over two rows must not become a customer."""
    below = {(row, column): last for (row, column), last in one.merged.items() if row > head}
    return filled(one.rows(), below)


def _workbook_notes(sheets: list[Worksheet], one: Worksheet) -> Iterator[str]:
    if {sheet.title for sheet in sheets} - {one.title, GUIDE}:
        count, place = len(sheets), sheets.index(one) + 1
        yield _("文件有 %(count)d 张工作表，只读取了第 %(place)d 张。", count=count, place=place)
    if one.merged:
        yield _("有合并单元格：合并的各行都按左上角的值读取。")


def _text(file: BinaryIO, filename: str, limits: Limits) -> Sheet:
    table = delimited.examine(file, limits)
    raw = partial(delimited.rows, file, table, limits)
    first = next(raw(), None)
    if first is None:
        raise _empty()
    head = header(first)
    notes = (*head.notes, *_text_notes(filename, table))
    return Sheet(head, _Rows(head, raw, limits), notes, delimited=True)


def _text_notes(filename: str, table: delimited.TextTable) -> Iterator[str]:
    if filename.lower().endswith((".xlsx", ".xls")):
        yield _("文件名像工作簿，内容其实是文本表格，已按文本读取。")
    if table.encoding == "gb18030":
        yield _("已按 GB18030（GBK）编码读取，请在预览里核对汉字。")


def _beginning(file: BinaryIO, limits: Limits) -> bytes:
    if file.seek(0, SEEK_END) > limits.file_bytes:
        limit = limits.file_bytes // MEGABYTE
        raise Unreadable(_("文件超过 %(limit)d MB，请分成几个文件导入。", limit=limit))
    file.seek(0)
    beginning = file.read(512)
    if not beginning.strip():
        raise _empty()
    return beginning


def _refuse_other_formats(beginning: bytes, file: BinaryIO) -> None:
    if beginning.startswith(_OLE):
        raise _old_or_protected(file)
    if beginning.startswith(b"%PDF"):
        raise Unreadable(_("这是 PDF 文件，不是表格。请选择 .xlsx 或 .csv 文件。"))
    if beginning.startswith(_PICTURES) or beginning[4:8] == b"ftyp":
        raise Unreadable(_("这是图片或影音文件，不是表格。请选择 .xlsx 或 .csv 文件。"))
    if beginning.startswith(_PACKED):
        raise Unreadable(_("这是压缩包，请先解压，再选择里面的 .xlsx 或 .csv 文件。"))
    if beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise Unreadable(_("这是网页或 XML 文件，请用表格软件打开，另存为 .xlsx 后再导入。"))


def _old_or_protected(file: BinaryIO) -> Unreadable:
    """A protected .xlsx is wrapped into the container of the old formats."""
    file.seek(0)
    if _PROTECTED in file.read():
        return Unreadable(_("文件设了密码，请先取消密码再导入。"))
    return Unreadable(_("这是旧版 .xls 文件，请用表格软件打开，另存为 .xlsx 后再导入。"))


def _titled(head: Header, cells: dict[int, Cell]) -> dict[str, Cell]:
    row = {title: cells[column] for column, title in head.titles.items() if column in cells}
    rightmost = max(cells)
    if rightmost > head.width:
        row[BEYOND] = cells[rightmost]
    return row


def _empty() -> Unreadable:
    return Unreadable(_("文件是空的，没有可导入的内容。"))


def _too_many_rows(limits: Limits) -> Unreadable:
    return Unreadable(_("数据超过 %(limit)d 行，请分成几个文件导入。", limit=limits.rows))
