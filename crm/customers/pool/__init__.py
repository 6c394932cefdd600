"""The public pool 公海: cards nobody followed for long come back, and a colleague may take one.

Ships off. The trade's habit, not the regulations': each company sets its own rules.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Moment


class PoolCard(Base):
    """A card in the pool: since when, whose it was. It counts as long as nobody has the card."""

    __tablename__ = "pool_cards"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    former_id: Mapped[UUID | None] = mapped_column(Uuid)

    __table_args__ = (Index("ix_pool_cards_since_customer_id", "since", "customer_id"),)


class PoolLook(Base):
    """One line of the pool that a person was shown on one office day; the limit counts these."""

    __tablename__ = "pool_looks"

    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
