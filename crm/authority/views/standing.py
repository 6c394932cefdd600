"""Standing grants and delegation: the two ways in which 总经理 decides ahead of being asked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm import clock
from crm.access import clauses
from crm.access.permissions import Permission
from crm.accounts.roles import Role
from crm.authority import delegating, standing, terms
from crm.authority.views import bp
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import day_of, id_of, number_of
from crm.web.guard import allow
from crm.web.text import halfwidth

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/approvals/standing")
@allow(Permission.GRANT_DECIDE)
def standing_form() -> ResponseReturnValue:
    """Who may be given a standing grant, what it lets them do, until when."""
    return _form()


def _form(problem: str = "") -> str:
    until = request.form.get("until") or str(clock.today() + standing.LONGEST)
    return render_template(
        "authority/standing.html",
        people=[
            {
                "id": one.id,
                "name": one.name,
                "post": Role(one.role).label,
                "acts": terms.act_titles(standing.ACTS[Role(one.role)].split()),
                "fields": terms.field_titles("secret", standing.FIELDS[Role(one.role)].split()),
                "by_task": Role(one.role) is Role.SERVICE_SPECIALIST,
            }
            for one in standing.candidates()
        ],
        chosen=request.form.get("holder", ""),
        until=until,
        most=request.form.get("most", ""),
        problem=problem,
        clause=clauses.line(Permission.GRANT_ASK),
    )


@bp.post("/approvals/standing")
@allow(Permission.GRANT_DECIDE)
def give_standing() -> ResponseReturnValue:
    """Give one, until a day within a year."""
    unit.current().write()
    try:
        most = _number(request.form.get("most", ""))
        until = day_of(request.form.get("until", ""))
        grant = standing.give(g.viewer, id_of(request.form.get("holder", "")), until, most)
    except Invalid as invalid:
        unit.current().undo()
        return _form(invalid.sentence), 422
    flash(_("常设授权单 %(number)s 已生效。", number=grant.number), "ok")
    return redirect("/approvals", 303)


def _number(text: str) -> int | None:
    text = halfwidth(text).strip()
    if not text:
        return None
    number = number_of(text, 10**6)
    if number is None or not 1 <= number <= terms.MOST:
        raise Invalid(_("请填 %(least)s 到 %(most)s 的整数。", least=1, most=terms.MOST))
    return number


@bp.post("/approvals/delegations")
@allow(Permission.GRANT_DELEGATE)
def delegate() -> ResponseReturnValue:
    """执行董事 decides in 总经理's place between two dates."""
    unit.current().write()
    first, last = (day_of(request.form.get(name, "")) for name in ("first", "last"))
    delegating.give(g.viewer, id_of(request.form.get("to", "")), first, last)
    flash(_("委托已生效，到期自动结束。"), "ok")
    return redirect("/approvals", 303)


@bp.post("/approvals/delegations/<uuid:delegation_id>/end")
@allow(Permission.GRANT_DELEGATE)
def end_delegation(delegation_id: UUID) -> ResponseReturnValue:
    """Take a delegation back at once."""
    unit.current().write()
    delegating.end(g.viewer, delegation_id)
    flash(_("委托已收回。"), "ok")
    return redirect("/approvals", 303)
