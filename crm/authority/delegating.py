"""Delegating: 执行董事 stands in for 总经理 between two dates; nobody else, never in a circle."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Date, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.audit import log
from crm.db import Base, Identified, Moment, db
from crm.errors import Invalid, Missing
from crm.notices import inbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer

LONGEST = timedelta(days=60)


class Delegation(Base, Identified):
    """One person decides in another's place from one day to another, both included."""

    __tablename__ = "delegations"

    from_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


def give(viewer: Viewer, to_id: UUID | None, first: date | None, last: date | None) -> Delegation:
    """Let 执行董事 decide in one's place. Raises Invalid for anybody else, or for odd dates."""
    person = db.session.get(Person, to_id) if to_id else None
    if person is None or person.disabled_at or person.role != Role.EXECUTIVE_DIRECTOR.value:
        raise Invalid(_("只能委托执行董事代行审批。"), "to")
    if first is None or last is None or last < first or last < clock.today():
        raise Invalid(_("请填起止日期，结束不早于开始，也不早于今天。"), "last")
    if last - first > LONGEST:
        raise Invalid(_("一次最多委托 %(n)s 天。", n=LONGEST.days), "last")
    made = Delegation(
        from_id=viewer.id, to_id=person.id, first=first, last=last, made_at=clock.now()
    )
    db.session.add(made)
    db.session.flush()
    dates = {"first": str(first), "last": str(last)}
    log.say("delegated", subject_type="person", subject_ids=(person.id,), detail=dates)
    inbox.tell(person.id, inbox.Kind.DELEGATED, other_id=viewer.id)
    return made


def end(viewer: Viewer, delegation_id: UUID) -> None:
    """Take it back at once. Raises Missing for another's."""
    found = db.session.get(Delegation, delegation_id)
    if found is None or found.from_id != viewer.id:
        raise Missing
    if found.ended_at is None:
        found.ended_at = clock.now()
        about = {"subject_type": "person", "subject_ids": (found.to_id,)}
        log.say("delegated", **about, detail={"ended": True})
        db.session.flush()


def running() -> Sequence[Delegation]:
    """Those that hold today or will; of people who may still sign in."""
    still = select(Delegation).join(Person, Person.id == Delegation.from_id)
    still = still.where(
        Delegation.ended_at.is_(None),
        Delegation.last >= clock.today(),
        Person.disabled_at.is_(None),
        Person.role == Role.GENERAL_MANAGER.value,
    )
    return db.session.scalars(still.order_by(Delegation.first)).all()


def stands_in(person_id: UUID) -> bool:
    """Whether this person decides in 总经理's place today."""
    return any(one.to_id == person_id and one.first <= clock.today() for one in running())
