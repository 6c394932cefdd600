"""Owners: who was responsible for a card, from when, how it came to the next one, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Uuid,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from crm import clock
from crm.accounts.people import Person
from crm.customers import handed
from crm.customers.cards import Customer
from crm.customers.passing import BY_ITSELF, HOW, POOLED, WHY
from crm.db import Base, Identified, Moment, db, run, uuid7

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.accounts.people import Viewer

SHOWN = 100


class OwnerChange(Base, Identified):
    """One card that passed from one person (or nobody) to another (or nobody)."""

    __tablename__ = "owner_changes"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    from_id: Mapped[UUID | None] = mapped_column(Uuid)
    to_id: Mapped[UUID | None] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Nobody, where the house's own rules did it."""
    how: Mapped[str] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        Index("ix_owner_changes_customer_id_at", "customer_id", "at"),
        Index("ix_owner_changes_to_id_at", "to_id", "at"),
    )


@dataclass(frozen=True, slots=True)
class Passed:
    """One change of hands as people read it."""

    at: datetime
    how: str
    giver: str
    taker: str
    by: str
    why: str


MOVE = (
    update(Customer.__table__)  # type: ignore[arg-type] # past the mapper: a card's version stays
    .where(Customer.id == bindparam("card"))
    .values(
        owner_id=bindparam("new_owner"),
        team_id=bindparam("new_team"),
        owned_since=bindparam("since", type_=Moment()),
    )
)


def move(
    viewer: Viewer, cards: Iterable[tuple[UUID, UUID | None]], to: Person | None, why: str
) -> int:
    """Give cards (id, present owner) to a person and keep who had them; says how many moved.

    Follow-ups, dates, stages, collaborators and stars stay as they are.
    """
    moving = [(card, owner) for card, owner in cards if owner != (to.id if to else None)]
    if not moving:
        return 0
    now, to_id = clock.now(), to.id if to else None
    run(MOVE, [
        {"card": card, "new_owner": to_id, "new_team": to.team_id if to else None,
         "since": now if to else None}
        for card, _owner in moving
    ])  # fmt: skip
    db.session.execute(insert(OwnerChange), [
        {"id": uuid7(), "customer_id": card, "from_id": owner, "to_id": to_id,
         "at": now, "by_id": viewer.id, "how": BY_ITSELF.get(why, "handover"), "why": why}
        for card, owner in moving
    ])  # fmt: skip
    handed.tell(viewer, [owner for _card, owner in moving], to_id, why)
    return len(moving)


def note(
    customer: Customer, to: Person | None, how: str, why: str = "", by: UUID | None = None
) -> None:
    """Pass a card on and write it down. The card's clock of going without follow-up starts anew."""
    db.session.add(
        OwnerChange(
            customer_id=customer.id,
            from_id=customer.owner_id,
            to_id=to.id if to else None,
            at=clock.now(),
            by_id=by,
            how=how,
            why=why,
        )
    )
    customer.owner_id = to.id if to else None
    customer.team_id = to.team_id if to else None
    customer.owned_since = clock.now() if to else None


def keep(
    viewer: Viewer, customer_id: UUID, before: UUID | None, now: UUID | None, why: str
) -> None:
    """Note one change of owner that was made on the card itself."""
    if before == now:
        return
    db.session.add(OwnerChange(
        customer_id=customer_id, from_id=before, to_id=now, at=clock.now(), by_id=viewer.id,
        how=BY_ITSELF.get(why, "handover"), why=why,
    ))  # fmt: skip
    handed.tell(viewer, [before], now, why)


def follow_team(person: Person) -> None:
    """Cards stand with the team of whoever is responsible: they follow a person who changes."""
    db.session.execute(
        update(Customer.__table__)  # type: ignore[arg-type] # past the mapper: no card's version changes
        .where(Customer.owner_id == person.id, Customer.team_id.is_distinct_from(person.team_id))
        .values(team_id=person.team_id)
    )


def of(customer_id: UUID) -> list[Passed]:
    """A card's changes of hands, the latest first."""
    giver, taker, by = aliased(Person), aliased(Person), aliased(Person)
    wanted = (
        select(
            OwnerChange.at, OwnerChange.how, OwnerChange.why,
            giver.name.label("giver"), taker.name.label("taker"), by.name.label("by"),
        )
        .outerjoin(giver, giver.id == OwnerChange.from_id)
        .outerjoin(taker, taker.id == OwnerChange.to_id)
        .outerjoin(by, by.id == OwnerChange.by_id)
        .where(OwnerChange.customer_id == customer_id)
        .order_by(OwnerChange.at.desc(), OwnerChange.id.desc())
        .limit(SHOWN)
    )  # fmt: skip
    return [_passed(row) for row in db.session.execute(wanted)]


def _passed(row: Any) -> Passed:
    nobody = gettext("公海") if row.how in POOLED else gettext("未分配")
    why = "" if row.how in {"merge", "unmerge"} else str(WHY.get(row.why, row.why))
    how = str(HOW.get(row.how, row.how))
    return Passed(
        row.at, how, row.giver or nobody, row.taker or nobody, row.by or gettext("系统"), why
    )
