"""The workbooks we hand out: the template to fill in, and the rows that could not be taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from crm.customers.imports import LIMITS, unspooled
from crm.customers.imports.columns import COLUMNS, GUIDE, REASON, ROW, STANDARD, Column
from crm.customers.imports.outcome import RowProblem
from crm.customers.imports.sheet import Sheet
from crm.customers.imports.values import GENDERS, LEVELS, ROLES, SOURCES

_TEXT = "@"
_HEADER_FONT = Font(bold=True, color="FFFFFF")
_HEADER_FILL = PatternFill("solid", fgColor="1F3A5F")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_LONGEST = 32_767
"""What a spreadsheet lets a cell hold."""

_CHOICES = {
    "level": LEVELS,
    "source": SOURCES,
    "contact.role": ROLES,
    "contact.gender": GENDERS,
}
_NARROW, _MIDDLE, _WIDE = 10, 16, 32
_EXAMPLE = {
    "name": "云岫示例仪器有限公司",
    "industry": "仪器仪表",
    "region": "浙江省杭州市",
    "level": "B",
    "tags": "展会、重点",
    "source": "客户拜访",
    "owner": "zhangsan",
    "phone": "0571-00000000转801",
    "address": "浙江省杭州市示例路 1 号",
    "traits": "重视售后响应，决策较慢",
    "business": "主营实验室仪器，每年十月集中采购",
    "shareholders": "示例甲:60%;示例乙:25.5%",
    "contact.name": "示例甲",
    "contact.role": "决策人",
    "contact.title": "总经理",
    "contact.gender": "女",
    "contact.birth_date": "1987-12-04",
    "contact.education": "本科",
    "contact.mobile": "13800000000",
    "contact.home_address": "浙江省杭州市示例巷 2 号",
    "contact.hobbies": "稳重，喜欢钓鱼",
    "contact.family": "已婚，一女",
    "contact.other": "上午不便接电话",
    "credit_code": "91330100MA0EXAMP08",
    "invoice_title": "云岫示例仪器有限公司",
    "contact.wechat": "example-a",
    "contact.email": "a@example.com",
}


def template() -> bytes:
    """An empty sheet with the exact first row, and a second one that explains every column."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _("客户")
    sheet.freeze_panes = "B2"
    for place, column in enumerate(STANDARD, 1):
        _head(sheet, place, column)
    _explain(book.create_sheet(GUIDE))
    return unspooled.saved(book)


def errors(sheet: Sheet, problems: Iterable[RowProblem]) -> bytes:
    """The refused rows as they were, each with its number and the reasons; to mend and import.

    Reads the sheet once more. Every value is written as text, whatever it begins with.
    """
    reasons: dict[int, list[str]] = {}
    for problem in problems:
        reasons.setdefault(problem.row, []).append(problem.what)
    titles = [title for title in sheet.header.titles.values() if title not in {ROW, REASON}]
    book = Workbook(write_only=True)
    target = unspooled.sheet(book, _("未导入的行"))
    cells = [_text_cell(target) for _title in (*titles, ROW, REASON)]
    target.append(_written(cells, [*titles, ROW, REASON]))
    for row in sheet.rows:
        if row.number in reasons:
            values = [row.cells[title].text if title in row.cells else "" for title in titles]
            target.append(
                _written(cells, [*values, str(row.number), _("；").join(reasons[row.number])])
            )
    return unspooled.saved(book)


def _written(cells: list[Cell], values: list[str]) -> list[Cell | None]:
    """The same cells again for each row, as text: a value must never become a formula."""
    for cell, value in zip(cells, values, strict=True):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST]
        cell.data_type = "s"
    return [cell if value else None for cell, value in zip(cells, values, strict=True)]


def _text_cell(sheet: Any) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.number_format = _TEXT
    return cell


def _head(sheet: Worksheet, place: int, column: Column) -> None:
    letter = get_column_letter(place)
    cell = sheet.cell(1, place, column.title)
    cell.font, cell.fill = _HEADER_FONT, _HEADER_FILL
    if column.required:
        cell.comment = Comment(_("必填"), "Kedang")
    # As text, telephones keep their zeros, dates and long codes stay as typed.
    dimension = sheet.column_dimensions[letter]
    dimension.number_format = _TEXT
    dimension.width = _width(column)
    if column.code in _CHOICES:
        choice = DataValidation("list", formula1=f'"{",".join(_CHOICES[column.code])}"')
        choice.error = _("请从列表中选择")
        choice.add(f"{letter}2:{letter}{LIMITS.rows + 1}")
        sheet.add_data_validation(choice)


def _width(column: Column) -> int:
    if column.prose:
        return _WIDE
    return _NARROW if column.code in _CHOICES else _MIDDLE


def _explain(sheet: Worksheet) -> None:
    """What each column takes, with an invented example; examples never stand among the data.

    The four last columns are not in the empty sheet: who needs one adds it on the right.
    """
    sheet.append([_("列名"), _("必填"), _("写法"), _("字数上限"), _("密级"), _("示例（虚构）")])
    for cell in sheet[1]:
        cell.font, cell.fill = _HEADER_FONT, _HEADER_FILL
    for column in COLUMNS:
        required = _needed(column)
        written = _how(column)
        level = column.level.label
        example = _EXAMPLE[column.code]
        sheet.append([column.title, required, written, column.limit, level, example])
        for cell in sheet[sheet.max_row]:
            cell.alignment = _WRAPPED
            cell.number_format = _TEXT
    for letter, width in zip("ABCDEF", (18, 18, 56, 10, 8, 36), strict=True):
        sheet.column_dimensions[letter].width = width


def _needed(column: Column) -> str:
    if column.required:
        return _("必填")
    return _("可选") if column in STANDARD else _("可选，需自己加列")


def _how(column: Column) -> str:
    if column.code in _CHOICES:
        return _("只能填：%(values)s", values=_("、").join(_CHOICES[column.code]))
    return {
        "name": _("一行一个联系人；客户名称相同的行是同一客户，先填的为准"),
        "tags": _("用顿号、逗号、分号或空格隔开"),
        "owner": _("本系统的登录名"),
        "phone": _("一个号码，可带分机：0571-00000000转801"),
        "shareholders": _("名称:比例%;名称:比例%，合计不超过 100%"),
        "contact.name": _("没有姓名时填手机也可；两者都空，这一行只写公司"),
        "contact.birth_date": _("1987-12-04、1987/12/4、1987年12月4日、19871204 都可以"),
        "contact.mobile": _("11 位手机号，可带 +86、空格和短横线"),
        "contact.other": _("没有联系人的行，备注算公司的"),
        "credit_code": _("18 位，会校验"),
        "contact.email": _("一个邮箱地址"),
    }.get(column.code, _("文字"))
