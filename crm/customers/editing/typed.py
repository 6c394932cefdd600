"""Typed: what came back from the edit form, read fact by fact, each refusal with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from openpyxl.utils.datetime import WINDOWS_EPOCH

from crm import clock
from crm.access.fields import CONTACT, FIELDS, Shows
from crm.customers.editing.slots import OPEN_FIELDS, shares_told
from crm.customers.imports import Cell
from crm.customers.imports.columns import COLUMNS, MOST_CONTACTS, Column
from crm.customers.imports.values import Reading, Refused
from crm.customers.status import SOURCES, Status
from crm.web.forms import number_of
from crm.web.text import clean_line, halfwidth

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from crm.customers.contacts import ExtraField

READ = {column.code: column for column in COLUMNS} | {
    "short_name": Column("简称", "short_name"),
    "preferences": Column("偏好", "preferences", limit=1_000, prose=True),
    "bank": Column("开户行及账号", "bank", limit=120),
}
COMPANY_TYPED = (
    *OPEN_FIELDS, "phone", "address", "traits", "business", "preferences", "invoice_title", "bank",
)  # fmt: skip
NEW = "new"
MOST_SHARES = 40
MOST_EDITS = 999_999_999
WHOLE = 100
"""Percent that all shareholders hold together."""
CONTACT_SLOT = re.compile(r"contact\.([^.]*)\.[^.]*")


@dataclass(slots=True)
class Typed:
    """Everything a form said. A value of None leaves a fact as it is, "" clears it."""

    version: int = 0
    company: dict[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    shares: list[tuple[str, str]] | None = None
    """The rows as they were typed; None when the form had none, or the card's are to stand."""
    shareholders: str | None = None
    contacts: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """Contact id, or new1 …, to column → text."""
    extras: dict[str, str | None] = field(default_factory=dict)
    """Slot name (extra.<field>[.<contact>]) → text."""
    removed: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)
    """Prose that goes below what is there, and how long the whole may become."""
    collaborators: str | None = None
    """Names or logins; None when the form did not ask, or asked and got the same back."""
    owner: str = ""
    was: dict[str, str | None] = field(default_factory=dict)
    """What the form showed for owner and collaborators, which have no history on the card."""
    errors: dict[str, str] = field(default_factory=dict)
    stripped: set[str] = field(default_factory=set)


class Reader:
    """Reads one form. `opened`: whether prose was in its fields, so that blank means cleared."""

    def __init__(
        self, form: MultiDict[str, str], extras: list[ExtraField] | None = None, *, opened: bool
    ) -> None:
        """Take the form as the browser sent it."""
        self.form = form
        self.opened = opened
        self.fields = {str(one.id): one for one in extras or []}
        self.reading = Reading(lambda _login: False, clock.today(), WINDOWS_EPOCH)
        self.typed = Typed()

    def read(self) -> Typed:
        """Everything the form says."""
        typed, form = self.typed, self.form
        typed.version = number_of(form.get("version", ""), MOST_EDITS) or 0
        typed.was = {name: form.get(name + "-was") for name in ("owner", "collaborators")}
        typed.owner = (self._moved("owner") or "")[:64]
        moved = self._moved("collaborators")
        typed.collaborators = moved[:400] if moved is not None else None
        for code in COMPANY_TYPED:
            typed.company[code] = self._fact(code, code)
        if typed.company["name"] == "":
            typed.errors["name"] = _("客户名称要填写。")
        self._contacts()
        self._shares()
        self._extras()
        typed.removed = set(form.getlist("remove"))
        typed.verified = {
            name.removesuffix("-verified") for name in form if name.endswith("-verified")
        }
        typed.sources = {
            name.removesuffix("-source"): form[name]
            for name in form
            if name.endswith("-source") and form[name] in SOURCES
        }
        return typed

    def _moved(self, name: str) -> str | None:
        """What was typed, unless it is what the form showed: then None."""
        text = self.form.get(name)
        return None if text == self.form.get(name + "-was") else text

    def _fact(self, name: str, code: str) -> str | None:
        """One fact: None when it stays, "" when it is cleared, else its checked text."""
        if name + "-clear" in self.form:
            return ""
        text = self.form.get(name)
        if text is None:
            return None
        if not text.strip():
            return "" if self._blank_clears(code) else None
        return self._checked(name, code, text)

    def _blank_clears(self, code: str) -> bool:
        spec = FIELDS[code]
        return code in OPEN_FIELDS or (self.opened and spec.shows is Shows.PROSE)

    def _checked(self, name: str, code: str, text: str) -> str | None:
        if code == "status":
            return text if text in set(Status) else None
        try:
            value, stripped = self.reading.value(READ[code], Cell(text))
        except Refused as refused:
            self.typed.errors[name] = str(refused)
            return None
        self.typed.stripped.update(stripped)
        if code == "tags":
            self.typed.tags = tuple(map(str, value)) if isinstance(value, tuple) else ()
            return " ".join(self.typed.tags)
        return value.isoformat() if isinstance(value, date) else str(value or "")

    def _contacts(self) -> None:
        slots = (CONTACT_SLOT.fullmatch(name) for name in self.form)
        keys = dict.fromkeys(slot[1] for slot in slots if slot)
        for key in list(keys)[:MOST_CONTACTS]:
            if not (key.startswith(NEW) or _is_uuid(key)):
                continue
            facts = {
                spec.column: self._fact(f"contact.{key}.{spec.column}", spec.code)
                for spec in CONTACT
            }
            if key.startswith(NEW) and not any(facts.values()) and not self._wrong(key):
                continue
            if key.startswith(NEW) and not facts["name"]:
                self.typed.errors.setdefault(f"contact.{key}.name", _("联系人要有姓名。"))
            self.typed.contacts[key] = facts

    def _wrong(self, key: str) -> bool:
        return any(name.startswith(f"contact.{key}.") for name in self.typed.errors)

    def _shares(self) -> None:
        if "share.0.name" not in self.form:
            return
        rows = [
            (
                self.form.get(f"share.{at}.name", "").strip(),
                self.form.get(f"share.{at}.share", "").strip(),
            )
            for at in range(MOST_SHARES)
        ]
        self.typed.shares = [row for row in rows if any(row)]
        good = [self._share(at, *row) for at, row in enumerate(rows) if any(row)]
        if any(one is None for one in good):
            return
        kept = [one for one in good if one]
        if sum(share for _who, share in kept) > WHOLE:
            self.typed.errors["share.0.share"] = _("占股合计不能超过 100%。")
        elif kept or self.opened:
            self.typed.shareholders = shares_told(
                (who, f"{share.normalize():f}") for who, share in kept
            )

    def _share(self, at: int, who: str, share: str) -> tuple[str, Decimal] | None:
        name = clean_line(who, 100)
        try:
            part = (
                Decimal(halfwidth(share).rstrip("%")) if name.text and not name.over else Decimal(0)
            )
        except InvalidOperation:
            part = Decimal(0)
        if not (part.is_finite() and 0 < part <= WHOLE) or ("；" in name.text):
            self.typed.errors[f"share.{at}.share"] = _("请写股东名称和 0 到 100 之间的比例。")
            return None
        return name.text, round(part, 4)

    def _extras(self) -> None:
        for name in self.form:
            if spec := self._extra_field(name):
                self.typed.extras[name] = self._extra(name, spec)
        for name in self.form:
            slot = name.removesuffix("-clear")
            if slot != name and self._extra_field(slot):
                self.typed.extras[slot] = ""

    def _extra_field(self, name: str) -> ExtraField | None:
        """The field that extra.<field>, or of a contact extra.<field>.<contact>, means."""
        head, _dot, rest = name.partition(".")
        field_id, dot, contact_id = rest.partition(".")
        spec = self.fields.get(field_id) if head == "extra" else None
        about = "customer" if not dot else "contact" if _is_uuid(contact_id) else ""
        return spec if spec and spec.about == about else None

    def _extra(self, name: str, spec: ExtraField) -> str | None:
        text = clean_line(self.form.get(name, ""), 200)
        if not text.text:
            return None
        if text.over or not _fits(spec, text.text):
            self.typed.errors[name] = _("这一项填得不对：%(label)s", label=spec.label)
            return None
        return text.text


def _fits(spec: ExtraField, text: str) -> bool:
    try:
        if spec.kind == "number":
            return Decimal(text).is_finite()
        if spec.kind == "date":
            return bool(date.fromisoformat(text))
    except (InvalidOperation, ValueError):
        return False
    return spec.kind != "choice" or text in spec.choices


def _is_uuid(text: str) -> bool:
    """Whether this is an id as we write ids: another spelling would be another key."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
