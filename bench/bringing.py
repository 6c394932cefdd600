"""Bringing in: a workbook of some thousand rows, from its bytes to the last committed card."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook

from bench.archive import SUPERVISOR, Place, opened, viewer
from bench.invented import Customers
from crm.customers import importing
from crm.web import memory, unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.customers.imports.outcome import ContactDraft, CustomerDraft

GOAL = 500
"""Rows a second."""


def _columns(titles: str, names: str) -> dict[str, str]:
    return dict(zip(titles.split(), names.split(), strict=True))


COMPANY = _columns(
    "客户名称 行业 地区 等级 来源 负责人 公司电话 公司地址 客户特征 业务状况",
    "name industry region level source owner phone address traits business",
)
CONTACT = _columns(
    "联系人 角色 职务 性别 出生日期 学历 手机 住址 性格爱好 家庭状况",
    "name role title gender birth_date education mobile home_address hobbies family",
)
"""Title of the sheet's column → attribute of what it holds."""


@dataclass(frozen=True, slots=True)
class Brought:
    """One import: its rows, what came of them, and the seconds it took."""

    rows: int
    customers: int
    refused: int
    reading: float
    writing: float

    @property
    def rate(self) -> float:
        """Rows a second, reading the workbook included."""
        return self.rows / (self.reading + self.writing)

    @property
    def reached(self) -> bool:
        """Whether the import is fast enough."""
        return self.rate >= GOAL

    def told(self) -> dict[str, Any]:
        """The figure as it is kept."""
        return asdict(self) | {"rate": round(self.rate), "goal": GOAL}


def workbook(rows: int, start: int) -> bytes:
    """A workbook of so many rows of invented customers; `start` is the first one's number."""
    book = Workbook()  # one that says its size first, as Excel's and WPS's do
    sheet = book.worksheets[0]
    sheet.append([*COMPANY, "标签", "主要股东", *CONTACT])
    written = 0
    for draft in Customers(rows, start):
        for row in _rows(draft):
            if written < rows:
                sheet.append(row)
                written += 1
        if written == rows:
            break
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _rows(draft: CustomerDraft) -> Iterator[list[Any]]:
    shares = ";".join(f"{who}:{share}%" for who, share in draft.shareholders)
    company = [*(getattr(draft, name) for name in COMPANY.values()), " ".join(draft.tags), shares]
    for position, contact in enumerate(draft.contacts):
        yield [*(_again(draft) if position else company), *_told(contact)]


def _again(draft: CustomerDraft) -> list[Any]:
    """A customer's further rows name it and leave the rest blank, as people do."""
    return [draft.name] + [None] * (len(COMPANY) + 1)


def _told(contact: ContactDraft) -> list[Any]:
    return [getattr(contact, name) for name in CONTACT.values()]


def bring(place: Place, content: bytes, filename: str) -> Brought:
    """Import a file into an archive, as `crm customers import` does."""
    with opened(place):
        memory.settle()  # as the command and the server do at their start
        who = viewer(SUPERVISOR)
        begun = time.perf_counter()
        with unit.work(who.actor()):
            _sheet, outcome = importing.read(content, filename)
        read = time.perf_counter()
        counts = importing.run(who, outcome.drafts)
        done = time.perf_counter()
    return Brought(
        rows=outcome.total_rows,
        customers=counts.new,
        refused=outcome.refused_rows,
        reading=round(read - begun, 3),
        writing=round(done - read, 3),
    )
