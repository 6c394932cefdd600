"""Items: a card's sealed values by the names that forms and the log use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, select

from crm.access.fields import COMPANY, CONTACT, FIELDS, Level
from crm.customers import changes, purchases
from crm.customers.contacts import Contact, ExtraValue
from crm.customers.followups import FollowUp
from crm.customers.purchases import Purchase
from crm.db import run
from crm.disclosure.opened import Item
from crm.errors import CannotOpen, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Select

    from crm.access.fields import Field
    from crm.customers.cards import Customer
    from crm.db import Told

NOBODY = UUID(int=0)
"""Whose follow-up it is, where that is not asked."""
CARD = frozenset({"customers", "contacts", "follow_ups", "purchases"})
_CONTACT = {field.column: field for field in CONTACT}
_COMPANY = {field.code: field for field in COMPANY}


def company_item(customer: Customer, code: str) -> Item:
    """One of the company's own values: `phone`. Raises KeyError for another code."""
    field = _COMPANY[code]
    return Item(code, field, customer.id, getattr(customer, field.column))


def company_items(customer: Customer) -> list[Item]:
    """All of the company's own values."""
    return [company_item(customer, code) for code in _COMPANY]


def contact_items(contact: Contact | Told) -> list[Item]:
    """All of one contact's values: `contact.<id>.mobile` and the others."""
    head = f"contact.{contact.id}."
    return [
        Item(head + column, field, contact.id, getattr(contact, column))
        for column, field in _CONTACT.items()
    ]


def extra_item(row: ExtraValue | Told) -> Item:
    """One extra field's value: `extra.<id>`."""
    return Item(f"extra.{row.id}", FIELDS["extra"], row.id, row.value)


def follow_up_item(row: FollowUp | Told, viewer_id: UUID) -> Item:
    """One follow-up's text: `follow_up.<id>`; one's own needs no opening."""
    name = f"follow_up.{row.id}"
    return Item(name, FIELDS["follow_up.text"], row.id, row.text, own=row.author_id == viewer_id)


def change_items(row: changes.Change) -> list[Item]:
    """A change's old and new value: `change.<id>.old` …, as guarded as the field that changed."""
    place, field = row.place(), field_of(row)
    return [
        Item(f"change.{row.id}.{side}", field, row.row_id, getattr(row, side), place)
        for side in ("old", "new")
    ]


def field_of(row: changes.Change) -> Field:
    """The field that changed. Raises CannotOpen where the row names another than its boxes do."""
    field = FIELDS.get(row.code)
    if field is None or (field.table, field.column) != (row.kept_in, row.kept_as):
        raise CannotOpen("a change names another field than the one its boxes were sealed for")
    return field


def named(customer: Customer, names: Iterable[str]) -> list[Item]:
    """The items of this customer that a form names. Raises Missing for a name that is not one."""
    return [_named(customer, name) for name in dict.fromkeys(names)]


def _named(customer: Customer, name: str) -> Item:
    if name in _COMPANY:
        return company_item(customer, name)
    kind, _dot, rest = name.partition(".")
    row_id = rest.partition(".")[0]
    try:
        wanted = UUID(row_id)
    except ValueError:
        raise Missing from None
    for item in _candidates(customer, kind, wanted):
        if item.name == name:
            return item
    raise Missing


def _candidates(customer: Customer, kind: str, row_id: UUID) -> Sequence[Item]:
    if kind == "change":
        change = changes.get(row_id, customer.id)
        return change_items(change) if change else []
    if kind not in KEPT_IN:
        return []
    wanted, made = KEPT_IN[kind]
    row = run(wanted, {"row": row_id, "customer": customer.id}).first()
    return made(row) if row else []


def _row_of(table: Any) -> Select[*tuple[Any, ...]]:
    return select(*table.__table__.columns).where(
        table.id == bindparam("row"), table.customer_id == bindparam("customer")
    )


KEPT_IN: dict[str, tuple[Select[*tuple[Any, ...]], Callable[[Told], list[Item]]]] = {
    "contact": (_row_of(Contact), contact_items),
    "extra": (_row_of(ExtraValue), lambda row: [extra_item(row)]),
    "follow_up": (_row_of(FollowUp), lambda row: [follow_up_item(row, NOBODY)]),
    "purchase": (_row_of(Purchase), lambda row: [purchases.item(row)]),
}
"""The first part of an item's name → how its row of one customer is found, and what it holds."""


OPENED = tuple(
    field for field in FIELDS.values() if field.level is Level.CONFIDENTIAL and field.table in CARD
)
"""What opening a work card shows: everything internal that stands on a card."""
