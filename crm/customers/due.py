"""Due: the own customers to be contacted by today, in the order of how long they have waited."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crm import clock
from crm.access.fields import FIELDS
from crm.access.law import Subject
from crm.crypto.keyring import DataKey, current
from crm.customers.cards import Customer, Status
from crm.customers.contacts import Contact
from crm.customers.followups import FollowUp, Outcome
from crm.db import db
from crm.disclosure import door
from crm.disclosure.opened import Item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from crm.accounts.people import Viewer

COUNT_TO = 1000
ON_FIRST_PAGE = 8


def lines(viewer: Viewer, limit: int) -> list[dict[str, Any]]:
    """The due customers as templates print them. One list entry names the ids shown."""
    rows = _rows(viewer.id, limit)
    ring, triples = current(), []
    for row in rows:
        subject = Subject("customer", row.id, row.owner_id, row.team_id)
        key = (
            ring.open_data_key(row.id, row.version, row.key_version, row.wrapped)
            if row.wrapped
            else None
        )
        name = Item(f"contact.{row.id}", FIELDS["contact.name"], row.contact_id, row.contact)
        own = row.author_id == viewer.id
        last = Item(f"last.{row.id}", FIELDS["follow_up.text"], row.follow_up_id, row.text, own=own)
        triples.append((subject, key, [name, last]))
    shown = door.listing(viewer, triples, scene="today")
    return [_line(row, shown) for row in rows]


def _rows(owner_id: UUID, limit: int) -> Sequence[Any]:
    wanted = select(
        Customer.id, Customer.name, Customer.region, Customer.level, Customer.status,
        Customer.owner_id, Customer.team_id, Customer.next_contact, Customer.last_at,
        Contact.id.label("contact_id"),
        Contact.name.label("contact"), Contact.mobile.is_not(None).label("has_mobile"),
        FollowUp.id.label("follow_up_id"), FollowUp.author_id, FollowUp.text, FollowUp.outcome,
        DataKey.version, DataKey.key_version, DataKey.wrapped,
    )  # fmt: skip
    joined = (
        wanted.outerjoin(Contact, Contact.id == Customer.main_contact_id)
        .outerjoin(FollowUp, FollowUp.id == Customer.last_follow_up_id)
        .outerjoin(DataKey, DataKey.owner_id == Customer.id)
    )
    mine = joined.where(Customer.owner_id == owner_id, Customer.next_contact <= clock.today())
    return db.session.execute(mine.order_by(Customer.next_contact, Customer.id).limit(limit)).all()


def _line(row: Any, shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "region": row.region,
        "level": row.level,
        "status": Status(row.status),
        "contact": shown.get(f"contact.{row.id}"),
        "contact_id": row.contact_id,
        "has_mobile": row.has_mobile,
        "may_dial": bool(row.has_mobile),
        "last_at": row.last_at if row.follow_up_id else None,
        "last_text": shown.get(f"last.{row.id}"),
        "outcome": Outcome(row.outcome).label if row.outcome else "",
        "next": row.next_contact,
        "late_days": max(0, (clock.today() - row.next_contact).days) if row.next_contact else 0,
    }


def count(viewer: Viewer) -> int:
    """How many own customers are to be contacted by today, counted to a thousand."""
    return _count(Customer.owner_id == viewer.id, Customer.next_contact <= clock.today())


def _count(*conditions: Any) -> int:
    few = select(Customer.id).where(*conditions).limit(COUNT_TO)
    return db.session.scalar(select(func.count()).select_from(few.subquery())) or 0


def overview(viewer: Viewer) -> dict[str, Any]:
    """What a salesperson's first page says: whom to contact today, what is overdue."""
    mine = Customer.owner_id == viewer.id
    return {
        "due": lines(viewer, ON_FIRST_PAGE),
        "today_count": _count(mine, Customer.next_contact == clock.today()),
        "overdue_count": _count(mine, Customer.next_contact < clock.today()),
        "owned_count": _count(mine),
        "unplanned_count": _count(mine, Customer.next_contact == date.max),
        "done_count": sum(done_today(viewer).values()),
    }


def done_today(viewer: Viewer) -> dict[str, int]:
    """How many customers this person got in touch with today, by how the call ended."""
    wanted = (
        select(FollowUp.outcome, func.count())
        .join(Customer, Customer.last_follow_up_id == FollowUp.id)
        .where(
            Customer.owner_id == viewer.id,
            Customer.last_at >= clock.start_of(clock.today()),
            FollowUp.author_id == viewer.id,
        )
        .group_by(FollowUp.outcome)
    )
    return {outcome or "": number for outcome, number in db.session.execute(wanted)}
