"""Binned and shredded: which cards are in the recycle bin, and what is left of gone ones."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Moment, OpenEnded


class Binned(Base):
    """A card in the recycle bin: since when, by whom, and what it gets back when restored.

    While it lies there nobody is responsible for it, works on it or keeps it at hand, so that every
    list of somebody's own passes it over by itself.
    """

    __tablename__ = "binned_customers"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    team_id: Mapped[UUID | None] = mapped_column(Uuid)
    next_contact: Mapped[date | None] = mapped_column(OpenEnded)
    people: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Ids of who worked on it (`collaborators`) and who kept it at hand (`stars`)."""

    __table_args__ = (
        Index("ix_binned_customers_at", "at"),
        Index("ix_binned_customers_owner_id_at", "owner_id", "at"),
    )


class Shredded(Base):
    """A tombstone: that there was a card, and when and by whom it was shredded. No value of it."""

    __tablename__ = "shredded_customers"

    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    """Nobody: its days in the bin were over."""
    how: Mapped[str] = mapped_column(String(8))
    """expired or at-once."""
