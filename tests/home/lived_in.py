"""Lived in: a house in which every page has something to show, and no Chinese word of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from crm import clock
from crm.accounts.people import Person
from crm.customers import cards, recycling
from crm.customers.contacts import Contact
from crm.customers.purchases import Facts, keeping
from crm.db import db
from crm.web import unit
from tests import cast
from tests.customers.house import pool_on
from tests.organised import organised

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask


def arguments(app: Flask, customer_id: UUID) -> dict[str, list[str]]:
    """What stands in the addresses of the pages, by the names of their arguments."""
    with app.app_context():
        zhao_id = db.session.scalar(select(Person.id).where(Person.login == "zhao"))
        known = select(Contact.id).where(Contact.customer_id == customer_id)
        contact_id = db.session.scalar(known)
    there = organised(app, customer_id, ("Fir Example Ltd", "Oak Example", "Oak Example Co"))
    return {
        "customer_id": [str(customer_id), str(binned(app))],
        "purchase_id": [str(bought(app, customer_id))],
        "other_id": [str(there.other)],
        "merge_id": [str(there.merge)],
        "person_id": [str(zhao_id)],
        "job_id": [str(there.handover)],
        "kind": ["tag"],
        "contact_id": [str(contact_id)],
    }


def bought(app: Flask, customer_id: UUID) -> UUID:
    """Something that zhao's customer bought."""
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        with unit.work(zhao.actor()):
            card = cards.get(customer_id, zhao)
            facts = Facts(clock.today(), "Tea", "Green tea", Decimal(2), Decimal(900))
            return keeping.record(zhao, card, facts).id


def binned(app: Flask) -> UUID:
    """A card that lies in the recycle bin; the pool is on."""
    pool_on(app)
    gone = cast.customer(app, "zhao", "Elm Example Ltd")
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        with unit.work(zhao.actor()):
            recycling.throw_in(cards.get(gone, zhao), zhao)
    return gone
