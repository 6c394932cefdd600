"""Making and editing a card; two people editing at once both see both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from crm.access.fields import FIELDS, Shows
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.customers import cards, changes, contacts, items
from crm.customers.cards import Collaborator
from crm.customers.choices import title, titled
from crm.customers.editing import apply, slots
from crm.customers.editing.typed import Reader, Typed
from crm.customers.views import bp
from crm.db import db
from crm.disclosure import door, openings
from crm.disclosure.acts import Act, Purpose
from crm.errors import Invalid
from crm.web import unit
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from crm.customers.cards import Card
    from crm.customers.contacts import Contact
    from crm.disclosure.opened import Item


@bp.route("/customers/new", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_CREATE)
def new() -> ResponseReturnValue:
    """Make a new card."""
    if request.method == "GET":
        return _form(None, Typed())
    unit.current().write()
    extras = list(contacts.extra_fields())
    typed = Reader(request.form, extras, opened=True).read()
    if request.form.get("add"):
        return _form(None, typed, adding=True)
    if not typed.company["name"]:
        typed.errors.setdefault("name", _("客户名称要填写。"))
    try:
        if not typed.errors:
            customer = apply.create(g.viewer, typed)
            _tell(typed)
            return redirect(f"/customers/{customer.id}", 303)
    except Invalid as invalid:
        unit.current().undo()
        typed.errors[_about(invalid)] = invalid.sentence
    return _form(None, typed), 422


@bp.route("/customers/<uuid:customer_id>/edit", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_EDIT)
def edit(customer_id: UUID) -> ResponseReturnValue:
    """Change a card. Prose opens as text in its field, which is logged as 编辑."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_EDIT)
    if request.method == "GET":
        return _form(card, None)
    extras = list(contacts.extra_fields())
    typed = Reader(request.form, extras, opened=_opens(card)).read()
    if request.form.get("add"):
        return _form(card, typed, adding=True)
    if typed.version != card.customer.version:
        return _form(card, typed, conflicts=_conflicts(card, typed)), 409
    try:
        if not typed.errors:
            apply.update(g.viewer, card.customer, typed)
            _tell(typed)
            return redirect(f"/customers/{customer_id}", 303)
    except Invalid as invalid:
        unit.current().undo()
        typed.errors[_about(invalid)] = invalid.sentence
        card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_EDIT)
    return _form(card, typed), 422


def _about(invalid: Invalid) -> str:
    """The field that a sentence from saving is about."""
    return invalid.field or "name"


def _tell(typed: Typed) -> None:
    flash(_("已保存。"), "ok")
    if typed.stripped:
        which = _("、").join(sorted(typed.stripped))
        flash(_("已去掉看不见的字符：%(which)s", which=which), "warn")


def _opens(card: Card) -> bool:
    return door.allowed(g.viewer, Act.EDIT, card.subject)


def _form(
    card: Card | None, typed: Typed | None, *, adding: bool = False, conflicts: Any = ()
) -> str:
    customer = card.customer if card else None
    people = list(contacts.of(customer.id)) if customer else []
    values = list(contacts.extra_values(customer.id)) if customer else []
    shown, prose = _opened(card, people, values) if card else ({}, {})
    form = _Form(customer, people, shown, prose, typed, adding=adding)
    fields = contacts.extra_fields()
    drawn = [*form.company(), *form.extras(fields, values, "customer", None)]
    return render_template(
        "customers/edit.html",
        customer=customer,
        company=_filled(form.company(), typed),
        shareholders=form.shares(),
        contacts=form.contacts(fields, values),
        extras=_filled(form.extras(fields, values, "customer", None), typed),
        owners=_assigning(card),
        version=customer.version if customer else 0,
        problems=_problems(typed, drawn),
        conflicts=conflicts,
    )


def _opened(
    card: Card, people: Sequence[Contact], values: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the form shows beforehand: masks, and prose opened as text for who may read it."""
    asked = items.company_items(card.customer)
    for contact in people:
        asked += items.contact_items(contact)
    asked += [items.extra_item(row) for row in values]
    shown = door.glance(
        g.viewer, card.subject, asked, openings.running(g.viewer, card.customer.id), view="edit"
    )
    prose = [item for item in asked if item.field.shows is Shows.PROSE and item.sealed is not None]
    if not prose or not _opens(card):
        return shown, {}
    opened = door.disclose(g.viewer, Act.EDIT, card.subject, prose, Purpose.MAINTAIN.value)
    return shown, {name: value.text for name, value in opened.items()} | {
        item.name: "" for item in asked if item.field.shows is Shows.PROSE and item.sealed is None
    }


class _Form:
    """Draws one edit form: the card's facts beneath, what was typed on top."""

    def __init__(
        self,
        customer: Any,
        people: Sequence[Contact],
        shown: Any,
        prose: Any,
        typed: Typed | None,
        *,
        adding: bool,
    ) -> None:
        self.customer, self.people, self.shown, self.prose, self.typed = (
            customer,
            people,
            shown,
            prose,
            typed,
        )
        self.adding = request.form.get("add") if adding else None

    def company(self) -> list[slots.Slot]:
        made = slots.company_slots(self.customer, self.shown, self.prose)
        if apply.may_share(g.viewer, self.customer):
            hint = _("姓名或登录名，用顿号隔开")
            value = _collaborators(self.customer)
            made.append(slots.Slot("collaborators", _("协作人"), value=value, hint=hint))
        return made

    def shares(self) -> list[tuple[slots.Slot, slots.Slot]]:
        rows = self.typed.shares if self.typed else slots.shares_of(self.prose.get("shareholders"))
        made = slots.share_slots(rows, 2 if self.adding == "shareholder" else 1)
        for _who, share in made:
            if self.typed and share.name in self.typed.errors:
                share.errors = [self.typed.errors[share.name]]
        return made

    def contacts(self, fields: Any, values: Any) -> list[dict[str, Any]]:
        drawn = [self._contact(str(one.id), one, fields, values) for one in self.people]
        fresh = [
            key for key in (self.typed.contacts if self.typed else {}) if key.startswith("new")
        ]
        if self.adding == "contact" or not (drawn or fresh):
            fresh.append(f"new{len(fresh) + 1}")
        return drawn + [self._contact(key, None, fields, values) for key in fresh]

    def _contact(
        self, key: str, contact: Contact | None, fields: Any, values: Any
    ) -> dict[str, Any]:
        made = slots.contact_slots(key, contact.facts if contact else {}, self.shown, self.prose)
        if contact:
            made += self.extras(fields, values, "contact", contact.id)
        name = self.shown.get(f"contact.{key}.name")
        heading = (name.mask or name.value) if name and name.state != "empty" else _("新联系人")
        return {
            "id": contact.id if contact else None,
            "heading": heading,
            "slots": _filled(made, self.typed),
        }

    def extras(
        self, fields: Any, values: Any, about: str, contact_id: UUID | None
    ) -> list[slots.Slot]:
        rows = {row.field_id: row for row in values if row.contact_id == contact_id}
        tail = f".{contact_id}" if contact_id else ""
        return [
            slots.extra_slot(
                f"extra.{one.id}{tail}",
                one,
                self.shown.get(f"extra.{rows[one.id].id}") if one.id in rows else None,
            )
            for one in fields
            if one.about == about
        ]


def _filled(drawn: list[slots.Slot], typed: Typed | None) -> list[slots.Slot]:
    """Put what was typed and what was wrong with it back into the fields."""
    if typed is None:
        return drawn
    for slot in drawn:
        if slot.name in request.form:
            slot.value = request.form[slot.name]
        if slot.name in typed.errors:
            slot.errors = [typed.errors[slot.name]]
    return drawn


def _problems(typed: Typed | None, drawn: list[slots.Slot]) -> list[tuple[str, str, str]]:
    labels = {slot.name: slot.label for slot in drawn}
    said = typed.errors.items() if typed else ()
    return [(labels.get(name) or _label(name), text, name) for name, text in said]


def _label(name: str) -> str:
    kind, _dot, rest = name.partition(".")
    field = FIELDS.get(f"contact.{rest.partition('.')[2]}" if kind == "contact" else "shareholders")
    return str(field.label) if field else name


def _collaborators(customer: Any) -> str:
    if customer is None:
        return ""
    wanted = select(Person.name).join(Collaborator, Collaborator.person_id == Person.id)
    return _("、").join(
        db.session.scalars(
            wanted.where(Collaborator.customer_id == customer.id).order_by(Person.login)
        )
    )


def _assigning(card: Card | None) -> dict[str, Any] | None:
    """The choice of who is responsible, for who may assign."""
    if not apply.may_assign(g.viewer):
        return None
    wanted = select(Person.login, Person.name).where(
        Person.disabled_at.is_(None), Person.role.in_([role.value for role in apply.RESPONSIBLE])
    )
    owner = (
        db.session.get(Person, card.customer.owner_id) if card and card.customer.owner_id else None
    )
    options = [
        (login, _("%(name)s（%(login)s）", name=name, login=login))
        for login, name in db.session.execute(wanted.order_by(Person.login))
    ]
    return {"value": owner.login if owner else "", "options": options}


def _conflicts(card: Card, typed: Typed) -> list[tuple[Any, ...]]:
    """What others changed since this form was opened, beside what was typed here."""
    found = changes.since(card.customer.id, typed.version)
    theirs = _theirs(card, [change for change, _name in found])
    told = []
    for change, name in found:
        field = FIELDS.get(change.code)
        now = titled(change.code, theirs.get(f"change.{change.id}.new")) or (
            _("（已清空）") if change.new is None else change.new
        )
        told.append(
            (str(field.label) if field else change.code, now, _yours(change), name, change.at)
        )
    return told


def _theirs(card: Card, found: list[changes.Change]) -> dict[str, Any]:
    asked: list[Item] = [
        item
        for change in found
        for item in items.change_items(change)
        if item.name.endswith(".new")
    ]
    asked = [item for item in asked if item.sealed is not None]
    if not asked or not _opens(card):
        return {}
    return dict(door.disclose(g.viewer, Act.EDIT, card.subject, asked, Purpose.MAINTAIN.value))


def _yours(change: changes.Change) -> str:
    column = FIELDS[change.code].column if change.code in FIELDS else change.kept_as
    name = f"contact.{change.row_id}.{column}" if change.kept_in == "contacts" else change.code
    return title(change.code, request.form.get(name, "")) or _("（未改）")
