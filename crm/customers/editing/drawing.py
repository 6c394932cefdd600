"""Drawing: the edit form as it is printed – the card's facts beneath, what was typed on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _

from crm.customers import standing
from crm.customers.editing.slots import (
    Slot,
    company_slots,
    contact_slots,
    extra_slot,
    share_slots,
    shares_of,
)
from crm.customers.editing.typed import NEW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.accounts.people import Viewer
    from crm.customers.cards import Customer
    from crm.customers.contacts import Contact, ExtraField, ExtraValue
    from crm.customers.editing.typed import Typed
    from crm.disclosure.opened import Shown


@dataclass(frozen=True, slots=True)
class Drawing:
    """One edit form: of a card, or of a new one when there is no customer."""

    viewer: Viewer
    customer: Customer | None
    people: Sequence[Contact]
    fields: Sequence[ExtraField]
    values: Sequence[ExtraValue]
    shown: Mapping[str, Shown]
    prose: Mapping[str, str]
    """Prose that the door opened, as text in its fields."""
    typed: Typed | None
    form: Mapping[str, str]
    """The same as the browser sent it."""
    adding: str | None = None
    """contact or shareholder: another empty row was asked for."""

    def company(self) -> list[Slot]:
        """The company's facts, and who works on the card for who may say so."""
        made = company_slots(self.customer, self.shown, self.prose)
        if standing.may_share(self.viewer, self.customer):
            hint = _("姓名或登录名，用顿号隔开")
            value = standing.collaborators(self.customer)
            made.append(Slot("collaborators", _("协作人"), value=value, hint=hint, was=value))
        return self._filled(made)

    def shares(self) -> list[tuple[Slot, Slot]]:
        """The shareholders, with room for more."""
        rows = self.typed.shares if self.typed else None
        if rows is None:
            rows = shares_of(self.prose.get("shareholders"))
        made = share_slots(rows, 2 if self.adding == "shareholder" else 1)
        for _who, share in made:
            if self.typed and share.name in self.typed.errors:
                share.errors = [self.typed.errors[share.name]]
        return made

    def contacts(self) -> list[dict[str, Any]]:
        """The contacts, those being added too; a card without any gets an empty one."""
        drawn = [self._contact(str(one.id), one) for one in self.people]
        known = {str(one.id) for one in self.people}
        fresh = [key for key in (self.typed.contacts if self.typed else {}) if key not in known]
        if self.adding == "contact" or not (drawn or fresh):
            fresh.append(f"{NEW}{len(fresh) + 1}")
        return drawn + [self._contact(key, None) for key in fresh]

    def _contact(self, key: str, contact: Contact | None) -> dict[str, Any]:
        made = contact_slots(key, contact.facts if contact else {}, self.shown, self.prose)
        if not key.startswith(NEW):
            made += self._extras("contact", UUID(key))
        name = self.shown.get(f"contact.{key}.name")
        heading: Any = _("新联系人") if key.startswith(NEW) else _("已删除的联系人")
        if name and name.state != "empty":
            heading = name.mask or name.value
        return {
            "id": None if key.startswith(NEW) else key,
            "removed": self.typed is not None and key in self.typed.removed,
            "heading": heading,
            "slots": self._filled(made),
        }

    def extras(self) -> list[Slot]:
        """The company's own fields about the customer."""
        return self._filled(self._extras("customer", None))

    def _extras(self, about: str, contact_id: UUID | None) -> list[Slot]:
        rows = {row.field_id: row for row in self.values if row.contact_id == contact_id}
        tail = f".{contact_id}" if contact_id else ""
        return [
            extra_slot(
                f"extra.{one.id}{tail}",
                one,
                self.shown.get(f"extra.{rows[one.id].id}") if one.id in rows else None,
            )
            for one in self.fields
            if one.about == about
        ]

    def _filled(self, drawn: list[Slot]) -> list[Slot]:
        """Put what was typed and what was wrong with it back into the fields."""
        if self.typed is None:
            return drawn
        for slot in drawn:
            if slot.name in self.form:
                slot.value = self.form[slot.name]
            slot.clear = f"{slot.name}-clear" in self.form
            slot.verify = f"{slot.name}-verified" in self.form
            slot.source = self.form.get(f"{slot.name}-source", slot.source)
            if slot.name in self.typed.errors:
                slot.errors = [self.typed.errors[slot.name]]
        return drawn
