"""Meeting: two people edited one card; what one alone changed is kept, both versions of the rest.

A field that still says what it said when this form was opened was not touched: the other's value is
taken. Where both changed it, the form keeps this person's text and the other's stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from crm.access.fields import FIELDS, Level, Shows
from crm.crypto import keyring
from crm.customers import changes, contacts, items, saving, standing
from crm.customers.choices import title, titled
from crm.customers.editing.typed import NEW
from crm.disclosure import door, reaching
from crm.disclosure.acts import Act, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.customers.cards import Card, Customer
    from crm.customers.changes import Change
    from crm.customers.contacts import ExtraValue
    from crm.customers.editing.typed import Typed


@dataclass(frozen=True, slots=True)
class Met:
    """A field that somebody changed while this form was open."""

    slot: str
    """Its name on the form."""
    mine: str | None
    """What this form says instead; None when it says nothing else, and theirs is taken."""
    who: str = ""
    change: Change | None = None
    """The newest change; None for what has no history on the card."""
    theirs: str = ""
    """What stands now, where there is no change to tell."""

    @property
    def code(self) -> str:
        """The field's code in the catalogue."""
        return self.change.code if self.change else self.slot


@dataclass(frozen=True, slots=True)
class Row:
    """Both versions of one field, as the page prints them."""

    label: str
    theirs: Any
    mine: str
    who: str
    at: datetime | None


def merge(viewer: Viewer, card: Card, typed: Typed) -> list[Met]:
    """Compare a form with what was saved since it was opened, and take what it did not touch.

    Sealed values are compared for who may read them alone: whether a guess was right is an answer.
    Everybody else sees that both changed it.
    """
    customer, reads = card.customer, reaching.allowed(viewer, Act.EDIT, card.subject)
    key = keyring.current().record_key(customer.id)
    values = {row.id: row for row in contacts.extra_values(customer.id)}
    _forget_gone(customer, typed)
    met = []
    for first, newest, who in changes.since(customer.id, typed.version):
        slot = _slot(newest, values)
        mine = _said(typed, slot)
        sides = ((first, first.old), (newest, newest.new))
        compared = mine is not None and (reads or items.field_of(newest).level is Level.OPEN)
        if compared and any(saving.holds(key, one.place(), box, mine or "") for one, box in sides):
            mine = None
        if mine is None:
            _leave(typed, slot)
        met.append(Met(slot, mine, who, newest))
    _forget_untouched(customer, typed, met)
    return met + _standing(customer, typed)


def _slot(change: Change, values: Mapping[UUID, ExtraValue]) -> str:
    if change.kept_in == "contacts":
        return f"contact.{change.row_id}.{change.kept_as}"
    if change.kept_in != "extra_values":
        return change.code
    row = values.get(change.row_id)
    about = f".{row.contact_id}" if row and row.contact_id else ""
    return f"extra.{row.field_id}{about}" if row else "extra"


def _said(typed: Typed, slot: str) -> str | None:
    """What a form wants of a field; None when it leaves it."""
    kind, _dot, rest = slot.partition(".")
    if kind == "contact":
        key, _dot, column = rest.partition(".")
        gone = key in typed.removed
        return _("（删除）") if gone else typed.contacts.get(key, {}).get(column)
    if kind == "extra":
        return typed.extras.get(slot)
    return typed.shareholders if slot == "shareholders" else typed.company.get(slot)


def _leave(typed: Typed, slot: str) -> None:
    """Let a form say nothing of a field."""
    kind, _dot, rest = slot.partition(".")
    typed.errors.pop(slot, None)
    if kind == "contact":
        key, _dot, column = rest.partition(".")
        if key in typed.contacts:
            typed.contacts[key][column] = None
    elif kind == "extra":
        typed.extras.pop(slot, None)
    elif slot == "shareholders":
        typed.shareholders = typed.shares = None
    else:
        typed.company[slot] = None


def _gone(customer: Customer, typed: Typed) -> set[str]:
    """The contacts on the form that are no longer on the card."""
    known = {str(one.id) for one in contacts.of(customer.id)}
    return {key for key in typed.contacts if not key.startswith(NEW)} - known


def _forget_gone(customer: Customer, typed: Typed) -> None:
    """Whom both have removed is nobody's matter any more."""
    for key in _gone(customer, typed) & typed.removed:
        del typed.contacts[key]
        typed.removed.discard(key)


def _forget_untouched(customer: Customer, typed: Typed, met: list[Met]) -> None:
    """Whom the other has removed comes back on the form only if it said something new of them."""
    wanted = {one.slot.split(".")[1] for one in met if one.mine and one.slot.startswith("contact.")}
    wanted |= {name.rpartition(".")[2] for name, text in typed.extras.items() if text}
    for key in _gone(customer, typed) - wanted:
        del typed.contacts[key]


def _standing(customer: Customer, typed: Typed) -> list[Met]:
    """Who is responsible and who works on the card: the form brings back what it had shown."""
    owner = standing.login_of(customer)
    now = {"owner": owner, "collaborators": standing.collaborators(customer)}
    mine = {"owner": typed.owner or None, "collaborators": typed.collaborators}
    met = []
    for slot, was in typed.was.items():
        if was is None or now[slot] == was:
            continue
        if mine[slot] == now[slot]:
            mine[slot] = None
        met.append(Met(slot, mine[slot], theirs=now[slot]))
    typed.owner = mine["owner"] or ""
    typed.collaborators = mine["collaborators"]
    return met


def rows(viewer: Viewer, card: Card, met: Sequence[Met], labels: Mapping[str, str]) -> list[Row]:
    """What both changed, side by side; theirs is opened for who may open it, and logged."""
    both = [one for one in met if one.mine is not None]
    opened = _opened(viewer, card, [one.change for one in both if one.change])
    told = []
    for one in both:
        mine = title(one.code, one.mine or "") or _("（清空）")
        at = one.change.at if one.change else None
        theirs = _theirs(card, one, opened)
        told.append(Row(label(one, labels), theirs, mine, one.who, at))
    return told


def _theirs(card: Card, met: Met, opened: Mapping[str, Any]) -> Any:
    field = FIELDS.get(met.code)
    if met.change is None:
        return met.theirs or _("（已清空）")
    if met.change.new is None:
        return _("（已清空）")
    if field and field.level is Level.OPEN:
        return title(met.code, str(getattr(card.customer, field.column) or ""))
    return titled(met.code, opened.get(f"change.{met.change.id}.new", met.change.new))


def _opened(viewer: Viewer, card: Card, found: Sequence[Change]) -> Mapping[str, Any]:
    """The other's versions; a short secret stays closed: 查看 on the card opens it for a minute."""
    asked = [
        item
        for change in found
        for item in items.change_items(change)
        if item.name.endswith(".new")
        and item.sealed is not None
        and (item.field.shows is Shows.PROSE or item.field.level is Level.CONFIDENTIAL)
    ]
    if not asked or not reaching.allowed(viewer, Act.EDIT, card.subject):
        return {}
    return door.disclose(viewer, Act.EDIT, card.subject, asked, Purpose.MAINTAIN.value)


def taken(met: Sequence[Met], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """What only the others changed: who, and the names of the fields."""
    by: dict[str, dict[str, None]] = {}
    for one in met:
        if one.mine is None:
            by.setdefault(one.who, {})[label(one, labels)] = None
    return [(who, _("、").join(fields)) for who, fields in by.items()]


def label(met: Met, labels: Mapping[str, str]) -> str:
    """What the form calls a field."""
    field = FIELDS.get(met.code)
    return labels.get(met.slot) or (str(field.label) if field else met.slot)
