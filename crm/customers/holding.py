"""Holding: the cards that are still somebody's, as a handover's list names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.customers.cards import LIVE, Customer
from crm.customers.status import Status
from crm.db import db
from crm.disclosure import door

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.people import Viewer

HELD = select(
    Customer.id, Customer.name, Customer.level, Customer.status, Customer.next_contact,
    Customer.owner_id, Customer.team_id,
).where(LIVE)  # fmt: skip


def may_read(viewer: Viewer, person_id: UUID) -> bool:
    """Whether this person may read the names: their own, or who lists the whole archive."""
    wide = law.scope(viewer, Permission.CUSTOMER_LIST) is Scope.ALL
    return wide or viewer.id == person_id


def of(viewer: Viewer, person_id: UUID, most: int) -> list[dict[str, Any]]:
    """The open facts of somebody's cards, for who may read them; one entry names which."""
    if not may_read(viewer, person_id):
        return []
    mine = HELD.where(Customer.owner_id == person_id).order_by(Customer.sort_name, Customer.id)
    rows = db.session.execute(mine.limit(most)).all()
    if rows:
        told = [(Subject("customer", row.id, row.owner_id, row.team_id), None, ()) for row in rows]
        door.listing(viewer, told, scene="leaving")
    return [
        {
            "id": row.id,
            "name": row.name,
            "level": row.level,
            "status": Status(row.status).label,
            "next": row.next_contact,
        }
        for row in rows
    ]
