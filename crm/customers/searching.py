"""Searching: a name by any part of it or its initials; a contact by exact number or name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Select, bindparam, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from crm.access.fields import FIELDS
from crm.access.policy import Scope
from crm.crypto import blind, keyring
from crm.customers import names, reach
from crm.customers.cards import Customer, NameGram
from crm.customers.contacts import Contact
from crm.db import run
from crm.disclosure import lookup
from crm.disclosure.opened import Item
from crm.web.text import halfwidth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, ScalarSelect

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
MOST, AT_ONCE = 500, 32
"""Customers a search by a number or a contact's name finds; boxes that are opened in one go."""
PROBED = (200, 1_000, 4_000)
"""Customers that are counted under a part of a name, to walk the rarest: farther only where every
part leads to more."""


_NAMED = Customer.search_text.like(bindparam("pattern"), escape="/")
_KNOWN = Customer.id.in_(bindparam("known", expanding=True))
FOUND: dict[str, ColumnElement[bool] | None] = {
    "": None,
    "named": _NAMED,
    "known": _KNOWN,
    "either": or_(_KNOWN, _NAMED),
}
"""How a search picks customers: by a part of their names, by ids it found beforehand, or either."""
_BESIDE = aliased(NameGram)
ALSO = exists().where(
    _BESIDE.gram == bindparam("beside"),
    _BESIDE.length == NameGram.length,
    _BESIDE.customer_id == NameGram.customer_id,
)
"""Whether the name has another part too: told by the index of parts, before any card is read."""
CALLED = (
    select(NameGram.customer_id)
    .join(Customer, Customer.id == NameGram.customer_id)
    .where(NameGram.gram == bindparam("gram"), ALSO, _NAMED)
    .order_by(NameGram.length, NameGram.customer_id)
    .limit(bindparam("most", type_=Integer))
)


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


def asked(q: str, viewer: Viewer, *, in_contacts: bool, enough: int = MOST) -> Found:
    """What is searched for, by customers or by the people at one's own; nothing when q is empty.

    Of what must be opened to be sure, the latest `enough` that fit are looked for.
    """
    if not q:
        return Found()
    if in_contacts:
        return Found("known", "contact.name", {"known": contacts_named(q, viewer)})
    return find(q, viewer, enough)


def find(q: str, viewer: Viewer, enough: int = MOST) -> Found:
    """What a search box's text asks for."""
    folded = names.fold(q)[:LONGEST]
    digits = halfwidth(q).replace(" ", "").replace("-", "").removeprefix("+86")
    if MOBILE.fullmatch(digits):
        held = _holding("contact.mobile", digits, viewer, enough)
        return Found("known", "contact.mobile", {"known": held})
    if TAIL.fullmatch(digits):
        held = _holding("contact.mobile4", digits, viewer, enough)
        return _either("contact.mobile4", held, folded, viewer)
    if LANDLINE.fullmatch(digits):
        return _either("phone", _phoned(digits, viewer), folded, viewer)
    if CONTACT_NAME.fullmatch(folded) and (
        known := _holding("contact.name", folded, viewer, enough)
    ):
        return _either("contact.name", known, folded, viewer)
    if reach.of(viewer) is not Scope.ALL:  # their own cards are gone through, no index is walked
        return Found("named", "name", _pattern(folded))
    return Found("named", "name", _named(folded))


def _pattern(folded: str) -> dict[str, Any]:
    return {"pattern": f"%{escaped(folded)}%"}


def _named(folded: str) -> dict[str, Any]:
    gram, beside = rarest(folded)
    return _pattern(folded) | {"gram": gram, "beside": beside}


def _either(by: str, known: list[UUID], folded: str, viewer: Viewer) -> Found:
    """Customers found by a contact's value or by their name: who sees far is given ids alone."""
    if reach.of(viewer) is not Scope.ALL:
        return Found("either", by, _pattern(folded) | {"known": known})
    named = run(CALLED, _named(folded) | {"most": MOST}).scalars()
    return Found("known", by, {"known": [*known, *named]})


def rarest(folded: str) -> tuple[str, str]:
    """The two parts of a searched name that lead to the fewest customers; one may be both."""
    parts = names.parts(folded)
    if len(parts) == 1:
        return parts[0], parts[0]
    for most in PROBED:
        counted = _counted(parts, most)
        if min(counted) < most:
            break
    by_number = sorted(range(len(parts)), key=counted.__getitem__)
    return parts[by_number[0]], parts[by_number[1]]


def _counted(parts: list[str], most: int) -> Sequence[int]:
    asked = {f"gram{at}": part for at, part in enumerate(parts)}
    return run(_probing(len(parts)), asked | {"most": most}).one()


@cache
def _probing(number: int) -> Select[*tuple[Any, ...]]:
    """How many customers each of so many parts leads to, counted no farther than asked."""
    return select(*(_probe(f"gram{at}") for at in range(number)))


def _probe(name: str) -> ScalarSelect[int]:
    some = select(NameGram.length).where(NameGram.gram == bindparam(name))
    return (
        select(func.count())
        .select_from(some.limit(bindparam("most", type_=Integer)).subquery())
        .scalar_subquery()
    )


def _holding(index: str, text: str, viewer: Viewer, enough: int) -> list[UUID]:
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
    latest = _within(rows, viewer).order_by(Customer.last_at.desc(), Customer.id.desc())
    return _checked(latest, viewer, FIELDS[f"contact.{column}"], fits[index], enough)


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


def _checked(
    rows: Rows, viewer: Viewer, kind: Field, fits: Callable[[str], bool], enough: int = MOST
) -> list[UUID]:
    """The customers whose value fits, in the order of the rows: no more opened than are enough."""
    found = run(rows, reach.values(viewer)).all()
    held: dict[UUID, None] = {}
    step = max(AT_ONCE, enough)
    for start in range(0, len(found), step):
        some = found[start : start + step]
        items = [(owner, Item(str(row), kind, row, sealed)) for row, owner, sealed in some]
        keys = keyring.current().record_keys({owner for owner, _item in items})
        held |= dict.fromkeys(lookup.holders(items, keys, fits))
        if len(held) >= enough:
            break
    return list(held)


def contacts_named(part: str, viewer: Viewer) -> list[UUID]:
    """Own customers with a contact whose name or initials contain this; ≤ 1,000 are searched."""
    wanted = names.fold(part)
    cards = select(Customer.id).where(reach.OWN).order_by(Customer.last_at.desc()).limit(OWN_CARDS)
    rows = select(Contact.id, Contact.customer_id, Contact.name).where(
        Contact.customer_id.in_(cards)
    )

    def fits(value: str) -> bool:
        return wanted in names.fold(value) or any(wanted in one for one in names.initials(value))

    return _checked(rows, viewer, FIELDS["contact.name"], fits, OWN_CARDS)
