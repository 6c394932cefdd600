"""The import sheet's first row: its columns in order, what each holds, and how a header is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from flask_babel import gettext as _
from openpyxl.utils.cell import get_column_letter

from crm.access.fields import FIELDS, Level
from crm.customers.imports import RawRow, Unreadable
from crm.customers.names import fold
from crm.web.text import clean_line

ROW, REASON = "行号", "原因"
"""The columns that an error workbook adds; a corrected one may come back with them."""

GUIDE = "填写说明"
"""The title of the template's second sheet."""

BEYOND = ""
"""The title under which a row keeps what lies to the right of the last title."""

_TITLE_LIMIT = 50
MOST_CONTACTS = 60
"""People of one customer, in a form or in one sheet."""
_LISTED = 20


@dataclass(frozen=True)
class Column:
    """One known column: its title, the code of the fact it holds, and how long that may be."""

    title: str
    code: str
    required: bool = False
    limit: int = 50
    prose: bool = False

    @property
    def level(self) -> Level:
        """How sensitive the fact is, as the catalogue says."""
        return FIELDS[self.code].level

    @cached_property
    def of_contact(self) -> bool:
        """Whether the fact is one of a contact rather than of the company."""
        return self.code.startswith("contact.")

    @cached_property
    def name(self) -> str:
        """The code without the subject it belongs to."""
        return self.code.removeprefix("contact.")


COLUMNS = (
    Column("客户名称", "name", required=True, limit=100),
    Column("行业", "industry", limit=40),
    Column("地区", "region"),
    Column("等级", "level", limit=1),
    Column("标签", "tags", limit=200),
    Column("来源", "source", limit=10),
    Column("负责人", "owner", limit=64),
    Column("公司电话", "phone", limit=40),
    Column("公司地址", "address", limit=200),
    Column("客户特征", "traits", limit=1_000, prose=True),
    Column("业务状况", "business", limit=1_000, prose=True),
    Column("主要股东", "shareholders", limit=1_000, prose=True),
    Column("联系人", "contact.name"),
    Column("角色", "contact.role", limit=10),
    Column("职务", "contact.title"),
    Column("性别", "contact.gender", limit=2),
    Column("出生日期", "contact.birth_date", limit=20),
    Column("学历", "contact.education", limit=20),
    Column("手机", "contact.mobile", limit=30),
    Column("住址", "contact.home_address", limit=200),
    Column("性格爱好", "contact.hobbies", limit=500, prose=True),
    Column("家庭状况", "contact.family", limit=500, prose=True),
    Column("备注", "contact.other", limit=1_000, prose=True),
    Column("统一社会信用代码", "credit_code", limit=30),
    Column("开票抬头", "invoice_title", limit=100),
    Column("微信", "contact.wechat", limit=64),
    Column("邮箱", "contact.email", limit=254),
)
STANDARD = COLUMNS[:23]
"""The first row as every sheet should have it; the four others are taken when they are there."""

BY_TITLE = {column.title: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Header:
    """A sheet's first row: the title of each column, and what there is to say about it."""

    row: int
    titles: dict[int, str]
    """By column number, in order; a column given twice and one without a title are left out."""
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """The last column that has a title."""
        return max(self.titles)


def known(titles: Iterable[str]) -> list[str]:
    """The titles among these that we know, in their own order."""
    return [title for title in map(_title, titles) if title in BY_TITLE]


def header(row: RawRow) -> Header:
    """Read a first row; without a column for the customer's name there is nothing to read."""
    titles: dict[int, str] = {}
    repeated: list[str] = []
    for column, cell in row.cells.items():
        title = _title(cell.text)
        if title in titles.values():
            repeated.append(get_column_letter(column))
        elif title:
            titles[column] = title
    if COLUMNS[0].title not in titles.values():
        raise _nameless(titles)
    return Header(row.number, titles, tuple(_notes(titles, repeated)))


def _title(text: str) -> str:
    """A title without what people add to it: spaces, full width, the star of a required column."""
    title = clean_line(text, _TITLE_LIMIT).text
    folded = fold(title).strip("*")
    return folded if folded in BY_TITLE else title[:_TITLE_LIMIT]


def _nameless(titles: dict[int, str]) -> Unreadable:
    """Names only our own titles: this first row may be data, and data is not to be quoted."""
    ours = [title for title in titles.values() if title in BY_TITLE]
    return Unreadable(
        _(
            "第一行没有「%(name)s」这一列。认出的列：%(known)s；另有 %(others)d 列不认识。"
            "请下载模板，对照第一行的列名。",
            name=COLUMNS[0].title,
            known=_("、").join(ours) or _("无"),
            others=len(titles) - len(ours),
        )
    )


def _notes(titles: dict[int, str], repeated: list[str]) -> Iterable[str]:
    unknown = [
        _("%(letter)s「%(title)s」", letter=get_column_letter(column), title=title)
        for column, title in titles.items()
        if title not in BY_TITLE and title not in {ROW, REASON}
    ]
    if unknown:
        yield _("不认识的列已忽略：%(columns)s", columns=_listed(unknown))
    if repeated:
        yield _("列名重复，只取左边的一列，已忽略：%(columns)s", columns=_listed(repeated))


def _listed(names: list[str]) -> str:
    more = len(names) - _LISTED
    text = _("、").join(islice(names, _LISTED))
    return text if more <= 0 else _("%(names)s 等 %(count)d 列", names=text, count=len(names))
