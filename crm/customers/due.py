"""Due: the own customers to be contacted by today, in the order of how long they have waited."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Integer, bindparam, func, select

from crm import clock
from crm.access.fields import FIELDS
from crm.access.law import Subject
from crm.crypto.keyring import DataKey, current
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.followups import FollowUp, Outcome
from crm.customers.status import Status
from crm.db import run
from crm.disclosure import door
from crm.disclosure.opened import Item
from crm.web.counting import few

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, ScalarSelect

    from crm.accounts.people import Viewer

ON_FIRST_PAGE = 8
_MINE = Customer.owner_id == bindparam("viewer_id")
_TODAY: BindParameter[date] = bindparam("today")
WAITING = (
    select(
        Customer.id, Customer.name, Customer.region, Customer.level, Customer.status,
        Customer.owner_id, Customer.team_id, Customer.next_contact, Customer.last_at,
        Contact.id.label("contact_id"),
        Contact.name.label("contact"), Contact.mobile.is_not(None).label("has_mobile"),
        FollowUp.id.label("follow_up_id"), FollowUp.text, FollowUp.outcome,
        (FollowUp.author_id == bindparam("viewer_id")).label("written"),
        DataKey.version, DataKey.key_version, DataKey.wrapped,
    )
    .outerjoin(Contact, Contact.id == Customer.main_contact_id)
    .outerjoin(FollowUp, FollowUp.id == Customer.last_follow_up_id)
    .outerjoin(DataKey, DataKey.owner_id == Customer.id)
    .where(_MINE, Customer.next_contact <= _TODAY)
    .order_by(Customer.next_contact, Customer.id)
    .limit(bindparam("limit", type_=Integer))
)  # fmt: skip


def _counting(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return few(select(Customer.id).where(*conditions))


LEFT = select(_counting(_MINE, Customer.next_contact <= _TODAY))
OVERVIEW = select(
    _counting(_MINE, Customer.next_contact == _TODAY).label("today_count"),
    _counting(_MINE, Customer.next_contact < _TODAY).label("overdue_count"),
    _counting(_MINE).label("owned_count"),
    _counting(_MINE, Customer.next_contact == date.max).label("unplanned_count"),
)
DONE = (
    select(FollowUp.outcome, func.count())
    .join(Customer, Customer.last_follow_up_id == FollowUp.id)
    .where(
        _MINE,
        Customer.last_at >= bindparam("since"),
        FollowUp.author_id == bindparam("viewer_id"),
    )
    .group_by(FollowUp.outcome)
)


def lines(viewer: Viewer, limit: int) -> list[dict[str, Any]]:
    """The due customers as templates print them. One list entry names the ids shown."""
    rows = run(WAITING, _asking(viewer) | {"limit": limit}).all()
    ring, triples = current(), []
    for row in rows:
        subject = Subject("customer", row.id, row.owner_id, row.team_id)
        key = (
            ring.open_data_key(row.id, row.version, row.key_version, row.wrapped)
            if row.wrapped
            else None
        )
        name = Item(f"contact.{row.id}", FIELDS["contact.name"], row.contact_id, row.contact)
        last = Item(
            f"last.{row.id}", FIELDS["follow_up.text"], row.follow_up_id, row.text, own=row.written
        )
        triples.append((subject, key, [name, last]))
    shown = door.listing(viewer, triples, scene="today")
    return [_line(row, shown) for row in rows]


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
    """How many own customers are to be contacted by today, counted to ten thousand."""
    left: int = run(LEFT, _asking(viewer)).scalar_one()
    return left


def _asking(viewer: Viewer) -> dict[str, Any]:
    return {"viewer_id": viewer.id, "today": clock.today()}


def overview(viewer: Viewer) -> dict[str, Any]:
    """What a salesperson's first page says: whom to contact today, what is overdue."""
    counted = run(OVERVIEW, _asking(viewer)).mappings().one()
    done = sum(done_today(viewer).values())
    return {"due": lines(viewer, ON_FIRST_PAGE), "done_count": done, **counted}


def done_today(viewer: Viewer) -> dict[str, int]:
    """How many customers this person got in touch with today, by how the call ended."""
    since = clock.start_of(clock.today())
    rows = run(DONE, {"viewer_id": viewer.id, "since": since})
    return {outcome or "": number for outcome, number in rows}
