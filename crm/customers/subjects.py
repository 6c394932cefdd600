"""Data subjects: a person asks what is held about them, has it handed out, has it erased.

Whoever answers them learns which facts there are, not what they say. A person is found by their
exact name or mobile alone: follow-ups, notes of the log and cards' prose are sealed and not
indexed, so that nobody can say without reading them whether they mention somebody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from crm.access.fields import CONTACT, FIELDS
from crm.audit import log
from crm.audit.entry import Entry
from crm.crypto import blind, keyring
from crm.crypto.uses import use
from crm.customers import items, merging, names, recycling
from crm.customers.cards import Customer
from crm.customers.changes import Change
from crm.customers.choices import title
from crm.customers.contacts import Contact, ExtraField, ExtraValue
from crm.customers.contributing.consents import Consent
from crm.customers.followups import FollowUp
from crm.db import db
from crm.disclosure import lookup, saying
from crm.disclosure.opened import Item
from crm.errors import CannotOpen, Invalid, Missing
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.crypto.sealed import RecordKey

_open = use("erase")
MOST = 500
"""Rows that an index may point at; a name that so many share needs a mobile beside it."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is held about one person on one card: names of facts, never what they say."""

    contact: Contact
    customer: Customer
    in_bin: bool
    facts: list[tuple[str, str, str]]
    """Name of the fact, its source, the day it was last verified."""
    changes: int
    follow_ups: int
    """Follow-ups of the card: any of them may mention the person."""


def find(viewer: Viewer, name: str, mobile: str) -> list[Held]:
    """Who has exactly this name and this mobile, on any card; one entry, the terms sealed in it.

    Raises Invalid when neither is given, or too many share the name.
    """
    if not (name or mobile):
        raise Invalid(_("请填写姓名或手机号，至少一项。"))
    folded = names.fold(name)
    found = _matching("contact.mobile", mobile, lambda text: text == mobile) if mobile else None
    if name:
        named = _matching("contact.name", folded, lambda text: names.fold(text) == folded)
        found = named if found is None else [one for one in found if one in named]
    held = [held_about(*pair) for pair in _pairs(found or [])]
    entry = Entry(
        "subject",
        subject_type="customer",
        subject_ids=tuple({one.customer.id for one in held}),
        detail={"people": len(held)},
        indexed=True,
    )
    unit.current().entries.append(saying.with_note(entry, viewer.id, f"{name} {mobile}"))
    return held


def _matching(index: str, text: str, fits: Callable[[str], bool]) -> list[UUID]:
    """The contacts whose value is exactly this one."""
    pointed = [row for _owner, row in blind.candidates(index, text, MOST)]
    if len(pointed) >= MOST:
        raise Invalid(_("同名的人太多，请再填上手机号。"))
    spec = FIELDS[index]
    column = getattr(Contact, spec.column)
    wanted = select(Contact.id, Contact.customer_id, column).where(Contact.id.in_(pointed))
    rows = db.session.execute(wanted).all()
    keys = keyring.current().record_keys({row[1] for row in rows}) if rows else {}
    asked = [(row[0], Item(str(row[0]), spec, row[0], row[2])) for row in rows if row[1] in keys]
    return lookup.holders(asked, {row[0]: keys[row[1]] for row in rows if row[1] in keys}, fits)


def _pairs(ids: Iterable[UUID]) -> list[tuple[Contact, Customer]]:
    wanted = select(Contact, Customer).join(Customer, Customer.id == Contact.customer_id)
    rows = db.session.execute(wanted.where(Contact.id.in_(list(ids))).order_by(Contact.id))
    return [(row[0], row[1]) for row in rows]


def get(contact_id: UUID, customer_id: UUID) -> Held:
    """What is held about one contact. Raises Missing."""
    for contact, customer in _pairs([contact_id]):
        if customer.id == customer_id:
            return held_about(contact, customer)
    raise Missing


def held_about(contact: Contact, customer: Customer) -> Held:
    """Names of the facts that are held about a contact, with where they come from."""
    facts = [
        (str(spec.label), *_origin(contact.facts.get(spec.code)))
        for spec in CONTACT
        if getattr(contact, spec.column) is not None
    ]
    labels = select(ExtraField.label).join(ExtraValue, ExtraValue.field_id == ExtraField.id)
    facts += [(label, "", "") for label in db.session.scalars(labels.where(_extras(contact)))]
    kept = select(func.count()).where(Change.customer_id == customer.id, _history(contact))
    told = select(func.count()).where(FollowUp.customer_id == customer.id)
    return Held(
        contact,
        customer,
        customer.id in recycling.those([customer.id]),
        facts,
        db.session.scalar(kept) or 0,
        db.session.scalar(told) or 0,
    )


def _origin(fact: Any) -> tuple[str, str]:
    return (title("source", fact[0]), fact[1]) if fact else ("", "")


def _extras(contact: Contact) -> Any:
    """The condition of the extra values about a contact."""
    return ExtraValue.contact_id == contact.id


def _history(contact: Contact) -> Any:
    """The condition of the changes that are about a contact, extra fields included."""
    extras = select(ExtraValue.id).where(_extras(contact))
    return (Change.row_id == contact.id) | Change.row_id.in_(extras)


def exported(held: Held) -> list[Item]:
    """Every value held about a contact, for the door's act of exporting."""
    rows = db.session.scalars(select(ExtraValue).where(_extras(held.contact)))
    return items.contact_items(held.contact) + [items.extra_item(row) for row in rows]


def erase(held: Held) -> None:
    """Erase a contact for good: facts, history, extra values, terms; the card's other data stay.

    Copies of the same person that were taken off this card earlier live on in its history: they
    are recognised by name or mobile and go too. A merge of the card can no longer be undone.
    """
    contact, customer = held.contact, held.customer
    here = Change.customer_id == customer.id
    earlier = _earlier(contact, keyring.current().record_key(customer.id))
    db.session.execute(delete(Change).where(here, _history(contact)))
    db.session.execute(delete(Change).where(here, Change.row_id.in_(earlier)))
    db.session.execute(delete(ExtraValue).where(_extras(contact)))
    db.session.execute(delete(Consent).where(Consent.contact_id == contact.id))
    merging.forget(customer.id)  # an undo would bring the person back
    blind.forget(customer.id, contact.id)
    about = (FollowUp.customer_id == customer.id, FollowUp.contact_id == contact.id)
    db.session.execute(update(FollowUp).where(*about).values(contact_id=None))
    others = select(Contact.id).where(Contact.customer_id == customer.id, Contact.id != contact.id)
    if customer.main_contact_id == contact.id:
        customer.main_contact_id = db.session.scalar(others.order_by(Contact.position).limit(1))
    customer.version += 1
    db.session.delete(contact)
    db.session.flush()
    log.say(
        "contact_erased",
        subject_type="customer",
        subject_ids=(customer.id,),
        detail={"facts": len(held.facts), "changes": held.changes, "earlier": len(earlier)},
        indexed=True,
    )


def _earlier(contact: Contact, key: RecordKey) -> list[UUID]:
    """Rows of history alone whose name or mobile this contact's is."""
    now = select(Contact.id).where(Contact.customer_id == contact.customer_id)
    wanted = select(Change).where(
        Change.customer_id == contact.customer_id,
        Change.code.in_(["contact.name", "contact.mobile"]),
        Change.row_id.not_in(now),
    )
    mine = {
        (code, _folded(key, contact, code))
        for code in ("contact.name", "contact.mobile")
        if getattr(contact, FIELDS[code].column) is not None
    }
    found: dict[UUID, None] = {}
    for change in db.session.scalars(wanted):
        for box in (change.old, change.new):
            if box is not None and (change.code, _read(key, change.place(), box)) in mine:
                found[change.row_id] = None
    return list(found)


def _folded(key: RecordKey, contact: Contact, code: str) -> str:
    spec = FIELDS[code]
    item = Item(code, spec, contact.id, getattr(contact, spec.column))
    return _read(key, item.where(), item.sealed)


def _read(key: RecordKey, place: Any, box: Any) -> str:
    """A name or number made comparable; nothing for a box that was meddled with."""
    try:
        return names.fold(_open(key, place, box))
    except CannotOpen:
        return ""
