"""Holding: a person's grants in force, as the law reads them – asked anew in every request."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from flask import current_app
from flask_babel import gettext
from sqlalchemy import bindparam, or_, select, update

from crm import clock
from crm.access.fields import Field, Level
from crm.access.grants import GIVES, Grant, GrantCustomer, State
from crm.access.permissions import Permission
from crm.db import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.accounts.people import Viewer
    from crm.db import Told

HOUR, DAY = 3600, 86_400
"""Seconds."""


class Held(NamedTuple):
    """A grant in force, as the law reads it."""

    id: UUID
    number: str
    purpose: str
    acts: frozenset[str]
    fields: frozenset[str]
    level: str
    until: datetime
    most: int | None
    used: int

    @property
    def left(self) -> int | None:
        """How many openings are left; None where their number is not limited."""
        return None if self.most is None else max(0, self.most - self.used)

    @property
    def time_left(self) -> str:
        """How long it still holds, in words."""
        return time_left(self.until)

    def gives(self, permission: Permission) -> bool:
        """Whether it lets its holder do this; that the card is there, it tells in any case."""
        if permission is Permission.CUSTOMER_LIST:
            return True
        return self.left != 0 and self.covers(permission)

    def covers(self, permission: Permission) -> bool:
        """Whether it is about this at all, used up or not."""
        return any(GIVES[act] is permission for act in self.acts)

    def reaches(self, field: Field) -> bool:
        """Whether this field is meant."""
        if self.fields:
            return field.code in self.fields
        return self.level == Level.SECRET or field.level is not Level.SECRET


IN_FORCE = (
    Grant.state == State.GRANTED.value,
    Grant.since <= bindparam("now"),
    Grant.until > bindparam("now"),
)
HELD = select(
    Grant.id, Grant.number, Grant.purpose, Grant.acts, Grant.fields, Grant.level, Grant.until,
    Grant.most, Grant.used, Grant.by_task,
).where(
    Grant.holder_id == bindparam("holder_id"),
    *IN_FORCE,
    or_(
        Grant.every,
        select(GrantCustomer.grant_id)
        .where(
            GrantCustomer.grant_id == Grant.id,
            GrantCustomer.customer_id == bindparam("customer_id"),
        )
        .exists(),
    ),
).order_by(Grant.until.desc(), Grant.id)  # fmt: skip
SPEND = (
    update(Grant.__table__)  # type: ignore[arg-type] # past the mapper: one statement, under the lock
    .where(
        Grant.id == bindparam("grant_id"),
        *IN_FORCE,
        or_(Grant.most.is_(None), Grant.used < Grant.most),
    )
    .values(used=Grant.used + 1)
)


def time_left(until: datetime | None) -> str:
    """还有 3 天; on the last day 还有 5 小时; in the last hour 不到 1 小时."""
    seconds = int((until - clock.now()).total_seconds()) if until else 0
    if seconds >= DAY:
        return gettext("还有 %(n)s 天", n=seconds // DAY)
    if seconds >= HOUR:
        return gettext("还有 %(n)s 小时", n=seconds // HOUR)
    return gettext("不到 1 小时")


MINE = (
    select(
        Grant.id, Grant.number, Grant.purpose, Grant.acts, Grant.fields, Grant.level, Grant.until,
        Grant.most, Grant.used,
    )
    .where(Grant.holder_id == bindparam("holder_id"), Grant.every.is_(False), *IN_FORCE)
    .order_by(Grant.until.desc(), Grant.id)
)  # fmt: skip
NAMED = select(GrantCustomer.customer_id).where(GrantCustomer.grant_id == bindparam("grant_id"))
STILL = select(Grant.id).where(Grant.id == bindparam("grant_id"), *IN_FORCE)


def held(viewer: Viewer, customer_id: UUID) -> tuple[Held, ...]:
    """Their grants in force for one customer; asks nothing for who holds none at all."""
    if not viewer.granted:
        return ()
    asked = {"holder_id": viewer.id, "customer_id": customer_id, "now": clock.now()}
    rows = run(HELD, asked).all()
    if any(row.by_task for row in rows) and not _has_task(viewer, customer_id):
        rows = [row for row in rows if not row.by_task]
    return tuple(_read(row) for row in rows)


def mine(viewer: Viewer) -> list[Held]:
    """Their grants in force for named customers, the longest first."""
    if not viewer.granted:
        return []
    return [_read(row) for row in run(MINE, {"holder_id": viewer.id, "now": clock.now()})]


def customers_of(grant_id: UUID) -> list[UUID]:
    """The customers that a grant names."""
    return list(run(NAMED, {"grant_id": grant_id}).scalars())


def _read(row: Told) -> Held:
    return Held(
        row.id, row.number, row.purpose, frozenset(row.acts.split()),
        frozenset(row.fields.split()), row.level, row.until, row.most, row.used,
    )  # fmt: skip


def _has_task(viewer: Viewer, customer_id: UUID) -> bool:
    """Whether an area that gives tasks – create_app hands in which – has an open one of theirs."""
    asks: tuple[Callable[[UUID, UUID], bool], ...] = current_app.extensions["kedang.tasks"]
    return any(ask(viewer.id, customer_id) for ask in asks)


def still(grant: Held) -> bool:
    """Whether a grant is still in force, asked under the writer's lock."""
    return run(STILL, {"grant_id": grant.id, "now": clock.now()}).first() is not None


def spend(grant: Held) -> bool:
    """Use one opening of a grant; False when it has ended or is used up meanwhile."""
    done = run(SPEND, {"grant_id": grant.id, "now": clock.now()})
    return bool(done.rowcount)
