"""Slots: one per fact on the edit form – what it asks for and what it shows beforehand.

A short sealed value is never put into its field: the field is empty, the mask stands as its hint.
Prose opens as text in its field, for who may read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from crm.access.fields import COMPANY, CONTACT, FIELDS, Field, Level, Shows
from crm.customers.contacts import EDUCATION_TITLES, GENDER_TITLES, ROLE_TITLES
from crm.customers.status import LEVELS, SOURCE_TITLES, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm.customers.cards import Customer
    from crm.customers.contacts import ExtraField
    from crm.disclosure.opened import Shown

OPEN_FIELDS = (
    "name",
    "short_name",
    "level",
    "status",
    "industry",
    "region",
    "tags",
    "credit_code",
    "source",
)
KINDS = {
    "phone": "tel",
    "contact.mobile": "tel",
    "contact.birth_date": "date",
    "contact.email": "email",
}
CHOICES: dict[str, list[tuple[str, Any]]] = {
    "level": [(one, one) for one in LEVELS],
    "source": [("", "—"), *SOURCE_TITLES.items()],
    "contact.role": list(ROLE_TITLES.items()),
    "contact.gender": list(GENDER_TITLES.items()),
    "contact.education": list(EDUCATION_TITLES.items()),
}


@dataclass(slots=True)
class Slot:
    """One editable fact as the template draws it."""

    name: str
    label: str
    kind: str = "text"
    value: Any = ""
    options: list[tuple[str, Any]] = field(default_factory=list)
    mask: str | None = None
    hint: str = ""
    errors: list[str] = field(default_factory=list)
    required: bool = False
    level: str = Level.OPEN.value
    sealed: bool = False
    """Whether the field is empty although there is a value."""
    clearable: bool = False
    source: str = ""
    sources: list[tuple[str, Any]] = field(default_factory=list)
    verified_on: date | None = None
    was: str | None = None
    """What it showed when there is no history to tell: the form brings it back."""
    clear: bool = False
    verify: bool = False
    """Ticks that were set before the form came back."""


def open_slot(code: str, customer: Customer | None) -> Slot:
    """An open fact: prefilled."""
    spec = FIELDS[code]
    value = (
        getattr(customer, spec.column)
        if customer
        else {"level": "C", "status": "potential"}.get(code, "")
    )
    options = CHOICES.get(code, [])
    if code == "status":
        options = [(one.value, one.label) for one in Status]
    slot = Slot(code, str(spec.label), "select" if options else "text", value, list(options))
    slot.required = code == "name"
    slot.hint = {"tags": _("用空格隔开")}.get(code, "")
    return slot


def sealed_slot(
    name: str, spec: Field, shown: Shown | None, text: str | None, facts: Mapping[str, Any]
) -> Slot:
    """A sealed fact: `text` is its prose opened for editing, else None."""
    slot = Slot(name, str(spec.label), _kind(spec), text or "", level=spec.level.value)
    options = CHOICES.get(spec.code)
    if options:
        slot.kind, slot.options = (
            "select",
            [("", _("不变") if shown and shown.state != "empty" else "—"), *options],
        )
    filled = shown is not None and shown.state != "empty"
    slot.sealed = filled and text is None
    slot.clearable = slot.sealed
    slot.mask = (shown.mask or _("已登记")) if shown and slot.sealed else None
    slot.sources = list(SOURCE_TITLES.items())
    if fact := facts.get(spec.code):
        slot.source = fact[0]
        slot.verified_on = date.fromisoformat(fact[1]) if fact[1] else None
    return slot


def _kind(spec: Field) -> str:
    return "prose" if spec.shows is Shows.PROSE else KINDS.get(spec.code, "text")


def company_slots(
    customer: Customer | None, shown: Mapping[str, Shown], prose: Mapping[str, str]
) -> list[Slot]:
    """The company's facts; shareholders have rows of their own."""
    facts = customer.facts if customer else {}
    made = [open_slot(code, customer) for code in OPEN_FIELDS]
    kept = [spec for spec in COMPANY if spec.code != "shareholders"]
    return made + [
        sealed_slot(spec.code, spec, shown.get(spec.code), prose.get(spec.code), facts)
        for spec in kept
    ]


def contact_slots(
    key: str, facts: Mapping[str, Any], shown: Mapping[str, Shown], prose: Mapping[str, str]
) -> list[Slot]:
    """One contact's facts; `key` is the contact's id, or new1 … for one being added."""
    made = []
    for spec in CONTACT:
        name = f"contact.{key}.{spec.column}"
        made.append(sealed_slot(name, spec, shown.get(name), prose.get(name), facts))
    return made


def extra_slot(name: str, spec: ExtraField, shown: Shown | None) -> Slot:
    """One of the company's own fields, sealed as secret."""
    slot = Slot(
        name, spec.label, "text" if spec.kind == "choice" else spec.kind, level=Level.SECRET.value
    )
    slot.sealed = slot.clearable = shown is not None and shown.state != "empty"
    if spec.kind == "choice":
        slot.kind, slot.options = (
            "select",
            [("", _("不变") if slot.sealed else "—"), *((one, one) for one in spec.choices)],
        )
    slot.mask = _("已登记") if slot.sealed else None
    return slot


def share_slots(rows: list[tuple[str, str]], spare: int) -> list[tuple[Slot, Slot]]:
    """Shareholders and their shares, with some empty rows."""
    return [
        (
            Slot(f"share.{at}.name", _("股东"), value=who),
            Slot(f"share.{at}.share", _("占股 %"), "number", share),
        )
        for at, (who, share) in enumerate([*rows, *[("", "")] * spare])
    ]


def shares_of(text: str | None) -> list[tuple[str, str]]:
    """A shareholders box's text as rows: 宋旭 35%；王杰 15%."""
    parts = (one.rpartition(" ") for one in (text or "").split("；") if one)
    return [(who, share.rstrip("%")) for who, _blank, share in parts]


def shares_told(rows: Iterable[tuple[str, object]]) -> str:
    """Rows of name and percent as the box keeps and people read them."""
    return "；".join(f"{who} {share}%" for who, share in rows)
