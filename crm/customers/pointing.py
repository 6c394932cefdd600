"""Pointing: the customers that a request for access means – by name, by filter, by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crm.access import law
from crm.access.permissions import Permission
from crm.customers import narrowing, reach
from crm.customers.cards import LIVE, Customer, NameGram
from crm.customers.names import fold
from crm.db import db, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from crm.accounts.people import Viewer


def named(names: Iterable[str]) -> dict[str, UUID | None]:
    """Each name as it was written → the card of that name, or None; for the decider's eyes."""
    keys = {name: fold(name) for name in names}
    wanted = select(Customer.name_key, Customer.id).where(
        Customer.name_key.in_(set(keys.values())), LIVE
    )
    found: dict[str, UUID] = {row[0]: row[1] for row in db.session.execute(wanted)}
    return {name: found.get(key) or _by_short_name(key) for name, key in keys.items()}


def meant(name: str) -> UUID | None:
    """The one card of this name, or of this short name if no other has it."""
    return named([name])[name]


def _by_short_name(folded: str) -> UUID | None:
    short = select(Customer.id).join(NameGram, NameGram.customer_id == Customer.id)
    line = Customer.search_text.contains(f"\n{folded}\n", autoescape=True)
    few = short.where(NameGram.gram == folded[:2], line, LIVE).limit(2)
    rows = db.session.scalars(few).all()
    return rows[0] if len(rows) == 1 else None


def seen(viewer: Viewer, ids: Sequence[UUID]) -> list[UUID]:
    """Which of these this person sees anyway; the others are as if they were not there."""
    if law.scope(viewer, Permission.CUSTOMER_LIST) is None or not ids:
        return []
    within = select(Customer.id).where(Customer.id.in_(ids), LIVE, reach.WITHIN[reach.of(viewer)])
    return list(run(within.order_by(Customer.id), reach.values(viewer)).scalars())


def fitting(viewer: Viewer, filters: Mapping[str, str], most: int) -> list[UUID]:
    """The cards this person sees that fit some filters now, one more than `most` at the utmost."""
    if law.scope(viewer, Permission.CUSTOMER_LIST) is None:
        return []
    names, values = narrowing.narrowed(dict(filters))
    within = select(Customer.id).where(LIVE, reach.WITHIN[reach.of(viewer)])
    within = within.where(*(narrowing.FILTERS[name] for name in names))
    asked = within.order_by(Customer.id).limit(most + 1)
    return list(run(asked, values | reach.values(viewer)).scalars())


def called(ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Id and open name of cards, as dictionaries sort them; what is no longer there is left out."""
    wanted = select(Customer.id, Customer.name).where(Customer.id.in_(ids), LIVE)
    return [(row[0], row[1]) for row in db.session.execute(wanted.order_by(Customer.sort_name))]
