"""What a file comes to: customers ready to be saved, refused rows with their reasons, notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _


@dataclass(slots=True)
class ContactDraft:
    """One person at a customer as the file describes them; `row` is where they came first."""

    row: int
    name: str | None = None
    role: str | None = None
    title: str | None = None
    gender: str | None = None
    birth_date: date | None = None
    education: str | None = None
    mobile: str | None = None
    home_address: str | None = None
    hobbies: str | None = None
    family: str | None = None
    other: str | None = None
    wechat: str | None = None
    email: str | None = None


@dataclass(slots=True)
class CustomerDraft:
    """One customer as the file describes it, ready to be compared with the archive and saved."""

    name: str
    short_name: str | None = None
    credit_code: str | None = None
    industry: str | None = None
    region: str | None = None
    level: str | None = None
    tags: tuple[str, ...] = ()
    source: str | None = None
    owner: str | None = None
    phone: str | None = None
    address: str | None = None
    traits: str | None = None
    business: str | None = None
    shareholders: tuple[tuple[str, Decimal], ...] = ()
    invoice_title: str | None = None
    remark: str | None = None
    """备注 of a row that names no contact."""
    contacts: list[ContactDraft] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    """The numbers of the good rows it was made from."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was refused; the column is empty when the row as a whole is meant."""

    row: int
    column: str
    reason: str

    @property
    def what(self) -> str:
        """The reason with its column, as the error workbook says it."""
        if not self.column:
            return self.reason
        return _("「%(column)s」%(reason)s", column=self.column, reason=self.reason)

    @property
    def sentence(self) -> str:
        """The reason with its place: 第 3 行「手机」不是 11 位手机号."""
        return _("第 %(row)d 行%(what)s", row=self.row, what=self.what)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file comes to: customers, refused rows, and what else its owner should know."""

    drafts: list[CustomerDraft]
    problems: list[RowProblem]
    notes: list[str]
    total_rows: int

    @property
    def refused_rows(self) -> int:
        """How many rows were not taken."""
        return len({problem.row for problem in self.problems})
