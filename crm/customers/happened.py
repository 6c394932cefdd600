"""Happened: the state of the whole archive today, for who may list it; open facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from crm import clock
from crm.access.law import Subject
from crm.accounts.people import Person
from crm.customers.cards import LIVE, Customer
from crm.customers.followups import FollowUp, Kind
from crm.db import run
from crm.disclosure import door
from crm.web.counting import few, told

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, ScalarSelect

    from crm.accounts.people import Viewer

LATEST = 8


def _few(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    return few(select(Customer.id).where(condition, LIVE))


FIGURES = select(
    _few(Customer.last_at >= bindparam("since")).label("touched"),
    _few(Customer.next_contact == bindparam("today")).label("due"),
    _few(Customer.next_contact < bindparam("today")).label("overdue"),
)
NEWEST = (
    select(
        Customer.id, Customer.name, Customer.owner_id, Customer.team_id, Customer.last_at,
        Person.name.label("owner"), FollowUp.kind,
    )
    .outerjoin(Person, Person.id == Customer.owner_id)
    .outerjoin(FollowUp, FollowUp.id == Customer.last_follow_up_id)
    .where(LIVE)
    .order_by(Customer.last_at.desc(), Customer.id.desc())
    .limit(LATEST)
)  # fmt: skip


def figures() -> dict[str, str]:
    """Touched today, due today, overdue: counted to ten thousand."""
    asked = {"since": clock.start_of(clock.today()), "today": clock.today()}
    row = run(FIGURES, asked).mappings().one()
    return {name: told(count) for name, count in row.items()}


def latest(viewer: Viewer) -> list[dict[str, Any]]:
    """The customers that were made or spoken with last. One entry names the ids."""
    rows = run(NEWEST).all()
    subjects = [(Subject("customer", row.id, row.owner_id, row.team_id), None, ()) for row in rows]
    door.listing(viewer, subjects, scene="latest")
    return [
        {
            "id": row.id,
            "name": row.name,
            "owner": row.owner or "",
            "at": row.last_at,
            "kind": Kind(row.kind).label if row.kind else "",
        }
        for row in rows
    ]
