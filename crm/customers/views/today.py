"""今日联系: who to call today, one after the other, without a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access.permissions import Permission
from crm.customers import cards, due, followups
from crm.customers.followups import Kind, Outcome
from crm.customers.views import bp
from crm.customers.views.follow_ups import outcome_of
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import day_of, id_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

SHOWN = 30


@bp.get("/today")
@allow(Permission.CUSTOMER_DIAL)
def today() -> ResponseReturnValue:
    """The own customers due by today, the most overdue first; one in front, the rest below."""
    waiting = due.lines(g.viewer, SHOWN)
    front = _front(waiting, request.args.get("card", ""))
    done = due.done_today(g.viewer)
    return render_template(
        "customers/today.html",
        card=front,
        rest=[line for line in waiting if front is None or line["id"] != front["id"]],
        left=due.count(g.viewer),
        done=sum(done.values()),
        outcomes=[(outcome.value, outcome.label) for outcome in Outcome],
        results=[(Outcome(code).label, number) for code, number in done.items() if code],
        quick_dates=followups.quick_dates(),
    )


def _front(waiting: list[dict[str, Any]], chosen: str) -> dict[str, Any] | None:
    return next(
        (line for line in waiting if str(line["id"]) == chosen), waiting[0] if waiting else None
    )


@bp.post("/today/<uuid:customer_id>")
@allow(Permission.CUSTOMER_FOLLOW_UP)
def called(customer_id: UUID) -> ResponseReturnValue:
    """How the call ended and the next date; then the next card."""
    outcome = outcome_of(request.form.get("outcome", ""))
    if outcome is None:
        raise Invalid(_("请选择通话结果。"))
    unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_FOLLOW_UP)
    day = day_of(request.form.get("next_date") or request.form.get("next", "")) or _usual(outcome)
    text = followups.read(request.form.get("text", "")).text
    once = id_of(request.form.get("once", ""))
    followups.write(g.viewer, card, Kind.PHONE, text, outcome, day, once=once)
    return redirect("/today", 303)


def _usual(outcome: Outcome) -> date | None:
    """The date when none was tapped: none for a dead number, tomorrow if missed, else in 3 days."""
    tomorrow, later = (day for _title, day in followups.quick_dates()[:2])
    return {Outcome.MISSED: tomorrow, Outcome.DEAD: None}.get(outcome, later)
