"""Contributions as they are kept: what was written, sealed under a key of its own, and its fate."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Uuid,
    and_,
    delete,
    func,
    or_,
    select,
    true,
)  # fmt: skip
from sqlalchemy.orm import Mapped, mapped_column

from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.accounts.people import Person
from crm.audit import log
from crm.crypto.keyring import DataKey
from crm.crypto.sealed import Sealed, SealedText
from crm.customers.cards import Customer
from crm.db import Base, Identified, Moment, db
from crm.errors import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from crm.accounts.people import Viewer

SHOWN = 50
"""Contributions on one page; who has more decides on these first."""
COUNT_TO = 100


class Fate(StrEnum):
    """What became of a fact, or of a whole contribution: only then is it over."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DECIDED = "decided"

    @property
    def label(self) -> str:
        """The fate as its writer reads it."""
        return str(FATE_TITLES[self])


FATE_TITLES = {
    Fate.WAITING: _("待确认"),
    Fate.ACCEPTED: _("已采纳"),
    Fate.REJECTED: _("未采纳"),
    Fate.DECIDED: _("已处理"),
}


class Contribution(Base, Identified):
    """One time that somebody wrote something about one customer, known to us or not."""

    __tablename__ = "contributions"

    customer_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    """The card whose name it named, or nothing: the writer is not told which."""
    writer_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Nobody where the customer wrote it, through a link."""
    for_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Who asked for it by a link for a customer that is not there yet."""
    link_id: Mapped[UUID | None] = mapped_column(Uuid)
    correction_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the code by which a customer corrects or withdraws it."""
    name: Mapped[Sealed | None] = mapped_column(SealedText)
    """The customer's name as it was written."""
    source: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(8), default=Fate.WAITING.value)
    made_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Raised by every decision, so that two people deciding at once notice."""

    __table_args__ = (
        Index("ix_contributions_state_id", "state", "id"),
        Index("ix_contributions_writer_id_made_at", "writer_id", "made_at"),
        Index("ix_contributions_correction_hash", "correction_hash", unique=True),
    )


class ContributedFact(Base, Identified):
    """One fact of a contribution. Its box goes when it is decided: accepted, it is on the card."""

    __tablename__ = "contributed_facts"

    contribution_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    person: Mapped[int] = mapped_column(SmallInteger)
    """0: about the company; 1, 2 …: about the first, the second person named."""
    code: Mapped[str] = mapped_column(String(32))
    value: Mapped[Sealed | None] = mapped_column(SealedText)
    state: Mapped[str] = mapped_column(String(8), default=Fate.WAITING.value)
    reason: Mapped[str] = mapped_column(String(12), default="")
    """Why it was not accepted, a code of the table of reasons."""
    contact_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The contact of the card that its person became."""


def get(contribution_id: UUID, viewer: Viewer) -> tuple[Contribution, Customer | None, Subject]:
    """A contribution that this person decides on, its customer, and how the law sees it.

    Raises Missing – and logs a refusal – for one that is not there or not this person's.
    """
    wanted = select(Contribution, Customer).outerjoin(
        Customer, Customer.id == Contribution.customer_id
    )
    row = db.session.execute(wanted.where(Contribution.id == contribution_id)).first()
    if row is None:
        raise Missing
    found, customer = row
    subject = Subject(
        "contribution", found.id, customer.owner_id if customer else found.for_id, None
    )
    if not law.may(viewer, Permission.CONTRIBUTION_DECIDE, subject):
        log.refuse(
            "access",
            subject_type="contribution",
            subject_ids=(contribution_id,),
            detail={"permission": Permission.CONTRIBUTION_DECIDE.value},
        )
        raise Missing
    return found, customer, subject


def facts(contribution_ids: Sequence[UUID]) -> dict[UUID, list[ContributedFact]]:
    """The facts of some contributions, in the order in which they were asked for."""
    wanted = select(ContributedFact).where(ContributedFact.contribution_id.in_(contribution_ids))
    found: dict[UUID, list[ContributedFact]] = {one: [] for one in contribution_ids}
    for fact in db.session.scalars(wanted.order_by(ContributedFact.position)):
        found[fact.contribution_id].append(fact)
    return found


def mine(viewer: Viewer) -> Sequence[Contribution]:
    """What this person wrote, the latest first."""
    wanted = select(Contribution).where(Contribution.writer_id == viewer.id)
    return db.session.scalars(
        wanted.order_by(Contribution.made_at.desc(), Contribution.id.desc()).limit(SHOWN)
    ).all()


def waiting(viewer: Viewer) -> Sequence[tuple[Contribution, Customer | None, str | None]]:
    """What waits for this person's decision, the oldest first: its card and writer, if known."""
    wanted = (
        select(Contribution, Customer, Person.name)
        .outerjoin(Customer, Customer.id == Contribution.customer_id)
        .outerjoin(Person, Person.id == Contribution.writer_id)
        .where(Contribution.state == Fate.WAITING.value, _theirs(viewer))
        .order_by(Contribution.id)
        .limit(SHOWN)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(wanted)]


def count_waiting(viewer: Viewer) -> int | None:
    """How many wait, counted to a hundred; None for who decides on nothing."""
    if law.scope(viewer, Permission.CONTRIBUTION_DECIDE) is None:
        return None
    some = (
        select(Contribution.id)
        .outerjoin(Customer, Customer.id == Contribution.customer_id)
        .where(Contribution.state == Fate.WAITING.value, _theirs(viewer))
        .limit(COUNT_TO)
    )
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _theirs(viewer: Viewer) -> ColumnElement[bool]:
    """The decision is who is responsible's; the supervisor's everywhere."""
    if law.scope(viewer, Permission.CONTRIBUTION_DECIDE) is Scope.ALL:
        return true()
    return or_(
        Customer.owner_id == viewer.id,
        and_(Customer.id.is_(None), Contribution.for_id == viewer.id),
    )


def forget(customer_id: UUID) -> None:
    """Shred what was written about a customer: boxes, and the only keys that open them."""
    theirs = select(Contribution.id).where(Contribution.customer_id == customer_id)
    of_them = ContributedFact.contribution_id.in_(theirs)
    db.session.execute(delete(ContributedFact).where(of_them))
    db.session.execute(delete(DataKey).where(DataKey.owner_id.in_(theirs)))
    db.session.execute(delete(Contribution).where(Contribution.customer_id == customer_id))
