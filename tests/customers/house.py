"""The house's rules in tests: the pool switched on, cards put into it, whose a card is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crm import settings
from crm.accounts.people import Person
from crm.customers.cards import Customer
from crm.customers.pool.falling import into_pool
from crm.customers.pool.rules import TABLE
from crm.db import db
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask


def pool_on(app: Flask, **given: str) -> None:
    """The supervisor switches the pool on, and changes these rules with it."""
    with app.test_request_context():
        lin = cast.viewer("lin")
        wanted = {one.name: one.taken([given[one.name]]) for one in TABLE if one.name in given}
        with unit.work(lin.actor()):
            settings.change(lin, TABLE, {"pool.on": True} | wanted)


def put(app: Flask, *ids: UUID) -> None:
    """These cards lie in the pool, one by one, the last of them on top."""
    with app.test_request_context():
        for one in ids:
            with unit.work(cast.viewer("lin").actor()):
                held = select(Customer.owner_id).where(Customer.id == one)
                into_pool([(one, db.session.scalars(held).one())], "fall", "", None)


def owner_of(app: Flask, customer_id: UUID) -> str | None:
    """The login of who is responsible for a card."""
    with app.app_context():
        wanted = select(Person.login).join(Customer, Customer.owner_id == Person.id)
        return db.session.scalar(wanted.where(Customer.id == customer_id))
