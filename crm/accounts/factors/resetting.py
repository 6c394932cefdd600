"""Resetting: a person who has lost every factor is let in again by two others, neither alone.

Which two may, stands in one literal table. Nobody proposes or approves for themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Boolean, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.accounts.factors import keeping
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.audit import log
from crm.db import Base, Identified, Moment, db, uuid7
from crm.errors import Denied, Invalid, Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer

LASTS = timedelta(hours=24)
"""How long a proposal waits for its second person."""


class Two(NamedTuple):
    """Which posts may propose, and which may approve."""

    propose: frozenset[Role]
    approve: frozenset[Role]


BESIDE_THE_MANAGER = frozenset(
    {Role.EXECUTIVE_DIRECTOR, Role.GM_ASSISTANT, Role.MARKET_DIRECTOR, Role.SECURITY_ADMIN}
)
APPROVERS = frozenset({Role.SECURITY_ADMIN, Role.GENERAL_MANAGER})
USUAL = Two(frozenset({Role.SYSTEM_ADMIN}), APPROVERS)
WHO: dict[Role, Two] = {
    Role.GENERAL_MANAGER: Two(BESIDE_THE_MANAGER, BESIDE_THE_MANAGER),
    # There may be one system administrator: then nobody else could propose.
    Role.SYSTEM_ADMIN: Two(frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}), APPROVERS),
}
"""Whose factors → the two; everybody else's are USUAL. Always two different people."""


class FactorRecovery(Base, Identified):
    """One proposal, and what the second person said."""

    __tablename__ = "factor_recoveries"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    approved: Mapped[bool | None] = mapped_column(Boolean)


def two_for(role: Role) -> Two:
    """Who may let a person of this post in again."""
    return WHO.get(role, USUAL)


def may_propose(viewer: Viewer, person: Person) -> bool:
    """Whether this viewer may be the first of the two."""
    return viewer.id != person.id and viewer.role in two_for(Role(person.role)).propose


def may_approve(viewer: Viewer, person: Person, proposal: FactorRecovery) -> bool:
    """Whether this viewer may be the second of the two."""
    another = viewer.id not in {person.id, proposal.proposed_by}
    return another and viewer.role in two_for(Role(person.role)).approve


def approvers(proposal: FactorRecovery) -> Sequence[UUID]:
    """Everybody who could be the second of the two now."""
    person = db.session.get_one(Person, proposal.person_id)
    posts = [role.value for role in two_for(Role(person.role)).approve]
    them = Person.role.in_(posts), Person.disabled_at.is_(None)
    out = Person.id.not_in([person.id, proposal.proposed_by])
    return db.session.scalars(select(Person.id).where(*them, out)).all()


def waiting() -> Sequence[FactorRecovery]:
    """Proposals that nobody has decided on and that are not too old, the oldest first."""
    now = clock.now()
    wanted = select(FactorRecovery).where(
        FactorRecovery.decided_at.is_(None),
        FactorRecovery.proposed_at > now - LASTS,
        FactorRecovery.proposed_at <= now,
    )
    return db.session.scalars(wanted.order_by(FactorRecovery.id)).all()


def lost(viewer: Viewer) -> Sequence[Person]:
    """The people with a factor for whom this viewer may propose, in order of login."""
    held = Person.second_factor, Person.disabled_at.is_(None)
    people = db.session.scalars(select(Person).where(*held).order_by(Person.login))
    return [one for one in people if may_propose(viewer, one)]


def propose(viewer: Viewer, person_id: UUID) -> FactorRecovery:
    """Be the first of the two. Raises Missing, Denied or Invalid; a refusal is an entry."""
    person = db.session.get(Person, person_id)
    if person is None or person.disabled_at:
        raise Missing
    if not may_propose(viewer, person):
        _refuse("recovery_proposed", person.id)
    if not person.second_factor:
        raise Invalid(_("这个账号没有第二重验证，用不着重置。"))
    if any(one.person_id == person.id for one in waiting()):
        raise Invalid(_("已经有人提出了，等另一位同意。"))
    row = FactorRecovery(
        id=uuid7(), person_id=person.id, proposed_by=viewer.id, proposed_at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    keeping.say("recovery_proposed", person.id)
    return row


def decide(viewer: Viewer, recovery_id: UUID, *, approve: bool) -> FactorRecovery:
    """Be the second of the two; who proposed may only take it back.

    Raises Missing or Denied; a refusal is an entry. Approving takes every factor away, at once.
    """
    row = next((one for one in waiting() if one.id == recovery_id), None)
    person = db.session.get(Person, row.person_id) if row else None
    if row is None or person is None:
        raise Missing
    own = viewer.id == row.proposed_by and not approve
    if not own and not may_approve(viewer, person, row):
        _refuse("recovery_decided", person.id)
    row.decided_by, row.decided_at, row.approved = viewer.id, clock.now(), approve
    db.session.flush()
    keeping.say("recovery_decided", person.id, decision="approved" if approve else "rejected")
    if approve:
        keeping.forget_everything(person.id)
    return row


def _refuse(action: str, person_id: UUID) -> None:
    log.refuse(action, subject_type="person", subject_ids=(person_id,), detail={"why": "the law"})
    raise Denied
