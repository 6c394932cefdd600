"""Signs: what a card's head says besides its own columns, and what else there is to be asked for.

They come with the card in its own statement; what is not there is not asked for again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, select

from crm import settings
from crm.customers import cards
from crm.customers.cards import Customer
from crm.customers.contacts import ExtraValue
from crm.customers.contributing.consents import Consent
from crm.customers.pool import rules
from crm.customers.purchases.classify import LevelProposal
from crm.db import run

if TYPE_CHECKING:
    from crm.customers.cards import Card

SIGNS = (
    select(LevelProposal.level)
    .where(LevelProposal.customer_id == Customer.id)
    .scalar_subquery()
    .label("proposed"),
    select(LevelProposal.why)
    .where(LevelProposal.customer_id == Customer.id)
    .scalar_subquery()
    .label("proposed_why"),
    select(settings.HouseSetting.value)
    .where(settings.HouseSetting.name == rules.ON.name)
    .scalar_subquery()
    .label("pool"),
    exists().where(ExtraValue.customer_id == Customer.id).label("has_extras"),
    exists().where(Consent.customer_id == Customer.id).label("has_consents"),
)
WITH_SIGNS = cards.TOLD.add_columns(*SIGNS)
"""A card to be read, together with its signs: for its page and its tabs."""
ALONE = select(*SIGNS).where(Customer.id == bindparam("customer"))


def of(card: Card) -> Any:
    """The card's signs: they came along, or are asked for now."""
    if hasattr(card.customer, "has_consents"):
        return card.customer
    return run(ALONE, {"customer": card.customer.id}).one()
