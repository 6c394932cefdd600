"""购买: what a customer bought, what it comes to, what it suggests; recording and correcting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.customers import cards, items, purchases
from crm.customers.cells import Cells
from crm.customers.face import asking, head
from crm.customers.purchases import facts_of, keeping, reading
from crm.customers.purchases.advice import advice
from crm.customers.purchases.analysis import analysed
from crm.customers.signs import WITH_SIGNS
from crm.customers.views import bp
from crm.disclosure import door, openings
from crm.disclosure.acts import Act, Purpose
from crm.web import unit
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from crm.customers.cards import Card

    Line = tuple[UUID, purchases.Facts]

SHOWN = 50
NOTHING: dict[str, str] = {}


@bp.get("/customers/<uuid:customer_id>/purchases")
@allow(Permission.CUSTOMER_OPEN)
def purchases_of(customer_id: UUID) -> ResponseReturnValue:
    """The tab 购买: everything is dots until the work card is open."""
    return _page(cards.told(customer_id, g.viewer, Permission.CUSTOMER_OPEN, WITH_SIGNS))


def _page(
    card: Card, typed: Mapping[str, str] = NOTHING, errors: Mapping[str, str] = NOTHING
) -> str:
    customer, rows = card.customer, purchases.of(card.customer.id)
    opening = openings.running(g.viewer, customer.id)
    asked = [purchases.item(row) for row in rows]
    preference = items.company_item(customer, "preferences")
    shown = door.glance(
        g.viewer, card.subject, [*asked, preference], opening, view="purchases", key=card.key
    )
    opened = _told(rows, shown)
    figures = analysed([facts for _row, facts in opened], clock.today())
    return render_template(
        "customers/purchases.html",
        **head(card, g.viewer),
        **asking(g.viewer),
        opened=opening is not None and len(opened) == len(rows),  # a grant may not name them
        count=len(rows),
        lines=opened[:SHOWN],
        figures=figures,
        advice=advice(figures),
        bars=bars(figures.months),
        preference=Cells(shown, {}, lambda _field: False)(preference, customer.facts),
        records=law.may(g.viewer, Permission.CUSTOMER_PURCHASE, card.subject),
        labels={code: str(label) for code, label in reading.LABELS.items()},
        typed=typed,
        errors=errors,
        today=clock.today().isoformat(),
    )


def _told(rows: Sequence[purchases.Purchase], shown: Mapping[str, Any]) -> list[Line]:
    """What the door has just opened, for the lines and figures of this very page."""
    told = ((row.id, shown[f"purchase.{row.id}"]) for row in rows)
    lines = [(one, facts_of(cell.value.text)) for one, cell in told if cell.state == "shown"]
    return sorted(lines, key=lambda line: (line[1].day, line[0]), reverse=True)


def bars(months: list[tuple[str, Any]]) -> list[tuple[str, int, bool]]:
    """Month, height in percent of the highest, and whether it is the highest."""
    most = max((amount for _month, amount in months), default=0)
    return [
        (month, round(amount * 100 / most) if most else 0, bool(most) and amount == most)
        for month, amount in months
    ]


@bp.post("/customers/<uuid:customer_id>/purchases")
@allow(Permission.CUSTOMER_PURCHASE)
def record(customer_id: UUID) -> ResponseReturnValue:
    """Record a purchase; the rules then propose a level anew."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_PURCHASE)
    typed = reading.read(request.form)
    if typed.facts is None:
        return _page(card, request.form, typed.errors), 422
    keeping.record(g.viewer, card, typed.facts)
    flash(_("已记下这笔购买。"), "ok")
    return redirect(f"/customers/{customer_id}/purchases", 303)


@bp.route("/customers/<uuid:customer_id>/purchases/<uuid:purchase_id>", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_PURCHASE)
def purchase(customer_id: UUID, purchase_id: UUID) -> ResponseReturnValue:
    """Correct a purchase, or take it off the card. It opens in its form, logged as 编辑."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_PURCHASE)
    row = keeping.get(purchase_id, customer_id)
    if request.method != "POST":
        return _form(card, row, _opened(card, row), NOTHING)
    if request.form.get("remove"):
        keeping.remove(g.viewer, card, row)
        flash(_("已删除，变更历史里还能查到。"), "ok")
    else:
        typed = reading.read(request.form)
        if typed.facts is None:
            return _form(card, row, request.form, typed.errors), 422
        keeping.correct(g.viewer, card, row, typed.facts)
        flash(_("已更正。"), "ok")
    return redirect(f"/customers/{customer_id}/purchases", 303)


def _opened(card: Card, row: purchases.Purchase) -> dict[str, str]:
    one = purchases.item(row)
    opened = door.disclose(g.viewer, Act.EDIT, card.subject, [one], Purpose.MAINTAIN.value)
    facts = facts_of(opened[one.name].text)
    return {code: str(getattr(facts, code)) for code in reading.LABELS}


def _form(
    card: Card, row: purchases.Purchase, typed: Mapping[str, str], errors: Mapping[str, str]
) -> str:
    return render_template(
        "customers/purchase.html",
        **head(card, g.viewer),
        row_id=row.id,
        typed=typed,
        errors=errors,
        labels={code: str(label) for code, label in reading.LABELS.items()},
        today=clock.today().isoformat(),
    )


@bp.post("/customers/<uuid:customer_id>/level")
@allow(Permission.CUSTOMER_EDIT)
def take_level(customer_id: UUID) -> ResponseReturnValue:
    """采用建议等级: one tap gives the card the level that the rules propose."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_EDIT)
    if level := keeping.take_level(g.viewer, card):
        flash(_("等级已改为 %(level)s。", level=level), "ok")
    return redirect(f"/customers/{customer_id}", 303)
