"""The ledger: a page of the list as it is printed, opened no farther than a list may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm import clock
from crm.access import law
from crm.access.fields import FIELDS
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.crypto import keyring
from crm.customers.followups import Outcome
from crm.customers.status import SOURCE_TITLES, Status
from crm.disclosure import door
from crm.disclosure.opened import Item
from crm.web import filters, words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.crypto.sealed import RecordKey
    from crm.customers.listing import Asked, Page
    from crm.customers.pool.rules import Rules

_NAME, _TEXT = FIELDS["contact.name"], FIELDS["follow_up.text"]


class Line(NamedTuple):
    """One row of the list, in the order in which its template unpacks it."""

    id: str
    name: str
    starred: bool
    region: str
    level: str
    contact: Any
    """The contact's name: opened, or sealed, or none."""
    dial: str
    """The field that 拨打 names; empty where there is nobody to call or no right to."""
    last_day: str
    last: Any
    """The latest follow-up: one's own opened, or sealed, or how the call ended."""
    late_days: int
    next_day: str
    tone: str
    status: str
    tags: str
    others: dict[str, str]
    """Columns that print as they are, by their codes."""
    falls_in: int | None = None
    """In how many days an own card goes back to the pool, once that is to be said."""


def lines(found: Page, asked: Asked, viewer: Viewer, pool: Rules) -> list[Line]:
    """The rows of a page of the list. One entry names the ids it showed."""
    rows = [_Row(row, str(row.id), _subject(row)) for row in found.rows]
    about = {"scene": asked.scene, "page": asked.page} | ({"search": found.by} if found.by else {})
    term = asked.q if found.by not in {"", "name"} else ""
    shown = door.listing(viewer, [_sealed(row, viewer) for row in rows], term, **about)
    dials = law.scope(viewer, Permission.CUSTOMER_DIAL) is not None
    make = _LineMaker(shown, viewer, pool)
    return [make(row, dials=dials and row.subject.standing(viewer) is Scope.OWN) for row in rows]


class _Row(NamedTuple):
    """What the database told of a customer, its id as text, and how the law sees it."""

    told: Any
    id: str
    subject: Subject


def _subject(told: Any) -> Subject:
    return Subject("customer", told.id, told.owner_id, told.team_id, shared=told.shared)


def _sealed(row: _Row, viewer: Viewer) -> tuple[Subject, RecordKey | None, list[Item]]:
    """What a row holds sealed, and the key to it where the row is one's own."""
    told = row.told
    own = row.subject.standing(viewer) is Scope.OWN and told.wrapped
    key = keyring.current().open_data_key(*_wrapped(told)) if own else None
    name = Item("contact." + row.id, _NAME, told.contact_id, told.contact)
    last = Item("last." + row.id, _TEXT, told.follow_up_id, told.text, own=bool(told.written))
    return row.subject, key, [name, last]


def _wrapped(row: Any) -> tuple[UUID, int, int, bytes]:
    return row.id, row.data_version, row.key_version, row.wrapped


class _LineMaker:
    """Makes lines from rows and what the door showed; words and today are looked up once."""

    def __init__(self, shown: Mapping[str, Any], viewer: Viewer, pool: Rules) -> None:
        self.shown, self.day, self.today = shown, filters.days(), clock.today()
        self.viewer, self.pool = viewer, pool
        self.statuses, self.outcomes, self.sources = _titles()

    def __call__(self, row: _Row, *, dials: bool) -> Line:
        told = row.told
        tone, status = self.statuses[told.status]
        last = self.shown.get("last." + row.id)
        due = told.next_contact
        return Line(
            id=row.id,
            name=told.short_name or told.name,
            starred=told.starred,
            region=told.region,
            level=told.level,
            contact=self.shown.get("contact." + row.id),
            dial=f"contact.{told.contact_id}.mobile" if dials and told.contact_id else "",
            last_day=self.day(told.last_at) if told.follow_up_id else "",
            last=self.outcomes.get(told.outcome, "") if last is None else last,
            late_days=(self.today - due).days if due and due < self.today else 0,
            next_day=self.day(due) if due else "",
            tone=tone,
            status=status,
            tags=told.tags,
            others={
                "owner": told.owner or "",
                "industry": told.industry,
                "source": self.sources.get(told.source, told.source),
            },
            falls_in=self._falls_in(told) if self.pool.on else None,
        )

    def _falls_in(self, told: Any) -> int | None:
        """Days until an own card goes back to the pool, within the days of warning."""
        if told.owner_id != self.viewer.id:
            return None
        day = self.pool.falls_on(told.level, told.status, told.last_at, told.owned_since)
        left = (day - self.today).days if day else self.pool.warn + 1
        return max(0, left) if left <= self.pool.warn else None


@words.once
def _titles() -> tuple[dict[str, tuple[str, str]], dict[str, str], dict[str, str]]:
    """Status code → tone and title, outcome code → title, source as it is kept → title."""
    return (
        {one.value: (one.tone, one.label) for one in Status},
        {one.value: one.label for one in Outcome},
        {kept: str(title) for kept, title in SOURCE_TITLES.items()},
    )
