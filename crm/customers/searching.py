"""Searching: a name by any part of it or its initials; a contact by exact number or name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, false, or_, select

from crm.access.fields import FIELDS
from crm.crypto import blind, keyring
from crm.customers import names, reach
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.db import run
from crm.disclosure import lookup
from crm.disclosure.opened import Item
from crm.web.text import halfwidth

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from crm.access.fields import Field
    from crm.accounts.people import Viewer
    from crm.crypto.sealed import Sealed

    Rows = Select[UUID, UUID, Sealed | None]
    """Rows to check: the customer's or contact's id, the customer's, the box."""

MOBILE = re.compile(r"1[3-9]\d{9}")
TAIL = re.compile(r"\d{4}")
LANDLINE = re.compile(r"0\d{9,11}|\d{7,8}")
CONTACT_NAME = re.compile(r"[㐀-鿿𠀀-𲎯·]{2,6}")
OWN_CARDS = 1000
"""Contacts are searched by part of a name within so many own cards, no more."""
LONGEST = 60


_NAMED = Customer.search_text.like(bindparam("pattern"), escape="/")
_KNOWN = Customer.id.in_(bindparam("known", expanding=True))
FOUND: dict[str, ColumnElement[bool] | None] = {
    "": None,
    "named": _NAMED,
    "known": _KNOWN,
    "either": or_(_KNOWN, _NAMED),
}
"""How a search picks customers: by a part of their names, by ids it found beforehand, or either."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search means: how it picks customers, and by what it looked (for the log)."""

    how: str = ""
    by: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def gram(self) -> str:
        """The pair of characters to walk the name index by, when a name was searched."""
        gram: str = self.values.get("gram", "")
        return gram


def escaped(text: str) -> str:
    """A text that LIKE takes literally."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def asked(q: str, viewer: Viewer, *, in_contacts: bool) -> Found:
    """What is searched for, by customers or by the people at one's own; nothing when q is empty."""
    if not q:
        return Found()
    if in_contacts:
        return Found("known", "contact.name", {"known": contacts_named(q, viewer)})
    return find(q, viewer)


def find(q: str, viewer: Viewer) -> Found:
    """What a search box's text asks for."""
    folded = names.fold(q)[:LONGEST]
    digits = halfwidth(q).replace(" ", "").replace("-", "").removeprefix("+86")
    if MOBILE.fullmatch(digits):
        held = _holding("contact.mobile", digits, viewer)
        return Found("known", "contact.mobile", {"known": held})
    named = {"pattern": f"%{escaped(folded)}%"}
    if TAIL.fullmatch(digits):
        held = _holding("contact.mobile4", digits, viewer)
        return Found("either", "contact.mobile4", named | {"known": held})
    if LANDLINE.fullmatch(digits):
        return Found("either", "phone", named | {"known": _phoned(digits, viewer)})
    if CONTACT_NAME.fullmatch(folded) and (known := _holding("contact.name", folded, viewer)):
        return Found("either", "contact.name", named | {"known": known})
    return Found("named", "name", named | {"gram": folded[:2]})


def _holding(index: str, text: str, viewer: Viewer) -> list[UUID]:
    """Customers this person may open with a contact of exactly this mobile, tail or name."""
    fits: dict[str, Callable[[str], bool]] = {
        "contact.mobile": lambda value: value == text,
        "contact.mobile4": lambda value: value.endswith(text),
        "contact.name": lambda value: names.fold(value) == text,
    }
    column = "name" if index == "contact.name" else "mobile"
    pointed = blind.candidates(index, text)
    wanted = select(Contact.id, Contact.customer_id, getattr(Contact, column))
    rows = wanted.join(Customer, Customer.id == Contact.customer_id).where(
        Contact.id.in_([row for _owner, row in pointed])
    )
    return _checked(_within(rows, viewer), viewer, FIELDS[f"contact.{column}"], fits[index])


def _phoned(digits: str, viewer: Viewer) -> list[UUID]:
    """Customers this person may open whose company number this is."""
    pointed = [row for _owner, row in blind.candidates("phone", digits)]
    rows = select(Customer.id, Customer.id, Customer.phone).where(Customer.id.in_(pointed))
    return _checked(
        _within(rows, viewer),
        viewer,
        FIELDS["phone"],
        lambda value: "".join(filter(str.isdigit, value)) == digits,
    )


def _within(rows: Rows, viewer: Viewer) -> Rows:
    far = reach.opens(viewer)  # a hit tells what a card says: who opens none is told nothing
    return rows.where(false() if far is None else reach.WITHIN[far])


def _checked(rows: Rows, viewer: Viewer, kind: Field, fits: Callable[[str], bool]) -> list[UUID]:
    found = run(rows, reach.values(viewer)).all()
    items = [(owner, Item(str(row), kind, row, sealed)) for row, owner, sealed in found]
    keys = keyring.current().record_keys({owner for owner, _item in items}) if items else {}
    return lookup.holders(items, keys, fits)


def contacts_named(part: str, viewer: Viewer) -> list[UUID]:
    """Own customers with a contact whose name or initials contain this; ≤ 1,000 are searched."""
    wanted = names.fold(part)
    cards = select(Customer.id).where(reach.OWN).order_by(Customer.last_at.desc()).limit(OWN_CARDS)
    rows = select(Contact.id, Contact.customer_id, Contact.name).where(
        Contact.customer_id.in_(cards)
    )

    def fits(value: str) -> bool:
        return wanted in names.fold(value) or any(wanted in one for one in names.initials(value))

    return _checked(rows, viewer, FIELDS["contact.name"], fits)
