"""Seen by: who looked at a record, when, how and for what – read from the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, bindparam, select

from crm.accounts.people import NAME, Person
from crm.audit.entry import LogEntry, LogSubject
from crm.db import run
from crm.disclosure import words
from crm.web.text import clean_line

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Look:
    """One entry of the log as a person reads it: no values, only names of fields."""

    seq: int
    at: datetime
    person: str
    action: str
    result: str
    purpose: str | None
    fields: list[str]
    detail: dict[str, Any]
    address: str | None

    @property
    def action_label(self) -> str:
        """The action as people read it."""
        return words.action(self.action)

    @property
    def place_label(self) -> str:
        """Which page it was, when it was not the card's own."""
        return words.place(self.action, self.detail)

    @property
    def result_label(self) -> str:
        """The result as people read it."""
        return words.result(self.result)

    @property
    def purpose_label(self) -> str:
        """What it was for."""
        return words.purpose(self.purpose)

    @property
    def fields_label(self) -> str:
        """The fields it named; opening a card names all, so they are not repeated."""
        return "" if self.action == "open" else words.fields(self.fields)


BY = (
    select(LogEntry.seq, LogEntry.at, LogEntry.text, Person.name)
    .join(LogSubject, LogSubject.seq == LogEntry.seq)
    .outerjoin(Person, Person.id == LogEntry.actor_id)
    .where(
        LogSubject.subject_id == bindparam("subject"),
        LogSubject.seq < bindparam("before", type_=BigInteger),
    )
    .order_by(LogSubject.seq.desc())
    .limit(bindparam("most", type_=Integer))
)
PAST_ALL = 2**62
"""A sequence that the log will not reach."""


def by(subject_id: UUID, limit: int, before: int | None = None) -> list[Look]:
    """The entries that opened something of a record, newest first, before a sequence."""
    asked = {"subject": subject_id, "before": before or PAST_ALL, "most": limit}
    return [look(row.seq, row.at, row.text, row.name) for row in run(BY, asked)]


def look(seq: int, at: datetime, text: str, name: str | None) -> Look:
    """An entry's canonical text, parsed for reading."""
    said = json.loads(text)
    return Look(
        seq,
        at,
        clean_line(name or said["actor"], NAME).text,
        said["action"],
        said["result"],
        said["purpose"],
        said["fields"],
        said["detail"],
        said["address"],
    )
