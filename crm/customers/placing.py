"""Placing: after a restore or an undone merge a card is somebody's who may have it, or the pool's.

What was kept for coming back names who had the card then; they may have left since, or hold another
post. A card never goes back to them: it goes to the pool, or to nobody where there is no pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from crm import clock
from crm.accounts.people import Person
from crm.customers import standing
from crm.customers.beside import Collaborator
from crm.customers.cards import Customer
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard
from crm.customers.pool.falling import into_pool
from crm.customers.pool.rules import rules
from crm.db import db, uuid7

if TYPE_CHECKING:
    from crm.accounts.people import Viewer

LEFT = "left"
"""Why a card went to nobody: who had it is not there any more."""
CARDS = Customer.__table__


def settle(viewer: Viewer, customer_id: UUID) -> bool:
    """Put a card right that came back with its old owner; False when that one may not have it.

    Past the mapper: whoever has the card loaded must load it again.
    """
    held = db.session.execute(select(CARDS.c.owner_id).where(CARDS.c.id == customer_id)).scalar()
    if held is None:
        lies(customer_id)
        return True
    person = db.session.get(Person, held)
    if person is None or not standing.may_have(person):
        let_go(viewer, customer_id, held)
        return False
    team = update(CARDS).where(CARDS.c.id == customer_id).values(team_id=person.team_id)  # type: ignore[arg-type] # a Table
    db.session.execute(team)
    db.session.execute(delete(PoolCard).where(PoolCard.customer_id == customer_id))
    return True


def let_go(viewer: Viewer, customer_id: UUID, former: UUID) -> None:
    """Whose it was may not have it any more: to the pool, or to nobody; its history says so."""
    if rules().on:
        into_pool([(customer_id, former)], "return", LEFT, viewer.id)
        return
    nobody = {"owner_id": None, "team_id": None, "owned_since": None}
    db.session.execute(update(CARDS).where(CARDS.c.id == customer_id).values(nobody))  # type: ignore[arg-type] # a Table
    db.session.execute(insert(OwnerChange).values(
        id=uuid7(), customer_id=customer_id, from_id=former, to_id=None, at=clock.now(),
        by_id=viewer.id, how="handover", why=LEFT,
    ))  # fmt: skip


def lies(customer_id: UUID) -> None:
    """A card that lies in the pool has nobody beside it: else it would still have readers."""
    there = select(PoolCard.customer_id).where(PoolCard.customer_id == customer_id)
    if db.session.scalar(there):
        db.session.execute(delete(Collaborator).where(Collaborator.customer_id == customer_id))
