"""移交: cards from one person to one or several, counted first; large ones run as a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm import jobs
from crm.access.permissions import Permission
from crm.customers import followups, handing, passing, standing
from crm.customers.handing import NOBODY, Wanted
from crm.customers.narrowing import OF_A_CARD
from crm.customers.status import LEVELS, Status
from crm.customers.views import bp
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import id_of, number_of
from crm.web.guard import allow
from crm.web.text import clean_line

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

KIND = "handover"
RECENT = 5


@bp.get("/customers/handover")
@allow(Permission.CUSTOMER_ASSIGN)
def handover() -> ResponseReturnValue:
    """Whose cards, which of them, to whom and why; how many that is stands there first."""
    return _form(_wanted(request.args))


def _wanted(given: Any) -> Wanted:
    whose = given.get("from", "")
    ids = [one for text in given.getlist("id") if (one := id_of(text))]
    filters = {
        name: text for name in OF_A_CARD if (text := clean_line(given.get(name, ""), 60).text[:60])
    }
    return Wanted(ids[: handing.AT_ONCE], id_of(whose), whose == NOBODY, filters)


def _form(wanted: Wanted, problem: str = "") -> str:
    return render_template(
        "customers/handover.html",
        wanted=wanted,
        whose=NOBODY if wanted.from_nobody else str(wanted.from_id or ""),
        count=handing.count(wanted),
        most=handing.MOST,
        people=handing.people(),
        candidates=standing.staying(),
        chosen=request.form.getlist("to"),
        why=request.values.get("why", ""),
        note=request.form.get("note", ""),
        reasons=list(passing.REASONS.items()),
        levels=LEVELS,
        statuses=[(one.value, one.label) for one in Status],
        recent=[_told(one) for one in jobs.recent(g.viewer.id, KIND, RECENT)],
        problem=problem,
    )


def _told(job: jobs.Job) -> dict[str, Any]:
    state = "cut-off" if jobs.is_cut_off(job) else job.state
    to = _("、").join(job.facts.get("to", []))
    return {
        "id": job.id,
        "state": state,
        "done": job.done,
        "total": job.total,
        "to": to,
        "at": job.made_at,
    }


@bp.post("/customers/handover")
@allow(Permission.CUSTOMER_ASSIGN)
def hand_over() -> ResponseReturnValue:
    """Move them: at once when they are few, else in the background."""
    unit.current().write()
    wanted = _wanted(request.form)
    expected = number_of(request.form.get("count", ""), 10**6)
    try:
        to = handing.receivers(request.form.getlist("to"))
        made = handing.hand_over(
            g.viewer,
            wanted,
            to,
            request.form.get("why", ""),
            -1 if expected is None else expected,
            note=followups.read(request.form.get("note", "")).text,
        )
    except Invalid as invalid:
        unit.current().undo()
        return _form(wanted, invalid.sentence), 422
    if isinstance(made, int):
        flash(_("已移交 %(n)s 家。", n=made), "ok")
        return redirect("/customers/handover", 303)
    return _start(made.id)


def _start(job_id: UUID) -> ResponseReturnValue:
    jobs.progress(job_id, state="running")
    viewer, address = g.viewer, unit.current().address
    unit.current().settle()
    jobs.start(job_id, viewer.actor(), address, lambda one: handing.carry_out(viewer, one, address))
    return redirect(f"/customers/handover/{job_id}", 303)


@bp.get("/customers/handover/<uuid:job_id>")
@allow(Permission.CUSTOMER_ASSIGN)
def handover_job(job_id: UUID) -> ResponseReturnValue:
    """How far a large handover is."""
    job = jobs.get(job_id, g.viewer.id, KIND)
    return render_template("customers/handover_job.html", job=_told(job))


@bp.post("/customers/handover/<uuid:job_id>/go-on")
@allow(Permission.CUSTOMER_ASSIGN)
def go_on(job_id: UUID) -> ResponseReturnValue:
    """A handover that was cut off goes on where it was."""
    unit.current().write()
    job = jobs.get(job_id, g.viewer.id, KIND)
    if job.state != "failed" and not jobs.is_cut_off(job):
        return redirect(f"/customers/handover/{job_id}", 303)
    if not jobs.has_file(job):
        raise Invalid(_("移交名单已过期，请重新选择。"))
    return _start(job_id)
