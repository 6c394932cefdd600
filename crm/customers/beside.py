"""Beside the one responsible: who works on a card too, and who keeps it at hand."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Collaborator(Base):
    """A person who works on a card beside the one responsible."""

    __tablename__ = "collaborators"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)

    __table_args__ = (Index("ix_collaborators_person_id", "person_id"),)


class Star(Base):
    """A card that a person keeps at hand."""

    __tablename__ = "stars"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)

    __table_args__ = (Index("ix_stars_customer_id", "customer_id"),)
