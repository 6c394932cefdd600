"""Two cards of one invented customer, and everything that can be told of them from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crm.customers import cards
from crm.customers.merging import Merge, joining, parting
from crm.customers.merging.moves import KEPT, table
from crm.db import db
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

OTHER = "重庆银杏示例集团"
ALSO = {
    "contact.new1.name": cast.CONTACT_SECRETS["name"],
    "contact.new1.mobile": cast.CONTACT_SECRETS["mobile"],
    "contact.new1.title": "另一个职务",
    "contact.new1.family": "另一个家庭",
    "contact.new2.name": "贺二人",
    "contact.new2.mobile": "13700001111",
    "phone": "023-66668888",
    "address": cast.SECRETS["address"],
    "industry": "林业",
}
"""A second card: one person the same, one alone; the address equal, the telephone different."""


def merge(app: Flask, kept: UUID, gone: UUID, picks: dict[str, str] | None = None) -> UUID:
    """The supervisor merges two cards."""
    with app.test_request_context():
        lin = cast.viewer("lin")
        with unit.work(lin.actor()):
            left, right = cards.get(kept, lin).customer, cards.get(gone, lin).customer
            return joining.join(lin, left, right, picks or {}).id


def undo(app: Flask, merge_id: UUID) -> list[str]:
    """The supervisor undoes a merge."""
    with app.test_request_context():
        lin = cast.viewer("lin")
        with unit.work(lin.actor()):
            found = db.session.get(Merge, merge_id)
            assert found is not None
            return parting.part(lin, found)


FLEETING = {"version"}


def all_rows(app: Flask, *ids: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these cards, box for box; a card's version aside."""
    with app.app_context():
        found = {}
        for name in ("customers", *KEPT, "customer_tags", "name_grams"):
            here = table(name)
            column = here.c.id if name == "customers" else here.c.customer_id
            rows = db.session.execute(select(here).where(column.in_(ids))).mappings()
            found[name] = sorted(
                str({k: getattr(v, "box", v) for k, v in row.items() if k not in FLEETING})
                for row in rows
            )
        return found


def terms(app: Flask, *ids: UUID) -> set[tuple[Any, ...]]:
    """The blind terms that lead to these cards."""
    with app.app_context():
        here = table("blind_terms")
        rows = db.session.execute(select(here).where(here.c.owner_id.in_(ids)))
        return {tuple(row) for row in rows}
