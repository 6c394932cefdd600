"""History: every change of every field, who and when; old and new values are boxes too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.accounts.people import Person
from crm.crypto.sealed import Place, Sealed, SealedText
from crm.db import Base, Identified, Moment, db

if TYPE_CHECKING:
    from collections.abc import Sequence


class Change(Base, Identified):
    """One field of one row given another value. The boxes are bound to that row's own place."""

    __tablename__ = "changes"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    code: Mapped[str] = mapped_column(String(32))
    """The field's code in the catalogue; an extra field's is `extra`."""
    kept_in: Mapped[str] = mapped_column(String(24))
    kept_as: Mapped[str] = mapped_column(String(24))
    row_id: Mapped[UUID] = mapped_column(Uuid)
    old: Mapped[Sealed | None] = mapped_column(SealedText)
    new: Mapped[Sealed | None] = mapped_column(SealedText)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    source: Mapped[str] = mapped_column(String(10), default="")
    version: Mapped[int] = mapped_column(Integer)
    """The card's version that this change made."""

    __table_args__ = (Index("ix_changes_customer_id_at", "customer_id", "at"),)

    def place(self) -> Place:
        """Where both boxes were sealed for."""
        return Place(self.kept_in, self.kept_as, self.row_id)


PAGE = 50


def of(customer_id: UUID, page: int = 1) -> Sequence[tuple[Change, str]]:
    """A customer's changes, newest first, each with its author's name; one more than a page."""
    wanted = (
        select(Change, Person.name)
        .join(Person, Person.id == Change.by_id)
        .where(Change.customer_id == customer_id)
        .order_by(Change.at.desc(), Change.id.desc())
    )
    return [
        (row[0], row[1])
        for row in db.session.execute(wanted.limit(PAGE + 1).offset((page - 1) * PAGE))
    ]


def get(change_id: UUID, customer_id: UUID) -> Change | None:
    """One change of this customer."""
    return db.session.scalar(
        select(Change).where(Change.id == change_id, Change.customer_id == customer_id)
    )


def since(customer_id: UUID, version: int) -> Sequence[tuple[Change, Change, str]]:
    """What was changed after a version: of each field the first change, the newest, and by whom."""
    wanted = (
        select(Change, Person.name)
        .join(Person, Person.id == Change.by_id)
        .where(Change.customer_id == customer_id, Change.version > version)
        .order_by(Change.at, Change.id)
    )
    fields: dict[tuple[UUID, str], tuple[Change, Change, str]] = {}
    for change, name in db.session.execute(wanted):
        field = (change.row_id, change.code)
        fields[field] = (fields.get(field, (change,))[0], change, name)
    return list(fields.values())


def removal(customer_id: UUID, contact_id: UUID) -> Sequence[Change]:
    """The changes that took a contact off the card, all of one version; none if it was never on."""
    wanted = select(Change).where(
        Change.customer_id == customer_id,
        Change.kept_in == "contacts",
        Change.row_id == contact_id,
    )
    rows = db.session.scalars(wanted).all()
    last = max((row.version for row in rows), default=0)
    return [row for row in rows if row.version == last and row.new is None]
