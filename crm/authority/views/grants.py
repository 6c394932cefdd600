"""我的授权: what one holds, asks for and gives back; each slip on a page that prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock
from crm.access import holding, law
from crm.access.fields import COMPANY, CONTACT, Level
from crm.access.grants import Grant, State
from crm.access.permissions import Permission
from crm.access.policy import CLAUSES
from crm.audit import log
from crm.authority import asking, deciding, slips, terms
from crm.authority.views import bp
from crm.customers import pointing
from crm.customers.status import LEVELS, Status
from crm.db import db
from crm.disclosure.acts import Act, Purpose
from crm.errors import Invalid, Missing
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from crm.authority.asking import Wanted

SHOWN = 50
NAMES = 30
"""Customers of a slip that are named on a page; more are counted."""
WAITING = frozenset({State.ASKED.value, State.SECOND.value})


@bp.get("/grants")
@allow(Permission.GRANT_ASK)
def mine() -> ResponseReturnValue:
    """What one holds, with the time and the openings that are left; what waits; what is over."""
    own = select(Grant).where(Grant.holder_id == g.viewer.id)
    found = db.session.scalars(own.order_by(Grant.asked_at.desc()).limit(SHOWN)).all()
    opened = slips.own_texts(g.viewer, found)
    rows = [row | _texts(one, opened) for one, row in zip(found, slips.told(found), strict=True)]
    for grant, row in zip(found, rows, strict=True):
        if row["tone"] == "ok" and not grant.every:
            row["names"] = pointing.called(holding.customers_of(grant.id)[:NAMES])
    return render_template(
        "authority/mine.html",
        held=[row for row in rows if row["tone"] == "ok"],
        waiting=[row for row in rows if row["tone"] == ""],
        over=[row for row in rows if row["tone"] == "idle"],
        clause=str(CLAUSES[Permission.GRANT_ASK]),
    )


def _texts(grant: Grant, opened: dict[str, Any]) -> dict[str, Any]:
    return {column: opened.get(f"grant.{grant.id}.{column}") for column in slips.TEXTS}


@bp.get("/grants/new")
@allow(Permission.GRANT_ASK)
def new() -> ResponseReturnValue:
    """The form; from a card or a list, with the customers that were chosen there."""
    ids = [one for text in request.args.getlist("customer") if (one := id_of(text))]
    told = asking.Wanted(terms.Terms(acts=["open"], purpose=Purpose.FOLLOW_UP.value))
    told.customers = pointing.seen(g.viewer, ids[: asking.MOST_CUSTOMERS])
    told.filters = asking.filters(request.args)
    return _form(told)


@bp.post("/grants/new")
@allow(Permission.GRANT_ASK)
def ask() -> ResponseReturnValue:
    """File the request; what was typed stays where something is wrong."""
    unit.current().write()
    wanted = asking.read(g.viewer, request.form)
    if wanted.errors:
        return _form(wanted), 422
    try:
        grant = asking.ask(g.viewer, wanted, id_of(request.form.get("once", "")))
    except Invalid as invalid:
        wanted.errors[""] = invalid.sentence
        return _form(wanted), 422
    flash(_("申请 %(number)s 已交总经理审批，结果会在通知里告诉您。", number=grant.number), "ok")
    return redirect("/grants", 303)


def _form(wanted: Wanted) -> str:
    ids = [one for text in request.values.getlist("customer") if (one := id_of(text))]
    chosen = pointing.called(pointing.seen(g.viewer, ids[: asking.MOST_CUSTOMERS]))
    for customer_id, _name in chosen:
        log.named(customer_id, "grants")
    return render_template(
        "authority/new.html",
        wanted=wanted,
        told=wanted.terms,
        errors=wanted.errors,
        what=terms.BY_FIELD if wanted.terms.fields else wanted.terms.level,
        chosen=chosen,
        sees=law.scope(g.viewer, Permission.CUSTOMER_LIST) is not None,
        acts=offered(terms.ACTS),
        fields=[_choices(_("公司"), COMPANY), _choices(_("联系人"), CONTACT)],
        levels=LEVELS,
        statuses=[(one.value, one.label) for one in Status],
        purposes=[(one.value, one.label) for one in Purpose if one is not Purpose.OTHER],
        quick_days=terms.DAYS,
        clause=str(CLAUSES[Permission.GRANT_ASK]),
    )


def offered(acts: Sequence[str]) -> list[tuple[str, str]]:
    """Acts, code and title."""
    return [(one, Act(one).label) for one in acts]


def _choices(title: str, fields: Any) -> tuple[str, list[tuple[str, str, bool]]]:
    return title, [(one.code, str(one.label), one.level is Level.SECRET) for one in fields]


@bp.get("/grants/<uuid:grant_id>")
@allow(Permission.GRANT_ASK)
def slip(grant_id: UUID) -> ResponseReturnValue:
    """One slip, as it prints: for its holder, and for whoever decides on grants."""
    grant = _visible(grant_id)
    decides = law.scope(g.viewer, Permission.GRANT_CONFIRM) is not None
    told = not grant.every and (decides or grant.since)  # its asker is told once it is granted
    names = pointing.called(holding.customers_of(grant.id)) if told else []
    log.say(
        "grant_shown",
        subject_type="customer",
        subject_ids=tuple(one for one, _name in names),
        grant_id=grant.id,
        detail={"number": grant.number},
    )
    return render_template(
        "authority/slip.html",
        slip=slips.told([grant])[0],
        names=names,
        clause=str(CLAUSES[Permission.GRANT_ASK]),
        printed_at=clock.now(),
        may_revoke=_may_revoke(grant),
        mine=grant.holder_id == g.viewer.id,
    )


def _visible(grant_id: UUID) -> Grant:
    grant = db.session.get(Grant, grant_id)
    decides = law.scope(g.viewer, Permission.GRANT_CONFIRM) is not None
    if grant is None or not (decides or grant.holder_id == g.viewer.id):
        raise Missing
    return grant


def _may_revoke(grant: Grant) -> bool:
    decides = law.scope(g.viewer, Permission.GRANT_DECIDE) is not None
    return grant.state == State.GRANTED.value and (decides or grant.holder_id == g.viewer.id)


@bp.post("/grants/<uuid:grant_id>/withdraw")
@allow(Permission.GRANT_ASK)
def withdraw(grant_id: UUID) -> ResponseReturnValue:
    """Take back a request that nobody has decided yet."""
    unit.current().write()
    grant = _visible(grant_id)
    if grant.holder_id != g.viewer.id:
        raise Missing
    if grant.state not in WAITING:
        raise Invalid(_("这份申请已经处理过了：%(state)s。", state=State(grant.state).label))
    deciding.withdraw(g.viewer, grant)
    flash(_("申请 %(number)s 已撤回。", number=grant.number), "ok")
    return redirect("/grants", 303)


@bp.post("/grants/<uuid:grant_id>/revoke")
@allow(Permission.GRANT_ASK)
def revoke(grant_id: UUID) -> ResponseReturnValue:
    """End a grant at once: whoever decides takes it away, its holder gives it back."""
    unit.current().write()
    grant = _visible(grant_id)
    if grant.holder_id != g.viewer.id and law.scope(g.viewer, Permission.GRANT_DECIDE) is None:
        raise Missing
    deciding.revoke(g.viewer, grant)
    flash(_("授权单 %(number)s 已停止，立即生效。", number=grant.number), "ok")
    return redirect("/grants" if grant.holder_id == g.viewer.id else "/approvals", 303)
