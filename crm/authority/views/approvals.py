"""授权审批: what waits for a decision – one by one or many at once –, and what is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock
from crm.access import holding, law
from crm.access.fields import FIELDS
from crm.access.grants import CARRIES_OUT, Grant, State
from crm.access.permissions import Permission
from crm.access.policy import CLAUSES
from crm.accounts.roles import Role
from crm.authority import deciding, delegating, slips, standing, terms
from crm.authority.terms import Terms
from crm.authority.views import bp
from crm.authority.views.grants import offered
from crm.customers import pointing
from crm.db import db
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow
from crm.web.text import clean

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.accounts.people import Person

SHOWN = 100
ANSWER = 300
"""Characters of what a decision says."""


@bp.get("/approvals")
@allow(Permission.GRANT_CONFIRM)
def approvals() -> ResponseReturnValue:
    """What waits for this person, what is in force, who stands in."""
    asked = [one for one, _who in deciding.waiting(g.viewer)]
    second = [one for one, _who in deciding.waiting(g.viewer, State.SECOND)]
    return render_template(
        "authority/approvals.html",
        waiting=slips.told(asked),
        second=slips.told(second),
        in_force=slips.told(_in_force()),
        decides=law.scope(g.viewer, Permission.GRANT_DECIDE) is not None,
        delegates=law.scope(g.viewer, Permission.GRANT_DELEGATE) is not None,
        delegations=_delegations(),
        deputies=standing.of_post("executive_director"),
        today=clock.today(),
        clause=str(CLAUSES[Permission.GRANT_ASK]),
    )


def _in_force() -> list[Grant]:
    now = clock.now()
    held = select(Grant).where(Grant.state == State.GRANTED.value, Grant.until > now)
    return list(db.session.scalars(held.order_by(Grant.until).limit(SHOWN)))


def _delegations() -> list[dict[str, Any]]:
    found = delegating.running()
    names = slips.names_of({one.to_id for one in found} | {one.from_id for one in found})
    return [
        {
            "id": one.id,
            "giver": names[one.from_id],
            "to": names[one.to_id],
            "first": one.first,
            "last": one.last,
            "mine": one.from_id == g.viewer.id,
        }
        for one in found
    ]


@bp.post("/approvals")
@allow(Permission.GRANT_DECIDE)
def approve_many() -> ResponseReturnValue:
    """Several at once, as they were asked for: listed first, approved with one confirmation."""
    ids = [one for text in request.form.getlist("grant")[:SHOWN] if (one := id_of(text))]
    unit.current().write()
    mine = {grant.id: grant for grant, _who in deciding.waiting(g.viewer)}
    chosen = [mine[one] for one in dict.fromkeys(ids) if one in mine]
    if not chosen:
        raise Invalid(_("没有选中等您审批的申请。"))
    if request.form.get("sure") != "1":
        return render_template("authority/sure.html", rows=slips.told(chosen))
    for grant in chosen:
        deciding.approve(g.viewer, grant, as_asked(grant), holding.customers_of(grant.id), "")
    gone = len(set(ids)) - len(chosen)
    said = _("已批准 %(n)s 份。", n=len(chosen))
    flash(said + (_("另有 %(n)s 份已处理过。", n=gone) if gone else ""), "ok")
    return redirect("/approvals", 303)


def as_asked(grant: Grant) -> Terms:
    """The terms of a request, unchanged."""
    return Terms(
        acts=grant.acts.split(),
        level=grant.level,
        fields=grant.fields.split(),
        purpose=grant.purpose,
        days=grant.days,
        most=grant.most,
    )


@bp.get("/approvals/<uuid:grant_id>")
@allow(Permission.GRANT_DECIDE)
def consider(grant_id: UUID) -> ResponseReturnValue:
    """One request, with its reason: approve it, approve less, refuse it."""
    unit.current().write()
    grant, holder = deciding.get(g.viewer, grant_id, State.ASKED)
    return _page(grant, holder, as_asked(grant))


def _page(grant: Grant, holder: Person, told: Terms, problem: str = "") -> str:
    customers = holding.customers_of(grant.id)
    kept = {one for text in request.form.getlist("customer") if (one := id_of(text))}
    return render_template(
        "authority/decide.html",
        slip=slips.told([grant])[0],
        texts=slips.texts(g.viewer, grant),
        post=Role(holder.role).label,
        told=told,
        acts=offered(grant.acts.split()),
        fields=[(code, str(FIELDS[code].label)) for code in grant.fields.split()],
        secret=grant.level == "secret" and not grant.fields,
        names=pointing.called(customers),
        kept=kept or set(customers),
        quick_days=[one for one in terms.DAYS if one <= grant.days],
        carries_out=CARRIES_OUT & set(grant.acts.split()),
        problem=problem,
        answer=request.form.get("answer", ""),
        clause=str(CLAUSES[Permission.GRANT_ASK]),
    )


@bp.post("/approvals/<uuid:grant_id>")
@allow(Permission.GRANT_DECIDE)
def decide(grant_id: UUID) -> ResponseReturnValue:
    """The decision: `decide` is approve or refuse."""
    unit.current().write()
    grant, holder = deciding.get(g.viewer, grant_id, State.ASKED)
    told = _narrowed(grant)
    answer = clean(request.form.get("answer", ""), ANSWER)
    try:
        _decide(grant, told, answer.text, over=bool(answer.over))
    except Invalid as invalid:
        unit.current().undo()
        grant, holder = deciding.get(g.viewer, grant_id, State.ASKED)
        return _page(grant, holder, told, invalid.sentence), 422
    return redirect("/approvals", 303)


def _decide(grant: Grant, told: Terms, answer: str, *, over: bool) -> None:
    if over:
        raise Invalid(_("最多 %(n)s 字。", n=ANSWER))
    if request.form.get("decide") == "refuse":
        deciding.refuse(g.viewer, grant, answer)
        flash(_("申请 %(number)s 未批准。", number=grant.number), "ok")
        return
    if request.form.get("decide") != "approve":
        raise Invalid(_("请选择批准或不批准。"))
    if told.errors:
        raise Invalid(next(iter(told.errors.values())))
    kept = [one for text in request.form.getlist("customer") if (one := id_of(text))]
    deciding.approve(g.viewer, grant, told, kept, answer)
    waits = grant.state == State.SECOND.value
    flash(
        _("%(number)s 已批准，等第二人确认后生效。", number=grant.number)
        if waits
        else _("%(number)s 已批准，立即生效。", number=grant.number),
        "ok",
    )


def _narrowed(grant: Grant) -> Terms:
    """The form's terms; what it does not say stays as it was asked."""
    form = request.form.copy()
    form["purpose"] = grant.purpose
    if grant.fields:
        form["what"] = terms.BY_FIELD
    elif not form.get("what"):
        form["what"] = grant.level
    return terms.read(form)


@bp.post("/approvals/<uuid:grant_id>/confirm")
@allow(Permission.GRANT_CONFIRM)
def confirm(grant_id: UUID) -> ResponseReturnValue:
    """The second person's word."""
    unit.current().write()
    grant, _holder = deciding.get(g.viewer, grant_id, State.SECOND)
    answer = request.form.get("answer", "")
    if answer not in {"yes", "no"}:
        raise Invalid(_("请选择确认或不同意。"))
    deciding.confirm(g.viewer, grant, yes=answer == "yes")
    flash(_("已处理 %(number)s。", number=grant.number), "ok")
    return redirect("/approvals", 303)
