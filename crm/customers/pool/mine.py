"""Mine: the reader's own cards that go back to the pool soon, the nearest first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from crm import clock
from crm.access.law import Subject
from crm.customers.cards import Customer
from crm.customers.pool.rules import idle_before
from crm.db import db
from crm.disclosure import door

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from crm.accounts.people import Viewer
    from crm.customers.pool.rules import Rules

LOOKED_AT = 200
"""Own cards among which the nearest are picked; whoever has more of them has other worries."""


def falling(viewer: Viewer, now: Rules, limit: int) -> list[tuple[UUID, str, date]]:
    """Id, name and day of own cards that fall within the days of warning. One list entry."""
    coming = clock.today() + timedelta(days=now.warn)
    if not now.on or coming < now.earliest():
        return []
    wanted = (
        select(
            Customer.id, Customer.name, Customer.level, Customer.status, Customer.last_at,
            Customer.owned_since,
        )
        .where(
            Customer.owner_id == viewer.id,
            Customer.last_at < idle_before(coming, min(now.days.values())),
            Customer.status.not_in(now.protected),
            or_(*(_idle(level, days, coming) for level, days in now.days.items())),
        )
        .order_by(Customer.last_at, Customer.id)
        .limit(LOOKED_AT)
    )  # fmt: skip
    found: list[Any] = [
        (now.falls_on(row.level, row.status, row.last_at, row.owned_since), row.name, row.id)
        for row in db.session.execute(wanted)
    ]
    nearest = sorted(one for one in found if one[0])[:limit]
    if nearest:
        subjects = [
            (Subject("customer", one, viewer.id, None), None, ()) for _day, _name, one in nearest
        ]
        door.listing(viewer, subjects, scene="falling")
    return [(one, name, day) for day, name, one in nearest]


def _idle(level: str, days: int, coming: date) -> ColumnElement[bool]:
    before = idle_before(coming, days)
    since = or_(Customer.owned_since.is_(None), Customer.owned_since < before)
    return and_(Customer.level == level, Customer.last_at < before, since)
