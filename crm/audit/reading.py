"""Reading the log: entries by filter, and what happened today."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from crm import clock
from crm.audit.entry import LogEntry, LogSubject
from crm.db import db

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 50
LOOKS = ("open", "reveal", "dial", "navigate", "edit", "copy", "print", "export")
"""Actions by which a value reached a person: what "looks" counts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter on the log; what is None does not filter."""

    actor_id: UUID | None = None
    action: str | None = None
    result: str | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One entry as it is read: its sequence, time, actor's id, and its canonical text, parsed."""

    seq: int
    at: datetime
    actor_id: UUID | None
    said: dict[str, Any]


def entries(wanted: Wanted, before: int | None = None, limit: int = PAGE + 1) -> list[Read]:
    """Entries that fit, newest first, before a sequence."""
    rows = _filtered(wanted).order_by(LogEntry.seq.desc()).limit(limit)
    if before:
        rows = rows.where(LogEntry.seq < before)
    return [
        Read(seq, at, actor, json.loads(text)) for seq, at, actor, text in db.session.execute(rows)
    ]


def in_order(wanted: Wanted) -> Iterator[str]:
    """The canonical texts that fit, oldest first, a thousand at a time: for export."""
    after = 0
    while True:
        rows = _filtered(wanted).where(LogEntry.seq > after).order_by(LogEntry.seq).limit(1000)
        found = db.session.execute(rows).all()
        if not found:
            return
        for row in found:
            yield row.text
        after = found[-1].seq


def _filtered(wanted: Wanted) -> Select[int, datetime, UUID | None, str]:
    rows = select(LogEntry.seq, LogEntry.at, LogEntry.actor_id, LogEntry.text)
    simple = {
        LogEntry.actor_id: wanted.actor_id,
        LogEntry.action: wanted.action,
        LogEntry.result: wanted.result,
    }
    for column, value in simple.items():
        if value is not None:
            rows = rows.where(column == value)
    if wanted.subject_id:
        rows = rows.join(LogSubject, LogSubject.seq == LogEntry.seq).where(
            LogSubject.subject_id == wanted.subject_id
        )
    if wanted.since:
        rows = rows.where(LogEntry.at >= wanted.since)
    if wanted.until:
        rows = rows.where(LogEntry.at < wanted.until)
    return rows


class Look(NamedTuple):
    """One look of a person's: when, by which act, what for, into which records."""

    at: datetime
    action: str
    purpose: str | None
    subject_ids: tuple[UUID, ...]


def looks_of(actor_id: UUID, since: datetime) -> list[Look]:
    """Everything that reached a person since a moment, oldest first."""
    wanted = Wanted(actor_id=actor_id, result="ok", since=since)
    rows = _filtered(wanted).where(LogEntry.action.in_(LOOKS)).order_by(LogEntry.seq)
    return [_look(row.at, json.loads(row.text)) for row in db.session.execute(rows)]


def _look(at: datetime, said: dict[str, Any]) -> Look:
    about = tuple(UUID(one) for one in said["subject_ids"] if said["subject_type"] == "customer")
    return Look(at, said["action"], said["purpose"], about)


def _of_today() -> ColumnElement[bool]:
    return LogEntry.at >= clock.start_of(clock.today())


def today() -> dict[str, Any]:
    """Today in numbers: looks, refusals, how many people looked, and looks by hour."""
    rows = db.session.execute(
        select(LogEntry.action, LogEntry.result, func.count())
        .where(_of_today())
        .group_by(LogEntry.action, LogEntry.result)
    ).all()
    return {
        "looks": sum(n for action, result, n in rows if action in LOOKS and result == "ok"),
        "refusals": sum(n for _action, result, n in rows if result == "refused"),
        "sign_ins": sum(n for action, result, n in rows if action == "sign_in" and result == "ok"),
        "entries": sum(n for _action, _result, n in rows),
        "hours": _hours(),
    }


def _hours() -> list[int]:
    """Looks in each of today's hours, by the office's clock."""
    counted = [0] * 24
    seen = select(LogEntry.at).where(
        _of_today(), LogEntry.action.in_(LOOKS), LogEntry.result == "ok"
    )
    for at in db.session.scalars(seen):
        counted[clock.local(at).hour] += 1
    return counted


def people_today() -> list[dict[str, Any]]:
    """Who opened how much today: acts, distinct customers, refusals; the busiest first."""
    acts = (
        select(LogEntry.actor_id, LogEntry.action, LogEntry.result, func.count())
        .where(_of_today(), LogEntry.actor_id.is_not(None))
        .group_by(LogEntry.actor_id, LogEntry.action, LogEntry.result)
    )
    people: dict[UUID | None, dict[str, Any]] = {}
    for actor, action, result, number in db.session.execute(acts):
        one = people.setdefault(
            actor, {"id": actor, "opens": 0, "reveals": 0, "dials": 0, "refused": 0, "customers": 0}
        )
        column = {
            "open": "opens",
            "reveal": "reveals",
            "edit": "reveals",
            "dial": "dials",
            "navigate": "dials",
        }.get(action)
        if result == "refused":
            one["refused"] += number
        elif column and result == "ok":
            one[column] += number
    for actor, number in db.session.execute(_distinct()):
        people[actor]["customers"] = number
    return sorted(people.values(), key=lambda one: -(one["opens"] + one["reveals"] + one["dials"]))


def _distinct() -> Select[UUID | None, int]:
    return (
        select(LogEntry.actor_id, func.count(func.distinct(LogSubject.subject_id)))
        .join(LogSubject, LogSubject.seq == LogEntry.seq)
        .where(
            _of_today(),
            LogEntry.action.in_(LOOKS),
            LogEntry.result == "ok",
            LogEntry.actor_id.is_not(None),
        )
        .group_by(LogEntry.actor_id)
    )


def refusals_today(limit: int) -> list[Read]:
    """Today's latest refusals."""
    return entries(Wanted(result="refused", since=clock.start_of(clock.today())), limit=limit)
