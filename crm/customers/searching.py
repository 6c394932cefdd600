"""Searching: a name by any part of it or its initials; a contact by exact number or name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Select, or_, select

from crm.access import law
from crm.access.fields import FIELDS
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.crypto import blind, keyring
from crm.customers import names
from crm.customers.cards import Collaborator, Customer
from crm.customers.contacts import Contact
from crm.db import db
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


@dataclass(frozen=True, slots=True)
class Found:
    """What a search means: a condition on customers, and how it looked (for the log, no values)."""

    condition: ColumnElement[bool]
    by: str
    gram: str | None = None
    """The pair of characters to walk the name index by, when the name was searched widely."""


def reachable(viewer: Viewer) -> ColumnElement[bool] | None:
    """The customers that this person may see, as a condition; None when there is no limit."""
    reach = law.scope(viewer, Permission.CUSTOMER_LIST)
    if reach is Scope.ALL:
        return None
    own = or_(Customer.owner_id == viewer.id, Customer.id.in_(_shared(viewer)))
    if reach is Scope.TEAM and viewer.team_id:
        return or_(own, Customer.team_id == viewer.team_id)
    return own


def _shared(viewer: Viewer) -> Select[UUID]:
    return select(Collaborator.customer_id).where(Collaborator.person_id == viewer.id)


def find(q: str, viewer: Viewer) -> Found:
    """What a search box's text asks for."""
    folded = names.fold(q)[:LONGEST]
    digits = halfwidth(q).replace(" ", "").replace("-", "").removeprefix("+86")
    if MOBILE.fullmatch(digits):
        return Found(Customer.id.in_(_holding("contact.mobile", digits, viewer)), "contact.mobile")
    name = Customer.search_text.contains(folded, autoescape=True)
    if TAIL.fullmatch(digits):
        tail = Customer.id.in_(_holding("contact.mobile4", digits, viewer))
        return Found(or_(tail, name), "contact.mobile4")
    if LANDLINE.fullmatch(digits):
        return Found(or_(Customer.id.in_(_phoned(digits, viewer)), name), "phone")
    if CONTACT_NAME.fullmatch(folded) and (known := _holding("contact.name", folded, viewer)):
        return Found(or_(Customer.id.in_(known), name), "contact.name")
    return Found(name, "name", folded[:2] or None)


def _holding(index: str, text: str, viewer: Viewer) -> list[UUID]:
    """Customers of this person's reach with a contact of exactly this mobile, tail or name."""
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
    return _checked(_within(rows, viewer), FIELDS[f"contact.{column}"], fits[index])


def _phoned(digits: str, viewer: Viewer) -> list[UUID]:
    """Customers of this person's reach whose company number this is."""
    pointed = [row for _owner, row in blind.candidates("phone", digits)]
    rows = select(Customer.id, Customer.id, Customer.phone).where(Customer.id.in_(pointed))
    return _checked(
        _within(rows, viewer),
        FIELDS["phone"],
        lambda value: "".join(filter(str.isdigit, value)) == digits,
    )


def _within(rows: Rows, viewer: Viewer) -> Rows:
    limit = reachable(viewer)
    return rows if limit is None else rows.where(limit)


def _checked(rows: Rows, field: Field, fits: Callable[[str], bool]) -> list[UUID]:
    found = db.session.execute(rows).all()
    items = [(owner, Item(str(row), field, row, sealed)) for row, owner, sealed in found]
    keys = keyring.current().record_keys({owner for owner, _item in items}) if items else {}
    return lookup.holders(items, keys, fits)


def contacts_named(part: str, viewer: Viewer) -> list[UUID]:
    """Own customers with a contact whose name or initials contain this; ≤ 1,000 are searched."""
    wanted = names.fold(part)
    own = or_(Customer.owner_id == viewer.id, Customer.id.in_(_shared(viewer)))
    cards = select(Customer.id).where(own).order_by(Customer.last_at.desc()).limit(OWN_CARDS)
    rows = select(Contact.id, Contact.customer_id, Contact.name).where(
        Contact.customer_id.in_(cards)
    )

    def fits(value: str) -> bool:
        return wanted in names.fold(value) or any(wanted in one for one in names.initials(value))

    return _checked(rows, FIELDS["contact.name"], fits)
