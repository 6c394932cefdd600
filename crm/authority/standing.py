"""Standing grants 常设授权单: yearly, for the supervisor and for customer service (6)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock, numbering
from crm.access.fields import Level
from crm.access.grants import Grant
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.audit import log
from crm.authority import deciding, slips
from crm.db import db, uuid7
from crm.disclosure.acts import Purpose
from crm.errors import Denied, Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from crm.accounts.people import Viewer

LONGEST = timedelta(days=366)
ACTS = {
    Role.MARKET_SUPERVISOR: "open reveal",
    Role.SERVICE_SPECIALIST: "open dial",
}
"""The posts that may hold one, and what it lets them do: nothing of it copies or carries out."""
FIELDS = {
    Role.MARKET_SUPERVISOR: "",
    Role.SERVICE_SPECIALIST: "contact.name contact.mobile phone",
}
"""Which fields it reaches; none: whatever its level reaches. Service calls about its open task."""
PURPOSES = {
    Role.MARKET_SUPERVISOR: Purpose.MAINTAIN,
    Role.SERVICE_SPECIALIST: Purpose.COMPLAINT,
}


def of_post(role: str) -> list[tuple[UUID, str]]:
    """The active people of a post: id and name."""
    wanted = select(Person.id, Person.name).where(Person.role == role, Person.disabled_at.is_(None))
    return [(row[0], row[1]) for row in db.session.execute(wanted.order_by(Person.login))]


def candidates() -> Sequence[Person]:
    """Who may be given one."""
    posts = [role.value for role in ACTS]
    wanted = select(Person).where(Person.role.in_(posts), Person.disabled_at.is_(None))
    return db.session.scalars(wanted.order_by(Person.login)).all()


def give(viewer: Viewer, holder_id: UUID | None, until: date | None, most: int | None) -> Grant:
    """Give a standing grant up to a day, that day included.

    Raises Invalid for a post that holds none or a day beyond a year; Denied for one's own.
    """
    holder = db.session.get(Person, holder_id) if holder_id else None
    if holder is None or holder.disabled_at or Role(holder.role) not in ACTS:
        raise Invalid(_("常设授权单只给市场主管和客户服务专员。"), "holder")
    if not deciding.may_decide(viewer.id, viewer.role, holder):
        log.refuse("grant_standing", subject_type="person", subject_ids=(holder.id,))
        raise Denied(_("常设授权单由总经理签发；执行董事在委托期内代签。"))
    today = clock.today()
    if until is None or not today < until <= today + LONGEST:
        raise Invalid(_("到期日从明天起，最长一年。"), "until")
    role = Role(holder.role)
    service = role is Role.SERVICE_SPECIALIST
    level = Level.SECRET.value
    grant = Grant(
        id=uuid7(), number=numbering.take(slips.PREFIX), standing=True, holder_id=holder.id,
        meant=0, purpose=PURPOSES[role].value, acts=ACTS[role], fields=FIELDS[role], level=level,
        every=True, by_task=service, days=(until - today).days, most=most, used=0, state="asked",
        asked_at=clock.now(), decided_at=clock.now(), decided_by_id=viewer.id,
    )  # fmt: skip
    db.session.add(grant)
    db.session.flush()
    deciding.begin(grant, clock.start_of(clock.next_day(until)))
    about = {"subject_type": "person", "subject_ids": (holder.id,), "grant_id": grant.id}
    log.say("grant_standing", **about, detail=slips.detail(grant))
    db.session.flush()
    return grant
