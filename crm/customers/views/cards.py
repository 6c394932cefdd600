"""The card: key facts, people, timeline – and the two buttons of the door, open and reveal."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import g, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import delete, select

from crm.access.permissions import Permission
from crm.access.policy import KEEP_PURPOSE
from crm.accounts import fresh, sessions
from crm.customers import cards, items, merging
from crm.customers.beside import Star
from crm.customers.cells import SECONDS, revealed_cell
from crm.customers.face import face
from crm.customers.signs import WITH_SIGNS
from crm.customers.views import bp
from crm.db import db
from crm.disclosure import door, openings
from crm.disclosure.acts import Act, Purpose
from crm.errors import Invalid, Missing
from crm.web import unit
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from crm.customers.cards import Card
    from crm.disclosure.opened import Opened

AT_ONCE = 20
"""Values that one reveal may name."""
ACTS = frozenset({Act.REVEAL, Act.DIAL, Act.NAVIGATE, Act.EDIT, Act.COPY})
"""What /reveal takes as its act; copy is refused until a grant allows it."""


@bp.get("/customers/<uuid:customer_id>")
@allow(Permission.CUSTOMER_LIST)
def show(customer_id: UUID) -> ResponseReturnValue:
    """The card page, as far as this person may read it now."""
    try:
        card = cards.told(customer_id, g.viewer, asked=WITH_SIGNS)
    except Missing:
        if kept := merging.survivor(customer_id):  # merged into one that they may see, or may not
            return redirect(f"/customers/{cards.get(kept, g.viewer).customer.id}")
        raise
    return page(card)


def page(
    card: Card,
    revealed: Mapping[str, Opened] | None = None,
    *,
    problem: str = "",
    typed: Mapping[str, str] | None = None,
) -> str:
    """The card page; `revealed` are values that the door has just opened in this request.

    `problem` says what could not be taken, and `typed` is what was typed, kept in its fields.
    """
    shown = face(card, g.viewer, revealed or {})
    return render_template("customers/card.html", **shown, problem=problem, typed=typed or {})


@bp.post("/customers/<uuid:customer_id>/open")
@allow(Permission.CUSTOMER_LIST)
def open_card(customer_id: UUID) -> ResponseReturnValue:
    """打开工作卡: one tap, one purpose, 15 minutes."""
    unit.current().write()
    card = cards.told(customer_id, g.viewer)
    purpose = request.form.get("purpose", "")
    try:
        door.open_card(g.viewer, card.subject, items.OPENED, purpose, request.form.get("note", ""))
    except Invalid as invalid:
        return page(card, problem=invalid.sentence, typed=request.form), 422
    tab = "/purchases" if request.form.get("back") == "purchases" else ""
    return redirect(f"/customers/{customer_id}{tab}", 303)


@bp.post("/customers/<uuid:customer_id>/reveal")
@allow(Permission.CUSTOMER_LIST)
def reveal(customer_id: UUID) -> ResponseReturnValue:
    """查看, 拨打, 导航: values of one card, each act its own right and its own entry."""
    unit.current().write()
    card = cards.told(customer_id, g.viewer)
    act = _act(request.form.get("act", "reveal"))
    if act is Act.COPY:
        fresh.required()
    wanted = request.form.getlist("field")
    if len(wanted) > AT_ONCE:
        raise Invalid(_("一次最多查看 %(n)s 项。", n=AT_ONCE))
    asked = items.named(card.customer, wanted)
    purpose, note = _purpose(card, act), request.form.get("note", "")
    opened = door.disclose(g.viewer, act, card.subject, asked, purpose, note, card.key)
    if act in {Act.DIAL, Act.NAVIGATE}:
        return _called(card, act, opened)
    if request.headers.get("HX-Request") and len(asked) == 1:
        cell = revealed_cell(asked[0], opened)
        return render_template("customers/_cell.html", cell=cell, customer=card.customer)
    return page(card, opened), {"Refresh": f"{SECONDS}; url=/customers/{customer_id}"}


def _act(text: str) -> Act:
    if text not in {act.value for act in ACTS}:
        raise Invalid(_("没有这种查看方式。"))
    return Act(text)


def _purpose(card: Card, act: Act) -> str:
    """What was chosen, else what the task implies: a call's, the open card's or the session's."""
    if chosen := request.form.get("purpose"):
        return chosen
    if act in {Act.DIAL, Act.NAVIGATE}:
        return (Purpose.VISIT if act is Act.NAVIGATE else Purpose.FOLLOW_UP).value
    opening = openings.running(g.viewer, card.customer.id)
    return opening.purpose if opening else (g.viewer.purpose or "")


def _called(card: Card, act: Act, opened: dict[str, Opened]) -> ResponseReturnValue:
    """A link the phone follows, and the buttons for how the call ended."""
    name, value = next(iter(opened.items()), ("", None))
    if value is None:
        raise Invalid(_("这位联系人还没有登记，先在编辑里补上。"))
    return render_template(
        "customers/_called.html" if request.headers.get("HX-Request") else "customers/called.html",
        customer=card.customer,
        act=act.value,
        field=name,
        number=value,
        fragment=bool(request.headers.get("HX-Request")),
    )


@bp.post("/customers/<uuid:customer_id>/star")
@allow(Permission.CUSTOMER_LIST)
def star(customer_id: UUID) -> ResponseReturnValue:
    """Keep a card at hand, or let it go."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer)
    mine = (Star.person_id == g.viewer.id, Star.customer_id == card.customer.id)
    if db.session.scalar(select(Star.person_id).where(*mine)):
        db.session.execute(delete(Star).where(*mine))
        starred = False
    else:
        db.session.add(Star(person_id=g.viewer.id, customer_id=card.customer.id))
        db.session.flush()
        starred = True
    if request.headers.get("HX-Request"):
        return render_template("customers/_star.html", customer_id=customer_id, starred=starred)
    return redirect(f"/customers/{customer_id}")


@bp.post("/customers/purpose")
@allow(Permission.CUSTOMER_OPEN)
def keep_purpose() -> ResponseReturnValue:
    """Keep 经营管理 as the purpose for this session, or let it go; executive posts only."""
    keep = request.form.get("keep") == "1" and g.viewer.role in KEEP_PURPOSE
    unit.current().write()
    sessions.keep_purpose(g.viewer.session_id, Purpose.MANAGEMENT.value if keep else None)
    back = request.form.get("back", "")
    return redirect(f"/customers/{UUID(back)}" if _is_uuid(back) else "/customers")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
