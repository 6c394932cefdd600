"""Duplicates: pairs of cards that may be one customer, found at night, decided by a person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    SmallInteger,
    String,
    Uuid,
    delete,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from crm import clock
from crm.accounts.people import Person
from crm.customers.cards import Customer
from crm.db import Base, Moment, db
from crm.web.counting import few

if TYPE_CHECKING:
    from crm.accounts.people import Viewer

PAGE = 30


class Pair(Base):
    """Two cards, the lower id first, with the reasons; `apart` remembers 不是重复."""

    __tablename__ = "duplicate_pairs"

    low_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    high_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    score: Mapped[int] = mapped_column(SmallInteger)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(8), default="open")
    found_at: Mapped[datetime] = mapped_column(Moment)
    decided_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_duplicate_pairs_state_score", "state", "score", "low_id"),
        Index("ix_duplicate_pairs_high_id", "high_id"),
    )


class NearKey(Base):
    """One number under which a name meets those it may be confused with."""

    __tablename__ = "near_keys"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)

    __table_args__ = (Index("ix_near_keys_customer_id", "customer_id"),)


class NearSeen(Base):
    """A card as the last run saw it: a changed print means to look again."""

    __tablename__ = "near_seen"

    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    print: Mapped[int] = mapped_column(BigInteger)


def open_pairs(page: int = 1) -> list[Any]:
    """The pairs that nobody has decided on, the surest first; one more than a page."""
    low, high = aliased(Customer), aliased(Customer)
    owner, other = aliased(Person), aliased(Person)
    wanted = (
        select(
            Pair.low_id, Pair.high_id, Pair.score, Pair.reasons,
            low.name.label("low"), low.region.label("low_region"), owner.name.label("low_owner"),
            high.name.label("high"), high.region.label("high_region"),
            other.name.label("high_owner"),
        )
        .join(low, low.id == Pair.low_id)
        .join(high, high.id == Pair.high_id)
        .outerjoin(owner, owner.id == low.owner_id)
        .outerjoin(other, other.id == high.owner_id)
        .where(Pair.state == "open")
        .order_by(Pair.score.desc(), Pair.low_id.desc())
    )  # fmt: skip
    return list(db.session.execute(wanted.limit(PAGE + 1).offset((page - 1) * PAGE)))


def how_many() -> int:
    """How many pairs wait, counted to ten thousand."""
    return db.session.scalar(select(few(select(Pair.low_id).where(Pair.state == "open")))) or 0


def ordered(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """The two ids as a pair keeps them."""
    return (one, other) if one.bytes < other.bytes else (other, one)


def say_apart(viewer: Viewer, one: UUID, other: UUID) -> bool:
    """Remember that two cards are two customers; False when there is no such pair."""
    pair = db.session.get(Pair, ordered(one, other))
    if pair is None:
        return False
    pair.state, pair.decided_by_id, pair.decided_at = "apart", viewer.id, clock.now()
    db.session.flush()
    return True


def gone(customer_id: UUID) -> None:
    """A card is no more: its open pairs go, and the next run must not meet it."""
    about = or_(Pair.low_id == customer_id, Pair.high_id == customer_id)
    db.session.execute(delete(Pair).where(about, Pair.state == "open"))
    again(customer_id)


def again(customer_id: UUID) -> None:
    """Let the next run look at a card anew."""
    db.session.execute(delete(NearKey).where(NearKey.customer_id == customer_id))
    db.session.execute(delete(NearSeen).where(NearSeen.customer_id == customer_id))
