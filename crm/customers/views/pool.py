"""公海: its lines, claiming, giving, putting back, and the button that lets its rules work now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access import law
from crm.access.permissions import Permission
from crm.audit import log
from crm.customers import cards, searching, standing
from crm.customers.pool import claiming, falling, looking
from crm.customers.views import bp
from crm.customers.views.cards import page as card_page
from crm.customers.views.lists import tabs
from crm.errors import Invalid, Missing, Trouble
from crm.web import unit
from crm.web.guard import allow
from crm.web.text import clean_line

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

AT_ONCE = 1000
"""Cards that the button lets fall while somebody waits; the night does the rest."""


@bp.get("/customers/pool")
@allow(Permission.CUSTOMER_POOL)
def pool() -> ResponseReturnValue:
    """The pool's lines. One entry names the ids it showed; over the day's lines, a sentence."""
    return _page()


def _page(problem: str = "", status: int = 200) -> ResponseReturnValue:
    unit.current().write()
    now = claiming.in_force()
    q = clean_line(request.values.get("q", ""), searching.LONGEST).text[: searching.LONGEST]
    found = looking.page(g.viewer, now, q, request.args.get("after", ""))
    claims = law.scope(g.viewer, Permission.CUSTOMER_CLAIM) is not None
    gives = law.scope(g.viewer, Permission.CUSTOMER_POOL_RUN) is not None
    values = {
        "scenes": tabs(g.viewer),
        "q": q,
        "found": found,
        "next_url": f"/customers/pool?{urlencode({'q': q, 'after': found.after})}"
        if found.after
        else None,
        "rules": now,
        "claims_left": max(0, now.claims - claiming.claimed_today(g.viewer)) if claims else None,
        "people": standing.candidates() if gives else None,
        "problem": problem,
    }
    return render_template("customers/pool.html", **values), status


@bp.post("/customers/pool/<uuid:customer_id>/claim")
@allow(Permission.CUSTOMER_CLAIM)
def claim(customer_id: UUID) -> ResponseReturnValue:
    """认领: the card is the claimer's, from now on."""
    unit.current().write()
    try:
        customer = claiming.claim(g.viewer, customer_id)
    except Missing:
        raise
    except Trouble as trouble:
        return _page(trouble.sentence, trouble.status)
    flash(_("%(name)s 归您负责了，请在明天之前联系。", name=customer.name), "ok")
    return redirect(f"/customers/{customer_id}", 303)


@bp.post("/customers/pool/<uuid:customer_id>/assign")
@allow(Permission.CUSTOMER_POOL_RUN)
def assign(customer_id: UUID) -> ResponseReturnValue:
    """分配: the supervisor gives a card of the pool to somebody."""
    unit.current().write()
    login = clean_line(request.form.get("to", ""), 64).text
    try:
        person = claiming.assign(g.viewer, customer_id, login)
    except Missing:
        raise
    except Trouble as trouble:
        return _page(trouble.sentence, trouble.status)
    flash(_("已分给 %(name)s。", name=person.name), "ok")
    return redirect("/customers/pool", 303)


@bp.post("/customers/<uuid:customer_id>/release")
@allow(Permission.CUSTOMER_RELEASE)
def release(customer_id: UUID) -> ResponseReturnValue:
    """退回公海: the owner lets go of a card, with a reason."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_RELEASE)
    try:
        claiming.release(g.viewer, card, request.form.get("reason", ""))
    except Invalid as invalid:
        return card_page(card, problem=invalid.sentence), 422
    flash(_("已退回公海。"), "ok")
    return redirect("/customers?scene=mine", 303)


@bp.post("/customers/pool/fall")
@allow(Permission.CUSTOMER_POOL_RUN)
def fall_now() -> ResponseReturnValue:
    """Let the rules work now instead of tonight; what takes longer is left to the night."""
    claiming.in_force()
    fallen = falling.fall(g.viewer.actor(), unit.current().address, most=AT_ONCE)
    unit.current().write()
    falling.warn()
    log.say("pool_run", subject_type="pool", detail={"fallen": fallen})
    more: Any = _("还有更多，夜间会继续。") if fallen >= AT_ONCE else ""
    flash(_("有 %(n)s 家客户回了公海。", n=fallen) + more, "ok")
    return redirect("/customers/pool", 303)
