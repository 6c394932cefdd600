"""Grants 授权单: what one person may do beyond the post, with whose cards, until when, how often.

Who is not one of the five posts looks things up by 总经理's approval only, for a need of the work
and the customers concerned (细则第二章·客户档案管理(6)). Here stands what was granted and how it is
looked up; asking and deciding are rooms of their own.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    Integer,
    String,
    Uuid,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.access.fields import Field, Level
from crm.access.permissions import Permission
from crm.crypto.sealed import Sealed, SealedText
from crm.db import Base, Identified, Moment, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.accounts.people import Viewer

GIVES = {
    "open": Permission.CUSTOMER_OPEN,
    "reveal": Permission.CUSTOMER_REVEAL,
    "dial": Permission.CUSTOMER_DIAL,
    "copy": Permission.CUSTOMER_COPY,
    "print": Permission.CUSTOMER_PRINT,
    "export": Permission.CUSTOMER_EXPORT,
}
"""An act that can be granted → the permission it gives. What is not here is nobody's to grant."""
CARRIES_OUT = frozenset({"export"})
"""Acts that take many values out of the house: a second person confirms what was approved."""


HOUR, DAY = 3600, 86_400
"""Seconds."""


class State(StrEnum):
    """Where a grant stands. One that is granted ends by itself, by date or by count."""

    ASKED = "asked"
    SECOND = "second"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        """The state as people read it."""
        return str(STATE_TITLES[self])


STATE_TITLES = {
    State.ASKED: _("等待审批"),
    State.SECOND: _("等待第二人确认"),
    State.GRANTED: _("生效中"),
    State.REFUSED: _("未批准"),
    State.WITHDRAWN: _("已撤回"),
    State.REVOKED: _("已撤销"),
}


class Grant(Base, Identified):
    """One slip: asked for, decided, and how much of it has been used."""

    __tablename__ = "grants"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    """SQ-2026-0001: every slip has one, refused ones too."""
    standing: Mapped[bool] = mapped_column(Boolean, default=False)
    """常设授权单: given for up to a year, without having been asked for."""
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    purpose: Mapped[str] = mapped_column(String(16))
    reason: Mapped[Sealed | None] = mapped_column(SealedText)
    """Why, in the asker's words, sealed under their own key."""
    named: Mapped[Sealed | None] = mapped_column(SealedText)
    """Customers as they were written, whether or not there are such cards."""
    meant: Mapped[int] = mapped_column(Integer)
    """How many were meant: what its asker is told until it is granted, lest the number of those
    that are there say which are."""
    acts: Mapped[str] = mapped_column(String(60))
    """Acts of `GIVES`, separated by blanks."""
    fields: Mapped[str] = mapped_column(String(600), default="")
    """Codes of the catalogue, separated by blanks; none: whatever `level` reaches."""
    level: Mapped[str] = mapped_column(String(12))
    every: Mapped[bool] = mapped_column(Boolean, default=False)
    """All customers, instead of those of grant_customers."""
    by_task: Mapped[bool] = mapped_column(Boolean, default=False)
    """Only customers about whom a task of the holder's is open, as long as it is."""
    days: Mapped[int] = mapped_column(Integer)
    most: Mapped[int | None] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(10), default=State.ASKED.value)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    answer: Mapped[Sealed | None] = mapped_column(SealedText)
    """What the decision said beside yes or no, sealed under the asker's key."""
    since: Mapped[datetime | None] = mapped_column(Moment)
    until: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by_id: Mapped[UUID | None] = mapped_column(Uuid)

    __table_args__ = (
        Index("ix_grants_holder_id_state", "holder_id", "state"),
        Index("ix_grants_state_asked_at", "state", "asked_at"),
    )


class GrantCustomer(Base):
    """One customer that a grant is about."""

    __tablename__ = "grant_customers"

    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)

    __table_args__ = (Index("ix_grant_customers_customer_id", "customer_id"),)


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
        return self.left != 0 and any(GIVES[act] is permission for act in self.acts)

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


STILL = select(Grant.id).where(Grant.id == bindparam("grant_id"), *IN_FORCE)


def held(viewer: Viewer, customer_id: UUID) -> tuple[Held, ...]:
    """Their grants in force for one customer; asks nothing for who holds none at all."""
    if not viewer.granted:
        return ()
    asked = {"holder_id": viewer.id, "customer_id": customer_id, "now": clock.now()}
    rows = run(HELD, asked).all()
    if any(row.by_task for row in rows) and not _has_task(viewer, customer_id):
        rows = [row for row in rows if not row.by_task]
    return tuple(
        Held(
            row.id, row.number, row.purpose, frozenset(row.acts.split()),
            frozenset(row.fields.split()), row.level, row.until, row.most, row.used,
        )
        for row in rows
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
