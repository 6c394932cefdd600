"""Complaints as they are kept – sealed in their taker's key –, and the right that one gives.

As long as one is open, the standing grant of customer service reaches the customer it is about:
the contact's name and a call (细则第二章·客户档案管理(6)). Closed, it reaches nothing any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, Uuid, bindparam, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock, numbering
from crm.access.fields import FIELDS
from crm.access.law import Subject
from crm.audit import log
from crm.crypto import keyring
from crm.crypto.sealed import Place, Sealed, SealedText
from crm.customers import pointing
from crm.db import Base, Identified, Moment, db, run, uuid7
from crm.disclosure import door
from crm.disclosure.opened import Item
from crm.errors import Invalid, Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer

PREFIX = "TS"
"""投诉: the series they are numbered in."""
TEXT, NAME = 1000, 120
"""Characters of what is said, and of a customer's name."""
SHOWN = 50
TEXTS = ("named", "text", "outcome")


class Complaint(Base, Identified):
    """One complaint: open until it is closed with what came of it."""

    __tablename__ = "complaints"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    customer_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The card whose name was given, or nothing where none fits."""
    handler_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    named: Mapped[Sealed | None] = mapped_column(SealedText)
    """The customer as whoever took it wrote it."""
    text: Mapped[Sealed | None] = mapped_column(SealedText)
    outcome: Mapped[Sealed | None] = mapped_column(SealedText)
    taken_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_complaints_handler_id_closed_at", "handler_id", "closed_at"),)


OPEN = select(literal(1)).where(
    Complaint.handler_id == bindparam("handler_id"),
    Complaint.closed_at.is_(None),
    Complaint.customer_id == bindparam("customer_id"),
)


def is_open(person_id: UUID, customer_id: UUID) -> bool:
    """Whether this person has an open complaint about this customer in hand."""
    asked = {"handler_id": person_id, "customer_id": customer_id}
    return run(OPEN, asked).first() is not None


def take(viewer: Viewer, name: str, text: str, once: UUID | None) -> Complaint:
    """Take a complaint; the same form sent twice is one. Needs a writing unit."""
    if once and (there := db.session.get(Complaint, once)):
        if there.handler_id != viewer.id:
            raise Missing
        return there
    made = Complaint(
        id=once or uuid7(),
        number=numbering.take(PREFIX),
        customer_id=pointing.meant(name),
        handler_id=viewer.id,
        taken_at=clock.now(),
    )
    made.named, made.text = (
        _sealed(viewer, made.id, "named", name),
        _sealed(viewer, made.id, "text", text),
    )
    db.session.add(made)
    db.session.flush()
    _say("complaint_taken", made)
    return made


def close(viewer: Viewer, complaint_id: UUID, outcome: str) -> Complaint:
    """Close one's own, with what came of it: the right that it gave ends here."""
    found = db.session.get(Complaint, complaint_id)
    if found is None or found.handler_id != viewer.id:
        raise Missing
    if found.closed_at is not None:
        raise Invalid(_("这件投诉已经办结了。"))
    found.outcome, found.closed_at = _sealed(viewer, found.id, "outcome", outcome), clock.now()
    _say("complaint_closed", found)
    db.session.flush()
    return found


def mine(viewer: Viewer) -> list[dict[str, Any]]:
    """One's own, the open ones first; what one wrote oneself needs no opening. One entry."""
    wanted = select(Complaint).where(Complaint.handler_id == viewer.id)
    order = (Complaint.closed_at.is_not(None), Complaint.taken_at.desc())
    rows = db.session.scalars(wanted.order_by(*order).limit(SHOWN)).all()
    key = keyring.current().record_key(viewer.id)
    asked = [(Subject("complaint", one.id, one.handler_id, None), key, _items(one)) for one in rows]
    opened = door.listing(viewer, asked, scene="complaints")
    names = _names(rows)
    return [
        {
            "id": one.id,
            "number": one.number,
            "customer_id": one.customer_id if one.customer_id in names else None,
            "customer": names.get(one.customer_id),
            "taken_at": one.taken_at,
            "closed_at": one.closed_at,
        }
        | {column: opened.get(f"complaint.{one.id}.{column}") for column in TEXTS}
        for one in rows
    ]


def _names(rows: Sequence[Complaint]) -> dict[UUID | None, str]:
    """Names of the cards: while a complaint is open, its handler may know which it is about."""
    ids = [one.customer_id for one in rows if one.customer_id and one.closed_at is None]
    for customer_id in dict.fromkeys(ids):
        log.named(customer_id, "complaints")
    return {**dict(pointing.called(ids))}


def _items(one: Complaint) -> list[Item]:
    return [
        Item(
            f"complaint.{one.id}.{column}", FIELDS[f"complaint.{column}"], one.id,
            getattr(one, column), own=True,
        )
        for column in TEXTS
    ]  # fmt: skip


def _sealed(viewer: Viewer, complaint_id: UUID, column: str, text: str) -> Sealed:
    key = keyring.current().record_key(viewer.id)
    return key.seal(Place("complaints", column, complaint_id), text)


def _say(action: str, one: Complaint) -> None:
    about = (one.customer_id,) if one.customer_id else ()
    log.say(
        action, subject_type="customer", subject_ids=about, purpose="complaint",
        detail={"number": one.number}, indexed=True,
    )  # fmt: skip
