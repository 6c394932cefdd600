"""回收站: into the bin, out of it again, and shredding for good with the name typed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access import law
from crm.access.permissions import Permission
from crm.audit import log
from crm.customers import cards, recycling
from crm.customers.views import bp
from crm.db import scrub
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import moment_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue


@bp.get("/customers/bin")
@allow(Permission.CUSTOMER_BIN)
def bin_page() -> ResponseReturnValue:
    """What lies in the bin, and until when. One entry names the ids it showed."""
    rows = recycling.page(g.viewer, moment_of(request.args.get("before", "")))
    shreds = law.scope(g.viewer, Permission.CUSTOMER_SHRED) is not None
    return render_template(
        "customers/bin.html",
        rows=[(row, _until(row.at)) for row in rows[: recycling.PAGE]],
        more=rows[recycling.PAGE - 1].at.isoformat() if len(rows) > recycling.PAGE else None,
        shreds=shreds,
        graves=recycling.graves() if shreds else [],
    )


def _until(at: datetime) -> datetime:
    return at + recycling.KEPT


@bp.route("/customers/<uuid:customer_id>/bin", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_BIN)
def throw_in(customer_id: UUID) -> ResponseReturnValue:
    """Say what happens; then put the card into the bin."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_BIN)
    if request.method != "POST":
        log.named(customer_id, "bin")
        return render_template("customers/bin_ask.html", customer=card.customer)
    recycling.throw_in(card, g.viewer)
    flash(_("已移入回收站，30 天内可以恢复。"), "ok")
    return redirect("/customers/bin", 303)


@bp.post("/customers/bin/<uuid:customer_id>/restore")
@allow(Permission.CUSTOMER_BIN)
def take_out(customer_id: UUID) -> ResponseReturnValue:
    """Out of the bin again, as it was."""
    unit.current().write()
    customer, row = recycling.get(customer_id, g.viewer)
    if recycling.restore(g.viewer, customer, row):
        flash(_("已恢复。"), "ok")
        return redirect(f"/customers/{customer_id}", 303)
    flash(_("已恢复；原负责人已不在岗，请为它指定新的负责人。"), "warn")
    return redirect("/customers/bin", 303)


@bp.route("/customers/bin/<uuid:customer_id>/shred", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_SHRED)
def shred(customer_id: UUID) -> ResponseReturnValue:
    """Say what is lost and what backups still hold; then shred, if the name was typed."""
    unit.current().write()
    customer, row = recycling.get(customer_id, g.viewer, Permission.CUSTOMER_SHRED)
    problem = ""
    if request.method == "POST":
        try:
            recycling.shred_at_once(customer, g.viewer, request.form.get("name", ""))
        except Invalid as invalid:
            problem = invalid.sentence
        else:
            unit.current().settle()
            scrub()
            flash(_("已彻底销毁。"), "ok")
            return redirect("/customers/bin", 303)
    log.named(customer_id, "shred")
    page = render_template(
        "customers/shred.html", customer=customer, until=_until(row.at), problem=problem
    )
    return page, 422 if problem else 200
