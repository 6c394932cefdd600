"""Saving: a card made or changed, field by field – sealed, found, sourced and kept in history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, insert

from crm import clock
from crm.access.fields import FIELDS, Field, Level
from crm.crypto import blind
from crm.crypto.sealed import Place, RecordKey, Sealed
from crm.crypto.uses import use
from crm.customers import names
from crm.customers.cards import Customer, CustomerTag, NameGram
from crm.customers.changes import Change
from crm.customers.contacts import Contact, ExtraValue
from crm.customers.indexed import INDEXED
from crm.db import db, uuid7
from crm.errors import Invalid
from crm.many import store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.accounts.people import Person, Viewer

EMPTY = ("short_name", "credit_code", "industry", "region", "tags", "source", "also_named")
"""Open texts that a new card does not have yet."""
_open = use("compare")


def holds(key: RecordKey, place: Place, box: Sealed | None, text: str) -> bool:
    """Whether a box says exactly this; no box says nothing. The answer is all that leaves."""
    return text == (_open(key, place, box) if box is not None else "")


def place_of(record: Any, code: str) -> Place:
    """Where a field's box of this row belongs."""
    return Place(FIELDS[code].table, FIELDS[code].column, record.id)


@dataclass(slots=True)
class Saving:
    """One person changing one card: the key, the source they name, and what has changed so far."""

    viewer: Viewer
    customer: Customer
    key: RecordKey
    source: str = ""
    changed: list[str] = field(default_factory=list)
    history: bool = True
    """Whether the card was there before; a new one has nothing to compare with or remember."""
    checked: bool = True
    """Whether somebody vouches for what is put today; a sheet that is imported does not."""
    today: date = field(default_factory=clock.today)
    terms: list[blind.Term] = field(default_factory=list)

    def put(self, record: Any, code: str, text: str | None, most: int = 0) -> None:
        """Give a field of the customer or a contact this text; None leaves it, "" clears it.

        With `most` the text is added below what is there, up to so many characters.
        """
        if text is None:
            return
        if not self.history:
            self._put_first(record, code, text)
            return
        spec = FIELDS[code]
        place = place_of(record, code)
        old = self._old(record, spec, place)
        if most:
            text = _added(old, text, spec, most)
        if text == old:
            return
        new_box = self.key.seal(place, text) if text else None
        self._remember(code, place, old, record, new_box)
        setattr(record, spec.column, text if spec.level is Level.OPEN else new_box)
        self._found_under(record, code, text)
        self._note_fact(record, code)
        self.changed.append(_item_name(record, code))

    def _put_first(self, record: Any, code: str, text: str) -> None:
        """A new card's field: nothing to compare with, terms kept for one statement later."""
        spec = FIELDS[code]
        if not text or text == getattr(record, spec.column):
            return
        is_open = spec.level is Level.OPEN
        setattr(
            record, spec.column, text if is_open else self.key.seal(place_of(record, code), text)
        )
        for index, texts in INDEXED[code](text).items() if code in INDEXED else ():
            self.terms += [(self.customer.id, record.id, index, one) for one in texts]
        self._note_fact(record, code)
        self.changed.append(_item_name(record, code))

    def _old(self, record: Any, spec: Field, place: Place) -> str:
        now = getattr(record, spec.column)
        if now is None or spec.level is Level.OPEN:
            return now or ""
        return _open(self.key, place, now)

    def _remember(self, code: str, place: Place, old: str, record: Any, new: Any) -> None:
        if FIELDS[code].level is Level.OPEN:
            old_box = self.key.seal(place, old) if old else None
        else:
            old_box = getattr(record, FIELDS[code].column)
        self.remember(code, place, old_box, new)

    def remember(self, code: str, place: Place, old: Any, new: Any) -> None:
        """Keep a change in the card's history; the boxes stay bound to their place."""
        db.session.add(
            Change(
                customer_id=self.customer.id,
                code=code,
                kept_in=place.table,
                kept_as=place.column,
                row_id=place.row_id,
                old=old,
                new=new,
                at=clock.now(),
                by_id=self.viewer.id,
                source=self.source,
                version=self.customer.version + 1,
            )
        )

    def _found_under(self, record: Any, code: str, text: str) -> None:
        if code not in INDEXED:
            return
        terms = INDEXED[code](text) if text else {}
        empty: dict[str, list[str]] = {index: [] for index in INDEXED[code]("0000")}
        blind.replace(self.customer.id, record.id, empty | terms)

    def _note_fact(self, record: Any, code: str) -> None:
        day = self.today.isoformat() if self.checked else ""
        record.facts = {**(record.facts or {}), code: [self.source, day, self.viewer.login]}
        if self.checked and self.customer.verified_on != self.today:
            self.customer.verified_on = self.today

    def revive(self, contact: Contact, removal: Iterable[Change]) -> None:
        """Give a contact that was taken off the card what its history still holds of it."""
        for change in removal:
            if change.old is not None:
                self.put(contact, change.code, _open(self.key, change.place(), change.old))

    def verify(self, record: Any, code: str) -> None:
        """Note that a fact was checked today, whether it changed or not."""
        self.checked = True
        self._note_fact(record, code)
        self.changed.append(_item_name(record, code))

    def put_extra(
        self, row: ExtraValue | None, field_id: UUID, contact_id: UUID | None, text: str | None
    ) -> None:
        """Give an extra field of the customer or a contact this text."""
        if text is None or (row is None and not text):
            return
        if row is None:
            row = ExtraValue(
                id=uuid7(), field_id=field_id, customer_id=self.customer.id, contact_id=contact_id
            )
            db.session.add(row)
        place = Place("extra_values", "value", row.id)
        if row.value is not None and text == _open(self.key, place, row.value):
            return
        box = self.key.seal(place, text) if text else None
        self.remember("extra", place, row.value, box)
        row.value = box
        self.changed.append(f"extra.{row.id}")


def _added(old: str, text: str, spec: Field, most: int) -> str:
    """Prose below prose; what is there already is not said twice. Raises Invalid for too much."""
    lines = old.splitlines()
    whole = old if text in lines or text == old else "\n".join([*lines, text])
    if len(whole) > most:
        raise Invalid(
            _("%(label)s已经写满 %(n)s 字，请先编辑精简，再采纳。", label=spec.label, n=most)
        )
    return whole


def _item_name(record: Any, code: str) -> str:
    return f"contact.{record.id}.{code.partition('.')[2]}" if isinstance(record, Contact) else code


def new_customer(name: str, owner: Person | None) -> Customer:
    """A new card with an id and its name, somebody's to look after; not yet in the session."""
    customer = Customer(
        id=uuid7(),
        name=name,
        facts={},
        version=1,
        level="C",
        status="potential",
        owner_id=owner.id if owner else None,
        team_id=owner.team_id if owner else None,
        last_at=clock.now(),
        made_at=clock.now(),
    )
    for column in EMPTY:
        setattr(customer, column, "")
    rename(customer)
    return customer


def rename(customer: Customer) -> None:
    """Work out from the card's names what it is found and sorted by."""
    customer.name_key = names.fold(customer.name)
    customer.sort_name = names.sounded(customer.name)
    former = customer.also_named.split("\n") if customer.also_named else []
    customer.search_text = names.search_text(customer.name, customer.short_name, *former)


def gram_rows(customer: Customer) -> list[dict[str, Any]]:
    """The rows by which this customer's name is found."""
    length = len(customer.name)
    return [
        {"gram": gram, "length": length, "customer_id": customer.id}
        for gram in names.grams(customer.search_text)
    ]


def store_grams(customer: Customer) -> None:
    """Let a renamed customer be found by its new names."""
    db.session.execute(delete(NameGram).where(NameGram.customer_id == customer.id))
    store(NameGram, gram_rows(customer))


def store_tags(customer: Customer, tags: Iterable[str]) -> None:
    """Give the customer exactly these tags."""
    kept = list(dict.fromkeys(tags))
    customer.tags = " ".join(kept)
    db.session.execute(delete(CustomerTag).where(CustomerTag.customer_id == customer.id))
    if kept:
        db.session.execute(
            insert(CustomerTag), [{"tag": tag, "customer_id": customer.id} for tag in kept]
        )
