"""Reading what somebody contributes: the form's own fields, each checked as the archive checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast

from flask_babel import gettext as _
from openpyxl.utils.datetime import WINDOWS_EPOCH

from crm import clock
from crm.access.fields import FIELDS, Level, Shows
from crm.customers.contributing.table import MOST_PEOPLE, PROSE, PROSE_LIMIT, label
from crm.customers.editing.slots import CHOICES, KINDS, Slot, shares_told
from crm.customers.editing.typed import READ
from crm.customers.imports import Cell
from crm.customers.imports.columns import Column
from crm.customers.imports.values import Reading, Refused
from crm.customers.status import SOURCES
from crm.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.customers.imports.values import Shares

COLUMNS = READ | {PROSE: Column("", PROSE, limit=PROSE_LIMIT, prose=True)}


@dataclass(frozen=True, slots=True)
class Said:
    """One fact as it was written and checked."""

    person: int
    code: str
    text: str


@dataclass(slots=True)
class Told:
    """Everything a form said, and what was wrong with it."""

    name: str = ""
    source: str = ""
    facts: list[Said] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    stripped: set[str] = field(default_factory=set)

    def secret(self) -> list[tuple[int, str]]:
        """The secret facts among them: person and code."""
        return [
            (one.person, one.code)
            for one in self.facts
            if one.code in FIELDS and FIELDS[one.code].level is Level.SECRET
        ]


def slot_name(person: int, code: str) -> str:
    """How a form names a fact: `phone`, `contact.2.mobile`."""
    return f"contact.{person}.{code.removeprefix('contact.')}" if person else code


def read(
    form: Mapping[str, str], company: Sequence[str], person: Sequence[str], source: str = ""
) -> Told:
    """Read these facts of a form and no others: a made-up field is as if it had not been sent."""
    told = Told(source=source or form.get("source", ""))
    reading = Reading(lambda _login: False, clock.today(), WINDOWS_EPOCH)
    told.name = _one(form, "name", "name", reading, told)
    if not told.name:
        told.errors.setdefault("name", _("客户名称要填写。"))
    if told.source not in SOURCES:
        told.errors["source"] = _("请选择信息从哪里来。")
    for code in company:
        _take(form, 0, code, reading, told)
    for number in range(1, MOST_PEOPLE + 1):
        for code in person:
            _take(form, number, code, reading, told)
        _wants_a_name(number, told)
    if not told.facts and not told.errors:
        told.errors["name"] = _("还没有写内容：至少补充一项。")
    return told


def _take(form: Mapping[str, str], person: int, code: str, reading: Reading, told: Told) -> None:
    if text := _one(form, slot_name(person, code), code, reading, told):
        told.facts.append(Said(person, code, text))


def _one(form: Mapping[str, str], name: str, code: str, reading: Reading, told: Told) -> str:
    try:
        value, stripped = reading.value(COLUMNS[code], Cell(form.get(name, "")))
    except Refused as refused:
        told.errors[name] = str(refused)
        return ""
    told.stripped.update(stripped)
    if code == "shareholders" and isinstance(value, tuple):
        return shares_told(cast("Shares", value))
    return value.isoformat() if isinstance(value, date) else str(value or "")


def checked(code: str, text: str) -> str:
    """One open fact by itself. Raises Invalid with what is wrong with it."""
    reading = Reading(lambda _login: False, clock.today(), WINDOWS_EPOCH)
    try:
        value, _stripped = reading.value(COLUMNS[code], Cell(text))
    except Refused as refused:
        raise Invalid(str(refused), code) from None
    if not value:
        raise Invalid(_("%(label)s要填写。", label=label(code)), code)
    return str(value)


def _wants_a_name(person: int, told: Told) -> None:
    """A person without a name could be matched with nobody and called by nobody."""
    theirs = {one.code for one in told.facts if one.person == person}
    wrong = any(name.startswith(f"contact.{person}.") for name in told.errors)
    if (theirs or wrong) and "contact.name" not in theirs:
        told.errors.setdefault(slot_name(person, "contact.name"), _("联系人要有姓名。"))


def slots(
    codes: Sequence[str],
    person: int = 0,
    form: Mapping[str, str] | None = None,
    told: Told | None = None,
) -> list[Slot]:
    """The form's fields, empty or with what was typed and what was wrong with it."""
    return [_slot(slot_name(person, code), code, form or {}, told) for code in codes]


def _slot(name: str, code: str, form: Mapping[str, str], told: Told | None) -> Slot:
    spec = FIELDS.get(code)
    prose = spec is None or (spec.shows is Shows.PROSE and code != "shareholders")
    slot = Slot(name, label(code), "prose" if prose else KINDS.get(code, "text"))
    if options := CHOICES.get(code):
        slot.kind, slot.options = "select", [("", "—"), *options]
    if code == "shareholders":
        slot.hint = _("写成 甲公司:60%;乙:40% 这样")
    slot.level = spec.level.value if spec else Level.CONFIDENTIAL.value
    slot.value = form.get(name, "")
    if told and name in told.errors:
        slot.errors = [told.errors[name]]
    return slot
