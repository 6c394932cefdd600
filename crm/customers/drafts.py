"""Drafts: what a sheet says of a customer becomes a new card, or brings a known one up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from crm.access import law
from crm.access.permissions import Permission
from crm.accounts.people import Person, Viewer
from crm.crypto import blind, keyring
from crm.crypto.keyring import DataKey
from crm.crypto.uses import use
from crm.customers import names, saving, terms
from crm.customers.cards import Customer, CustomerTag, NameGram
from crm.customers.contacts import Contact
from crm.customers.editing.slots import shares_told
from crm.customers.saving import Saving
from crm.customers.terms import Vocabulary
from crm.db import Base, db, run, uuid7
from crm.many import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.crypto.sealed import RecordKey
    from crm.customers.imports.outcome import ContactDraft, CustomerDraft

OPEN = ("short_name", "credit_code", "industry", "region", "level", "source")
SEALED = ("phone", "address", "traits", "business", "invoice_title")
CONTACT = (
    "name",
    "role",
    "title",
    "gender",
    "birth_date",
    "education",
    "mobile",
    "home_address",
    "hobbies",
    "family",
    "other",
    "wechat",
    "email",
)
_open = use("match")


class Batch:
    """New customers of one chunk, stored with one statement a table."""

    def __init__(self, viewer: Viewer, owners: dict[str, Person]) -> None:
        """Begin a chunk; `owners` are the people whom its rows name, by login."""
        self.viewer, self.owners = viewer, owners
        self.me = db.session.get(Person, viewer.id)
        self.key_version = keyring.newest()
        self.customers: list[Customer] = []
        self.contacts: list[Contact] = []
        self.keys: list[DataKey] = []
        self.terms: list[blind.Term] = []
        self.grams: list[dict[str, Any]] = []
        self.tags: list[dict[str, Any]] = []
        self.words: dict[Vocabulary, set[str]] = {kind: set() for kind in Vocabulary}

    def add(self, draft: CustomerDraft) -> Customer:
        """One new card with its contacts."""
        mine = (
            self.me if law.scope(self.viewer, Permission.CUSTOMER_FOLLOW_UP) is not None else None
        )
        customer = saving.new_customer(draft.name, self.owners.get(draft.owner or "") or mine)
        data_key, key = keyring.current().new_data_key(customer.id, self.key_version)
        save = Saving(self.viewer, customer, key, draft.source or "", history=False, checked=False)
        _put_company(save, draft)
        customer.tags = " ".join(draft.tags)
        self.customers.append(customer)
        self.keys.append(data_key)
        for position, one in enumerate(draft.contacts):
            contact = Contact(id=uuid7(), customer_id=customer.id, position=position, facts={})
            _put_contact(save, contact, one)
            customer.main_contact_id = customer.main_contact_id or contact.id
            self.contacts.append(contact)
        self.terms += save.terms
        self.grams += saving.gram_rows(customer)
        self.tags += [{"tag": tag, "customer_id": customer.id} for tag in dict.fromkeys(draft.tags)]
        self.words[Vocabulary.INDUSTRY].add(customer.industry)
        self.words[Vocabulary.REGION].add(customer.region)
        self.words[Vocabulary.TAG].update(draft.tags)
        return customer

    def store(self) -> None:
        """Write the chunk."""
        for model, made in (
            (Customer, self.customers),
            (DataKey, self.keys),
            (Contact, self.contacts),
        ):
            if made:  # into the table itself: nothing here is loaded again, and there are many
                table = insert(model.__table__)  # type: ignore[arg-type] # a mapped table is one
                run(table, [_columns(one) for one in made])
        if self.grams:
            store(NameGram, self.grams)
        if self.tags:
            store(CustomerTag, self.tags)
        blind.add(self.terms)
        for kind, words in self.words.items():
            terms.note(kind, words)


def _columns(row: Base) -> dict[str, Any]:
    """A row that no session tracks, as one statement for many takes it."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _put_company(save: Saving, draft: CustomerDraft) -> None:
    for code in (*OPEN, *SEALED):
        save.put(save.customer, code, getattr(draft, code) or None)
    if draft.shareholders:
        told = shares_told((who, f"{share.normalize():f}") for who, share in draft.shareholders)
        save.put(save.customer, "shareholders", told)
    if draft.remark and not draft.traits:
        save.put(save.customer, "traits", draft.remark)


def _put_contact(save: Saving, contact: Contact, draft: ContactDraft) -> None:
    for column in CONTACT:
        value = getattr(draft, column)
        save.put(contact, f"contact.{column}", str(value) if value else None)


def update(viewer: Viewer, customer: Customer, draft: CustomerDraft) -> bool:
    """Bring a known card up to what the file says; False when it says nothing new."""
    key = keyring.current().record_key(customer.id)
    save = Saving(viewer, customer, key, draft.source or customer.source, checked=False)
    before = customer.search_text
    _put_company(save, draft)
    people = list(db.session.scalars(select(Contact).where(Contact.customer_id == customer.id)))
    known = Known(save.key, people)
    for one in draft.contacts:
        contact = known.meant(one.name, one.mobile)
        if contact is None:
            contact = Contact(id=uuid7(), customer_id=customer.id, position=len(people), facts={})
            db.session.add(contact)
            people.append(contact)
        _put_contact(save, contact, one)
        known.note(contact, one.name or "", one.mobile or "")
    fresh = [tag for tag in draft.tags if tag not in customer.tags.split()]
    tags = [*customer.tags.split(), *fresh]
    save.put(customer, "tags", " ".join(tags))
    if not save.changed:
        return False
    customer.version += 1
    customer.main_contact_id = customer.main_contact_id or (people[0].id if people else None)
    saving.rename(customer)
    db.session.flush()
    if fresh:
        saving.store_tags(customer, tags)
    if customer.search_text != before:
        saving.store_grams(customer)
    return True


class Known:
    """The contacts of one card, each opened once: who is meant by a name and a mobile."""

    def __init__(self, key: RecordKey, people: Sequence[Contact]) -> None:
        """Open every contact's name and mobile, for the machine alone."""
        self.key = key
        self.by_mobile: dict[str, Contact] = {}
        self.by_name: dict[str, list[tuple[Contact, str]]] = {}
        for contact in people:
            self.note(contact, self._held(contact, "name"), self._held(contact, "mobile"))

    def _held(self, contact: Contact, column: str) -> str:
        sealed = getattr(contact, column)
        place = saving.place_of(contact, f"contact.{column}")
        return _open(self.key, place, sealed) if sealed else ""

    def note(self, contact: Contact, name: str, mobile: str) -> None:
        """One more contact, or what one is now."""
        if mobile:
            self.by_mobile.setdefault(mobile, contact)
        if name:
            self.by_name.setdefault(names.fold(name), []).append((contact, mobile))

    def meant(self, name: str | None, mobile: str | None) -> Contact | None:
        """Same mobile, else same name without another mobile."""
        if mobile and mobile in self.by_mobile:
            return self.by_mobile[mobile]
        for contact, theirs in self.by_name.get(names.fold(name), ()) if name else ():
            if not (theirs and mobile and theirs != mobile):
                return contact
        return None
