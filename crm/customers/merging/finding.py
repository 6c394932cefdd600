"""Finding: after a merge was undone, each card is found under its own names and numbers again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from crm.crypto.blind import BlindTerm
from crm.customers import saving
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.merging import sealing
from crm.db import db

if TYPE_CHECKING:
    from uuid import UUID

    from crm.crypto.sealed import RecordKey


def renew(card_id: UUID, key: RecordKey) -> None:
    """Work out anew what a card is found by, from what it holds now."""
    wanted = select(Customer).where(Customer.id.in_([card_id]))
    card = db.session.scalars(wanted.execution_options(populate_existing=True)).one()
    saving.rename(card)
    db.session.flush()
    saving.store_grams(card)
    saving.store_tags(card, card.tags.split())
    sealing.find_again(key, card_id, card)
    people = select(Contact).where(Contact.customer_id == card_id)
    there = db.session.scalars(people.execution_options(populate_existing=True)).all()
    for one in there:
        sealing.find_again(key, card_id, one)
    known = [card_id, *(one.id for one in there)]
    stale = (BlindTerm.owner_id == card_id, BlindTerm.row_id.not_in(known))
    db.session.execute(delete(BlindTerm).where(*stale))
