"""Keeping purchases: recorded, corrected, removed – each with its place in the card's history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import clock
from crm.audit import log
from crm.crypto import keyring
from crm.customers.purchases import MOST, Purchase, classify, place_of
from crm.customers.saving import Saving
from crm.db import db, uuid7
from crm.errors import Invalid, Missing

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.crypto.sealed import RecordKey
    from crm.customers.cards import Card
    from crm.customers.purchases import Facts


def get(purchase_id: UUID, customer_id: UUID) -> Purchase:
    """One purchase of this customer. Raises Missing."""
    wanted = select(Purchase).where(Purchase.id == purchase_id, Purchase.customer_id == customer_id)
    row = db.session.scalar(wanted)
    if row is None:
        raise Missing
    return row


def add(key: RecordKey, customer_id: UUID, facts: Facts) -> Purchase:
    """A new purchase, sealed, in the running unit."""
    row = Purchase(id=uuid7(), customer_id=customer_id, made_at=clock.now())
    row.facts = key.seal(place_of(row), facts.text())
    db.session.add(row)
    return row


def record(viewer: Viewer, card: Card, facts: Facts) -> Purchase:
    """Record a purchase on a card. Raises Invalid when there are too many."""
    count = db.session.scalar(select(func.count()).where(Purchase.customer_id == card.customer.id))
    if (count or 0) >= MOST:
        raise Invalid(_("一家客户最多记 %(n)s 笔购买。", n=MOST))
    save = _saving(viewer, card)
    row = add(save.key, card.customer.id, facts)
    save.remember("purchases", place_of(row), None, row.facts)
    _done(save, "purchase")
    return row


def correct(viewer: Viewer, card: Card, row: Purchase, facts: Facts) -> None:
    """Give a purchase other facts; what it was stays in the card's history."""
    save = _saving(viewer, card)
    new = save.key.seal(place_of(row), facts.text())
    save.remember("purchases", place_of(row), row.facts, new)
    row.facts = new
    _done(save, "purchase_changed")


def remove(viewer: Viewer, card: Card, row: Purchase) -> None:
    """Take a purchase off the card; what it was stays in the card's history."""
    save = _saving(viewer, card)
    save.remember("purchases", place_of(row), row.facts, None)
    db.session.delete(row)
    _done(save, "purchase_removed")


def _saving(viewer: Viewer, card: Card) -> Saving:
    return Saving(viewer, card.customer, keyring.current().record_key(card.customer.id))


def _done(save: Saving, action: str) -> None:
    save.customer.version += 1
    db.session.flush()
    log.say(
        action,
        subject_type="customer",
        subject_ids=(save.customer.id,),
        fields=("purchases",),
        indexed=True,
    )
    classify.propose(save.customer.id, save.key)


def take_level(viewer: Viewer, card: Card) -> str | None:
    """Give a card the level that the rules propose; says which. Raises Invalid when none is."""
    proposed = db.session.get(classify.LevelProposal, card.customer.id)
    if proposed is None:
        raise Invalid(_("现在没有建议的等级。"))
    save = _saving(viewer, card)
    save.put(card.customer, "level", proposed.level)
    if not save.changed:
        return None
    card.customer.version += 1
    db.session.flush()
    log.say(
        "level_taken",
        subject_type="customer",
        subject_ids=(card.customer.id,),
        fields=("level",),
        detail={"level": proposed.level, "why": proposed.why},
        indexed=True,
    )
    return proposed.level
