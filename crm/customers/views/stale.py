"""档案质量: what is old, quiet, incomplete or nobody's – and 今天核实 with one tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm import clock
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.customers import cards, handing, stale, verifying
from crm.customers.face import head
from crm.customers.status import SOURCE_TITLES
from crm.customers.views import bp
from crm.disclosure import door
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/customers/stale")
@allow(Permission.CUSTOMER_EDIT)
def board() -> ResponseReturnValue:
    """One kind of staleness, fifty cards, the longest waiting first. One entry names them.

    Without a kind in the address the first that has any card: nobody comes to see an empty one.
    """
    wide = stale.sees_all(g.viewer)
    owner = id_of(request.args.get("owner", "")) if wide else g.viewer.id
    offered = stale.offered(g.viewer)
    counted = stale.counts(g.viewer, owner)
    usual = next((one for one in offered if counted[one] != "0"), offered[0])
    kind = request.args.get("kind", usual)
    if kind not in offered:
        raise Invalid(_("没有这个筛选。"))
    found = stale.page(kind, owner, request.args.get("after", ""))
    door.listing(
        g.viewer,
        [(Subject("customer", row.id, row.owner_id, row.team_id), None, []) for row in found.rows],
        scene=f"stale {kind}",
    )
    return render_template(
        "customers/stale.html",
        kind=kind,
        kinds=[(one, str(stale.KINDS[one]), counted[one]) for one in offered],
        rows=[_line(row) for row in found.rows],
        more=found.more,
        owner=str(owner or ""),
        owners=handing.people() if wide else [],
        left=stale.left() if wide else [],
        sources=list(SOURCE_TITLES.items()),
    )


def _line(row: Any) -> dict[str, Any]:
    quiet = (
        (clock.today() - clock.local(row.last_at).date()).days if row.last_follow_up_id else None
    )
    return {
        "id": row.id, "name": row.name, "region": row.region, "level": row.level,
        "owner": row.owner or _("未分配"), "verified_on": row.verified_on, "quiet": quiet,
        "missing": stale.missing(row),
    }  # fmt: skip


def _source() -> str:
    source = request.form.get("source", "")
    if source not in SOURCE_TITLES:
        raise Invalid(_("请选择核实的来源。"))
    return source


@bp.post("/customers/stale/verify")
@allow(Permission.CUSTOMER_EDIT)
def verify_many() -> ResponseReturnValue:
    """今天核实 for the chosen cards: one entry each, nothing opened."""
    unit.current().write()
    chosen = [one for text in request.form.getlist("id") if (one := id_of(text))]
    if not chosen:
        raise Invalid(_("先在左边勾选客户。"))
    source = _source()
    for one in chosen[: stale.PAGE]:
        card = cards.get(one, g.viewer, Permission.CUSTOMER_EDIT)
        verifying.verify(g.viewer, card.customer, None, source)
    flash(_("已核实 %(n)s 家。", n=len(chosen[: stale.PAGE])), "ok")
    kind = request.form.get("kind", "")
    return redirect(
        f"/customers/stale?kind={kind}" if kind in stale.KINDS else "/customers/stale", 303
    )


@bp.route("/customers/<uuid:customer_id>/verify", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_EDIT)
def verify(customer_id: UUID) -> ResponseReturnValue:
    """Every filled fact of a card with its age; each can be noted as checked today, unopened."""
    if request.method == "POST":
        unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_EDIT)
    if request.method == "POST":
        names = None if request.form.get("all") else request.form.getlist("field")
        number = verifying.verify(g.viewer, card.customer, names, _source())
        flash(_("已核实 %(n)s 项。", n=number), "ok")
        return redirect(f"/customers/{customer_id}/verify", 303)
    door.glance(g.viewer, card.subject, [], None, view="verify")
    return render_template(
        "customers/verify.html",
        **head(card, g.viewer),
        facts=verifying.facts_of(card.customer),
        sources=list(SOURCE_TITLES.items()),
    )
