"""Purchases: what a customer bought, when, how much of it, for how much – one box each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.access.fields import FIELDS
from crm.crypto.sealed import Place, Sealed, SealedText
from crm.db import Base, Identified, Moment, db
from crm.disclosure.opened import Item

if TYPE_CHECKING:
    from crm.db import Told

BAR, INSTEAD = " | ", "¦"
"""What stands between the facts of a purchase in its box, and for a bar that somebody typed."""

MOST = 2000
"""Purchases of one customer: enough for a hundred months of twenty, and opened in one go."""


class Purchase(Base, Identified):
    """One purchase. Its day, too, is in the box: what somebody buys how often is no open fact."""

    __tablename__ = "purchases"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    facts: Mapped[Sealed | None] = mapped_column(SealedText)
    made_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __table_args__ = (Index("ix_purchases_customer_id_id", "customer_id", "id"),)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one purchase was."""

    day: date
    category: str
    product: str
    quantity: Decimal
    amount: Decimal
    note: str = ""

    def text(self) -> str:
        """As one line: what is sealed, and what history shows of it."""
        words = (self.category, self.product, f"{self.quantity:f}", f"{self.amount:.2f}", self.note)
        return BAR.join([self.day.isoformat(), *(word.replace("|", INSTEAD) for word in words)])


def facts_of(text: str) -> Facts:
    """The facts that were sealed."""
    day, category, product, quantity, amount, note = text.split(BAR, 5)
    return Facts(
        date.fromisoformat(day), category, product, Decimal(quantity), Decimal(amount), note
    )


def item(row: Purchase | Told) -> Item:
    """One purchase as the door knows it: `purchase.<id>`."""
    return Item(f"purchase.{row.id}", FIELDS["purchases"], row.id, row.facts)


def place_of(row: Purchase) -> Place:
    """Where a purchase's box belongs."""
    return Place("purchases", "facts", row.id)


def of(customer_id: UUID) -> Sequence[Purchase]:
    """A customer's purchases, sealed, in the order in which they were recorded."""
    wanted = select(Purchase).where(Purchase.customer_id == customer_id)
    return db.session.scalars(wanted.order_by(Purchase.id).limit(MOST)).all()
