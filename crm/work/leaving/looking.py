"""Looking back: what a leaver opened in the last 60 days, by day and by customer."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from crm import clock
from crm.audit import log, reading
from crm.customers import pointing
from crm.disclosure import words

if TYPE_CHECKING:
    from uuid import UUID

BACK = timedelta(days=60)
SHOWN = 500
"""Customers that the page names; more are counted."""


@dataclass(slots=True)
class Customer:
    """One customer somebody looked into: how often, last when, what for."""

    name: str
    url: str
    times: int = 0
    last: datetime | None = None
    purposes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Back:
    """What there is to tell."""

    days: list[tuple[date, str]] = field(default_factory=list)
    """Each day with 打开工作卡 5、拨打 3: how often by which act."""
    total: str = ""
    customers: list[Customer] = field(default_factory=list)
    count: int = 0


def back(person_id: UUID) -> Back:
    """What a person looked at; reading it is an entry."""
    rows = reading.looks_of(person_id, clock.now() - BACK)
    log.say("log_read", subject_type="person", subject_ids=(person_id,), detail={"view": "leaving"})
    by_day: dict[date, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_day[clock.local(row.at).date()][row.action] += 1
    days = [(day, _told(by_day[day])) for day in sorted(by_day, reverse=True)]
    total = _told(Counter(row.action for row in rows))
    customers = _customers(rows)
    return Back(days, total, customers[:SHOWN], len(customers))


def _told(acts: Counter[str]) -> str:
    """How often by which act, in the order in which the log's own pages name them."""
    parts = (f"{words.action(one)} {acts[one]}" for one in reading.LOOKS if one in acts)
    return _("、").join(parts)


def _customers(rows: list[reading.Look]) -> list[Customer]:
    """Each customer once, the one looked into most often first."""
    ids = list({one for row in rows for one in row.subject_ids})
    names = dict(pointing.called(ids))
    found: dict[UUID, Customer] = {}
    for row in rows:
        for one in row.subject_ids:
            known = names.get(one)
            url = f"/customers/{one}/seen-by" if known else ""
            told = found.setdefault(one, Customer(known or _("已不在的客户"), url))
            told.times, told.last = told.times + 1, row.at
            told.purposes.add(words.purpose(row.purpose))
    return sorted(found.values(), key=lambda one: -one.times)
