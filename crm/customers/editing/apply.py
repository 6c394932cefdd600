"""Applying: a checked form becomes the card, in the running unit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select

from crm.access.fields import CONTACT
from crm.accounts.people import Person
from crm.audit import log
from crm.crypto import blind, keyring
from crm.customers import changes, contacts, merging, names, saving, standing, terms
from crm.customers.cards import LIVE, Customer
from crm.customers.contacts import Contact, ExtraValue
from crm.customers.editing.typed import NEW
from crm.customers.indexed import INDEXED
from crm.customers.saving import Saving
from crm.customers.terms import Vocabulary
from crm.db import db, uuid7
from crm.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm.accounts.people import Viewer
    from crm.customers.editing.typed import Typed


def create(viewer: Viewer, typed: Typed) -> Customer:
    """Make a card. Raises Invalid when the name is taken, saying only who is responsible."""
    name = typed.company["name"] or ""
    if taken := taken_by(name):
        raise Invalid(taken)
    mine = not standing.may_assign(viewer)
    owner = db.session.get(Person, viewer.id) if mine else standing.owner(typed.owner)
    customer = saving.new_customer(name, owner)
    row, key = keyring.current().new_data_key(customer.id)
    db.session.add_all([customer, row])
    db.session.flush()
    save = Saving(viewer, customer, key, typed.company.get("source") or "", history=False)
    _put_all(save, typed)
    db.session.flush()
    blind.add(save.terms)
    saving.store_grams(customer)
    log.say(
        "create",
        subject_type="customer",
        subject_ids=(customer.id,),
        fields=tuple(save.changed),
        indexed=True,
    )
    return customer


def update(viewer: Viewer, customer: Customer, typed: Typed) -> list[str]:
    """Change a card; returns the names of what changed. Raises Invalid when the name is taken."""
    if typed.company["name"] and (taken := taken_by(typed.company["name"], but=customer.id)):
        raise Invalid(taken)
    key = keyring.current().record_key(customer.id)
    save = Saving(viewer, customer, key, typed.company.get("source") or customer.source)
    before = customer.search_text
    _put_all(save, typed)
    if standing.may_assign(viewer) and typed.owner:
        standing.assign(save, standing.owner(typed.owner))
    if save.changed:
        customer.version += 1
        log.say(
            "save",
            subject_type="customer",
            subject_ids=(customer.id,),
            fields=tuple(save.changed),
            indexed=True,
        )
    db.session.flush()
    if customer.search_text != before:
        saving.store_grams(customer)
    return save.changed


def _put_all(save: Saving, typed: Typed) -> None:
    customer = save.customer
    for code, text in typed.company.items():
        save.source = typed.sources.get(code) or save.source
        save.put(customer, code, text, typed.added.get(code, 0))
    save.put(customer, "shareholders", typed.shareholders)
    _put_contacts(save, typed)
    for name, text in typed.extras.items():
        _put_extra(save, name, text)
    for name in typed.verified:
        save.source = typed.sources.get(name) or save.source
        _verify(save, name)
    saving.rename(customer)
    if typed.company.get("tags") is not None:
        saving.store_tags(customer, typed.tags)
    for kind in Vocabulary:
        words = typed.tags if kind is Vocabulary.TAG else [getattr(customer, kind.value)]
        terms.note(kind, words)
    standing.share(save, typed.collaborators)


def _put_contacts(save: Saving, typed: Typed) -> None:
    customer = save.customer
    known = {str(one.id): one for one in contacts.of(customer.id)}
    for key, facts in typed.contacts.items():
        if key in typed.removed:
            continue
        contact = known.get(key) or _come(save, typed, key, len(known))
        if contact is None:
            continue  # another card's contact, or nobody
        put = facts if key in known or key.startswith(NEW) else _filled(facts)
        known.setdefault(str(contact.id), contact)
        for spec in CONTACT:
            name = f"contact.{key}.{spec.column}"
            save.source = typed.sources.get(name) or save.source
            save.put(contact, spec.code, put.get(spec.column), typed.added.get(name, 0))
    db.session.flush()
    for key in typed.removed & set(known):
        _remove(save, known.pop(key))
    kept = list(known.values())
    if customer.main_contact_id not in {one.id for one in kept}:
        customer.main_contact_id = kept[0].id if kept else None


def _new_contact(customer: Customer, contact_id: UUID, position: int) -> Contact:
    contact = Contact(id=contact_id, customer_id=customer.id, position=position, facts={})
    db.session.add(contact)
    return contact


def _come(save: Saving, typed: Typed, key: str, position: int) -> Contact | None:
    """A contact that is not on the card: a new one, or one that comes back as it was.

    It comes back when somebody removed it while another went on writing about it.
    """
    if key.startswith(NEW):
        return _new_contact(save.customer, uuid7(), position)
    about = (text for name, text in typed.extras.items() if name.endswith(key))
    if not (_filled(typed.contacts[key]) or any(about)):
        return None
    removal = changes.removal(save.customer.id, UUID(key))
    if not removal:
        return None
    contact = _new_contact(save.customer, UUID(key), position)
    save.revive(contact, removal)
    return contact


def _filled(facts: Mapping[str, str | None]) -> dict[str, str | None]:
    return {column: text for column, text in facts.items() if text}


def _remove(save: Saving, contact: Contact) -> None:
    """Take a contact off the card; what it held stays in the card's history, sealed."""
    for spec in CONTACT:
        save.put(contact, spec.code, "")
    for row in contacts.extra_values(save.customer.id):
        if row.contact_id == contact.id:
            save.put_extra(row, row.field_id, contact.id, "")
    db.session.flush()
    db.session.execute(delete(ExtraValue).where(ExtraValue.contact_id == contact.id))
    blind.replace(
        save.customer.id,
        contact.id,
        {index: () for code in INDEXED for index in INDEXED[code]("0000")},
    )
    db.session.delete(contact)
    save.changed.append(f"contact.{contact.id}")


def _put_extra(save: Saving, name: str, text: str | None) -> None:
    _head, field_id, *about = name.split(".")
    contact_id = UUID(about[0]) if about else None
    if contact_id and contact_id not in {one.id for one in contacts.of(save.customer.id)}:
        return  # a made-up name: another card's contact, or nobody
    wanted = select(ExtraValue).where(
        ExtraValue.customer_id == save.customer.id, ExtraValue.field_id == UUID(field_id)
    )
    row = db.session.scalar(wanted.where(ExtraValue.contact_id == contact_id))
    save.put_extra(row, UUID(field_id), contact_id, text)


def _verify(save: Saving, name: str) -> None:
    if name.startswith("contact."):
        _head, key, column = name.split(".", 2)
        contact = next((one for one in contacts.of(save.customer.id) if str(one.id) == key), None)
        if contact is not None and column in {spec.column for spec in CONTACT}:
            save.verify(contact, f"contact.{column}")
    elif name in {"phone", "address", "traits", "business", "preferences", "invoice_title", "bank"}:
        save.verify(save.customer, name)


def taken_by(name: str, but: UUID | None = None) -> str | None:
    """The sentence for a name that is taken: that it is there and who is responsible, no more.

    Each such answer is in the log, whichever way the name was asked about.
    """
    wanted = select(Customer.id, Person.name, LIVE).outerjoin(
        Person, Person.id == Customer.owner_id
    )
    key = names.fold(name)
    row = db.session.execute(wanted.where(Customer.name_key == key)).first()
    if row is None and (kept := merging.standing(key)):
        row = db.session.execute(wanted.where(Customer.id == kept)).first()
    if row is None or row[0] == but:
        return None
    log.say("name_check", subject_type="customer", detail={"found": True})
    if not row[2]:
        return _("已有这家客户，在回收站里：请市场主管恢复，不必重建。")
    return _("已有这家客户，负责人：%(owner)s。", owner=row[1] or _("未分配"))
