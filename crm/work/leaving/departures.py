"""Departures: who leaves, how, by which day, and how far it has come."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, ForeignKey, Index, String, Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.crypto.sealed import Sealed, SealedText
from crm.db import Base, Identified, Moment, db
from crm.errors import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer


class Kind(StrEnum):
    """How somebody leaves their post."""

    NOTICE = "notice"
    TRANSFER = "transfer"
    DISMISSAL = "dismissal"
    WALKED_OUT = "walked_out"

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return str(KIND_TITLES[self])


KIND_TITLES = {
    Kind.NOTICE: _("辞职"),
    Kind.TRANSFER: _("调岗"),
    Kind.DISMISSAL: _("解聘"),
    Kind.WALKED_OUT: _("未办手续离开"),
}
GIVEN = (Kind.NOTICE, Kind.TRANSFER)
"""What a person gives notice of; the other two are entered by others and freeze at once."""


class State(StrEnum):
    """How far a departure has come."""

    OPEN = "open"
    SIGNED = "signed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


RUNNING = (State.OPEN.value, State.SIGNED.value)


class Departure(Base, Identified):
    """One person's leaving, from the notice to the closed account."""

    __tablename__ = "departures"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(12))
    reason: Mapped[Sealed | None] = mapped_column(SealedText)
    """Why, sealed under the key of whoever leaves."""
    state: Mapped[str] = mapped_column(String(10), default=State.OPEN.value)
    given_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[UUID] = mapped_column(Uuid)
    last_day: Mapped[date] = mapped_column(Date)
    """The last working day that was asked for."""
    full_day: Mapped[date] = mapped_column(Date)
    """The day on which the full notice is over: an earlier one needs the signer's consent."""
    consented_at: Mapped[datetime | None] = mapped_column(Moment)
    consented_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    signed_at: Mapped[datetime | None] = mapped_column(Moment)
    signed_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    frozen_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the account was frozen before everything was done."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by_id: Mapped[UUID | None] = mapped_column(Uuid)

    __table_args__ = (
        Index("ix_departures_person_id_state", "person_id", "state"),
        Index("ix_departures_state_given_at", "state", "given_at"),
    )

    @property
    def is_short(self) -> bool:
        """Whether notice is shorter than the house asks for, and nobody has agreed to it yet."""
        return self.last_day < self.full_day and self.consented_at is None

    @property
    def ends_on(self) -> date:
        """The last working day that counts: until somebody agrees, a shorter one does not."""
        return self.full_day if self.is_short else self.last_day

    @property
    def is_running(self) -> bool:
        """Whether it is still being dealt with."""
        return self.state in RUNNING

    @property
    def is_unfinished(self) -> bool:
        """Whether the account is frozen though not everything was done: 未办完."""
        return self.is_running and self.frozen_at is not None


class Tick(Base):
    """One item of the checklist, done: by whom, when, and to whom something went."""

    __tablename__ = "departure_ticks"

    departure_id: Mapped[UUID] = mapped_column(ForeignKey("departures.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(12), primary_key=True)
    by_id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    to_id: Mapped[UUID | None] = mapped_column(Uuid)


def running(person_id: UUID) -> Departure | None:
    """A person's departure that is being dealt with."""
    wanted = select(Departure).where(Departure.person_id == person_id, Departure.state.in_(RUNNING))
    return db.session.scalars(wanted).first()


def get(viewer: Viewer, departure_id: UUID) -> tuple[Departure, Person]:
    """A departure with its person: one's own, or any for who runs them. Raises Missing."""
    found = db.session.get(Departure, departure_id)
    runs = law.scope(viewer, Permission.LEAVING_RUN) is not None
    if found is None or not (runs or found.person_id == viewer.id):
        raise Missing
    return found, db.session.get_one(Person, found.person_id)


def listed(states: Sequence[str], most: int) -> list[tuple[Departure, Person]]:
    """Departures of these states with their people, the latest first."""
    wanted = select(Departure, Person).join(Person, Person.id == Departure.person_id)
    wanted = wanted.where(Departure.state.in_(states)).order_by(Departure.given_at.desc())
    return [(row[0], row[1]) for row in db.session.execute(wanted.limit(most))]
