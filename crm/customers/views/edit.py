"""Making and editing a card; two people editing at once both see both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access import law
from crm.access.fields import FIELDS, Shows
from crm.access.permissions import Permission
from crm.customers import cards, contacts, items, standing
from crm.customers.editing import apply, meeting
from crm.customers.editing.drawing import Drawing
from crm.customers.editing.typed import Reader, Typed
from crm.customers.views import bp
from crm.disclosure import door, openings, reaching
from crm.disclosure.acts import Act, Purpose
from crm.errors import Invalid
from crm.web import unit
from crm.web.guard import allow
from crm.web.limits import CHECKS, limit, who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from crm.customers.cards import Card
    from crm.customers.contacts import Contact
    from crm.customers.editing.meeting import Met
    from crm.customers.editing.slots import Slot


@bp.route("/customers/new", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_CREATE)
@limit(CHECKS, key_func=who, methods=["POST"])
def new() -> ResponseReturnValue:
    """Make a new card."""
    if request.method != "POST":
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
    if request.method != "POST":
        return _form(card, None)
    extras = list(contacts.extra_fields())
    typed = Reader(request.form, extras, opened=_opens(card)).read()
    if request.form.get("add"):
        return _form(card, typed, adding=True)
    if typed.version != card.customer.version:
        return _form(card, typed, met=meeting.merge(g.viewer, card, typed)), 409
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
    return reaching.allowed(g.viewer, Act.EDIT, card.subject)


def _form(
    card: Card | None, typed: Typed | None, *, adding: bool = False, met: Sequence[Met] = ()
) -> str:
    customer = card.customer if card else None
    people = list(contacts.of(customer.id)) if customer else []
    values = list(contacts.extra_values(customer.id)) if customer else []
    shown, prose = _opened(card, people, values) if card else ({}, {})
    taken = {one.slot for one in met if one.mine is None}
    drawing = Drawing(
        viewer=g.viewer,
        customer=customer,
        people=people,
        fields=contacts.extra_fields(),
        values=values,
        shown=shown,
        prose=prose,
        typed=typed,
        form={name: text for name, text in request.form.items() if name not in taken},
        adding=request.form.get("add") if adding else None,
    )
    company, extras, drawn = drawing.company(), drawing.extras(), drawing.contacts()
    labels = _labels([*company, *extras], drawn)
    return render_template(
        "customers/edit.html",
        customer=customer,
        company=company,
        shareholders=drawing.shares(),
        contacts=drawn,
        extras=extras,
        owners=_assigning(card, typed),
        version=customer.version if customer else 0,
        problems=_problems(typed, [*company, *extras]),
        met=bool(met),
        adding=drawing.adding,
        conflicts=meeting.rows(g.viewer, card, met, labels) if card and met else [],
        taken=meeting.taken(met, labels),
        may_bin=card is not None and law.may(g.viewer, Permission.CUSTOMER_BIN, card.subject),
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


def _problems(typed: Typed | None, drawn: list[Slot]) -> list[tuple[str, str, str]]:
    labels = {slot.name: slot.label for slot in drawn}
    said = typed.errors.items() if typed else ()
    return [(labels.get(name) or _label(name), text, name) for name, text in said]


def _label(name: str) -> str:
    kind, _dot, rest = name.partition(".")
    field = FIELDS.get(f"contact.{rest.partition('.')[2]}" if kind == "contact" else "shareholders")
    return str(field.label) if field else name


def _labels(plain: list[Slot], people: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What each field is called, a contact's with whose it is: a mask, or which one on the form."""
    named = {slot.name: slot.label for slot in plain}
    for number, person in enumerate(people, 1):
        heading = person["heading"]
        whose = heading if isinstance(heading, str) else _("联系人 %(number)s ", number=number)
        for slot in person["slots"]:
            named[slot.name] = _("%(whose)s的%(field)s", whose=whose, field=slot.label)
    return named | {"owner": _("负责人")}


def _assigning(card: Card | None, typed: Typed | None) -> dict[str, Any] | None:
    """The choice of who is responsible, for who may assign."""
    if not standing.may_assign(g.viewer):
        return None
    now = standing.login_of(card.customer) if card else ""
    options = [
        (login, _("%(name)s（%(login)s）", name=name, login=login))
        for login, name in standing.candidates()
    ]
    value = typed.owner if typed and typed.owner else now
    return {"value": value, "was": now, "options": options}
