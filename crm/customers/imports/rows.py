"""Rows become customers: every row is taken whole or refused with its reasons, never in part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _

from crm import clock
from crm.customers.imports import Row
from crm.customers.imports.columns import BEYOND, BY_TITLE, COLUMNS, MOST_CONTACTS
from crm.customers.imports.outcome import ContactDraft, CustomerDraft, Outcome, RowProblem
from crm.customers.imports.sheet import Sheet
from crm.customers.imports.values import Reading, Refused
from crm.customers.names import fold

__all__ = ["ContactDraft", "CustomerDraft", "Outcome", "RowProblem", "drafts"]

_NAME, _CONTACT, _MOBILE, _OTHER = (
    next(column.title for column in COLUMNS if column.code == code)
    for code in ("name", "contact.name", "contact.mobile", "contact.other")
)
_NOTES = 50


def drafts(
    sheet: Sheet, known_owner: Callable[[str], bool], *, today: date | None = None
) -> Outcome:
    """Take all rows of a sheet; raises `Unreadable` when the file breaks off or is too long."""
    reading = Reading(known_owner, today or clock.today(), sheet.epoch)
    gathering = _Gathering(reading, delimited=sheet.delimited)
    total = 0
    for row in sheet.rows:
        gathering.add(row)
        total += 1
    notes = [*sheet.notes, *gathering.told()]
    return Outcome(list(gathering.customers.values()), gathering.problems, notes, total)


def _person(key: str, reader: _Reader) -> tuple[str, str, str | None]:
    return key, fold(reader.contact.get("name", "")), reader.contact.get("mobile")


@dataclass(slots=True)
class _Reader:
    """One row on its way: what was read, and why it may be refused."""

    number: int
    delimited: bool
    company: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, Any] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)
    stripped: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def take(self, reading: Reading, row: Row) -> None:
        for title, cell in row.cells.items():
            column = BY_TITLE.get(title)
            if column is None:
                continue
            try:
                value, stripped = reading.value(column, cell)
            except Refused as refused:
                self.refuse(title, str(refused))
                continue
            if stripped:
                self.stripped.append((title, stripped))
            if value is not None:
                kept = self.contact if column.of_contact else self.company
                kept[column.name] = value

    def refuse(self, title: str, reason: str) -> None:
        self.problems.append(RowProblem(self.number, title, reason))

    def check(self, row: Row) -> None:
        """What no single cell can tell."""
        if BEYOND in row.cells and self.delimited:
            # Everything after the slip stands in a wrong column: other reasons would mislead.
            self.problems.clear()
            self.refuse("", _("比表头多出内容，可能是某个单元格里有没加引号的分隔符"))
            return
        refused = {problem.column for problem in self.problems}
        if "name" not in self.company and _NAME not in refused:
            self.refuse(_NAME, _("没有填写"))
        nameless = not self.contact.keys() & {"name", "mobile"}
        if nameless and self.contact.keys() - {"other"} and not refused & {_CONTACT, _MOBILE}:
            self.refuse(_CONTACT, _("没有填写，也没有手机：这一行的联系人信息不知道是谁的"))


class _Gathering:
    """Customers as they come together from rows that need not be neighbours."""

    def __init__(self, reading: Reading, *, delimited: bool) -> None:
        self.customers: dict[str, CustomerDraft] = {}
        self.problems: list[RowProblem] = []
        self._reading = reading
        self._delimited = delimited
        self._untitled = 0
        self._people: dict[tuple[str, str, str | None], ContactDraft] = {}
        self._notes: list[str] = []
        self._untold = 0

    def add(self, row: Row) -> None:
        reader = _Reader(row.number, self._delimited)
        reader.take(self._reading, row)
        reader.check(row)
        self._untitled += BEYOND in row.cells
        for title, stripped in reader.stripped:
            self._tell_stripped(row.number, title, stripped)
        if reader.problems:
            self.problems += reader.problems
            return
        self._merge(reader)

    def told(self) -> list[str]:
        """The notes, as many as a person reads."""
        notes = list(self._notes)
        if self._untold:
            notes.append(_("另有 %(count)d 条提示未列出。", count=self._untold))
        if self._untitled and not self._delimited:
            notes.append(_("%(count)d 行在没有列名的列里有内容，已忽略。", count=self._untitled))
        return notes

    def _merge(self, reader: _Reader) -> None:
        key = fold(reader.company["name"])
        customer = self.customers.get(key)
        if customer and self._is_full(customer, key, reader):
            full = _("一家客户最多 %(n)d 位联系人。", n=MOST_CONTACTS)
            self.problems.append(RowProblem(reader.number, "", full))
            return
        if customer is None:
            customer = self.customers[key] = CustomerDraft(reader.company["name"])
        customer.rows.append(reader.number)
        if reader.contact.keys() == {"other"}:
            reader.company["remark"] = reader.contact.pop("other")
        for code, value in reader.company.items():
            if code != "name":
                self._first_counts(customer, code, value, reader.number)
        if reader.contact:
            self._meet(customer, key, reader)

    def _is_full(self, customer: CustomerDraft, key: str, reader: _Reader) -> bool:
        """Whether the row names one more person than a card is to have."""
        if len(customer.contacts) < MOST_CONTACTS or reader.contact.keys() <= {"other"}:
            return False
        return _person(key, reader) not in self._people

    def _meet(self, customer: CustomerDraft, key: str, reader: _Reader) -> None:
        """A person met again, same name and mobile, is one person."""
        found = _person(key, reader)
        contact = self._people.get(found)
        if contact is None:
            self._people[found] = draft = ContactDraft(reader.number, **reader.contact)
            customer.contacts.append(draft)
            return
        self._tell(
            _("第 %(row)d 行与第 %(first)d 行是同一联系人，已合并。",
              row=reader.number, first=contact.row)
        )  # fmt: skip
        for code, value in reader.contact.items():
            if code != "name":
                self._first_counts(contact, code, value, reader.number)

    def _first_counts(
        self, draft: CustomerDraft | ContactDraft, code: str, value: object, row: int
    ) -> None:
        before = getattr(draft, code)
        if not before:
            setattr(draft, code, value)
        elif before != value:
            self._tell(
                _("第 %(row)d 行「%(column)s」与前面的行不同，以前面的为准。",
                  row=row, column=_title_of(draft, code))
            )  # fmt: skip

    def _tell_stripped(self, row: int, title: str, stripped: tuple[str, ...]) -> None:
        what = _("、").join(stripped)
        self._tell(
            _("第 %(row)d 行「%(column)s」去掉了看不见的字符：%(what)s。",
              row=row, column=title, what=what)
        )  # fmt: skip

    def _tell(self, note: str) -> None:
        if len(self._notes) < _NOTES:
            self._notes.append(note)
        else:
            self._untold += 1


def _title_of(draft: CustomerDraft | ContactDraft, code: str) -> str:
    """The column that a field of a draft is filled from."""
    of_contact = isinstance(draft, ContactDraft)
    titles = {(one.of_contact, one.name): one.title for one in COLUMNS}
    return titles.get((of_contact, code), _OTHER)
