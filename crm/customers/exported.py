"""An exported copy: the workbook, with its serial, its reader's name and the disclosure's code."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from crm import clock
from crm.access.fields import COMPANY, CONTACT, FIELDS, Shows
from crm.customers.imports import unspooled

WIDE, NARROW = 36, 16
LONGEST = 32_767
"""What a spreadsheet lets a cell hold."""
FORMULA = ("=", "+", "-", "@", "\t")
"""A text that begins so would be computed by whoever opens the copy."""
ORDER = [one.code for one in (*COMPANY, *CONTACT)]


class Line(NamedTuple):
    """One row: the customer's name, and the granted facts by their codes."""

    name: str
    facts: dict[str, str]


class Copy(NamedTuple):
    """One copy and whose it is."""

    serial: str
    code: str
    reader: str
    at: datetime
    lines: list[Line]


def workbook(copy: Copy) -> bytes:
    """The copy as xlsx, made in memory: nothing of it lies in a temporary folder.

    The first row says whose copy it is; the properties say the same, and the code by which a copy
    that turns up elsewhere is traced (`leaks`): identifier, keywords, last modified by.
    """
    book = Workbook(write_only=True)
    _mark(book, copy)
    codes = [code for code in ORDER if any(code in line.facts for line in copy.lines)]
    sheet = unspooled.sheet(book, _("客户档案"), lambda one: _shape(one, codes))
    sheet.append([_bold(sheet, _head(copy))])
    titles = [_("客户名称"), *(str(FIELDS[code].label) for code in codes)]
    sheet.append([_bold(sheet, title) for title in titles])
    for line in copy.lines:
        texts = [line.name, *(line.facts.get(code, "") for code in codes)]
        sheet.append([_cell(sheet, text) for text in texts])
    return unspooled.saved(book)


def _head(copy: Copy) -> str:
    return _(
        "商业秘密·仅限授权人员　编号 %(serial)s　导出人 %(who)s　%(at)s　%(code)s",
        serial=copy.serial,
        who=copy.reader,
        at=f"{clock.local(copy.at):%Y-%m-%d %H:%M}",
        code=copy.code,
    )


def _mark(book: Workbook, copy: Copy) -> None:
    said = book.properties
    said.title = copy.serial
    said.identifier = said.keywords = copy.code
    said.creator = said.lastModifiedBy = copy.reader


def _shape(sheet: Any, codes: list[str]) -> None:
    sheet.freeze_panes = "B3"
    for at, code in enumerate(["name", *codes], 1):
        prose = code == "name" or FIELDS[code].shows is Shows.PROSE
        sheet.column_dimensions[get_column_letter(at)].width = WIDE if prose else NARROW
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = _("商业秘密·仅限授权人员")


def _bold(sheet: Any, text: str) -> Any:
    cell = _cell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, text: str) -> Any:
    """A text cell, whatever it looks like: a number keeps its zeros, a formula is not computed."""
    cell: Any = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST])
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = text.startswith(FORMULA)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell
