"""导出: what a grant lets one carry out – made in the background, fetched once, gone in a day."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, redirect, render_template, request, send_file
from flask_babel import gettext as _

from crm import jobs
from crm.access import clauses
from crm.access.permissions import Permission
from crm.accounts import fresh
from crm.audit import log
from crm.customers import exporting
from crm.customers.exporting import KIND
from crm.customers.views import bp
from crm.customers.views.imports import WORKBOOK
from crm.disclosure.acts import Act
from crm.errors import Denied, Invalid
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

RECENT = 10


@bp.get("/exports")
@allow(Permission.GRANT_ASK)
def exports() -> ResponseReturnValue:
    """One's grants to export by, and the copies of the last days."""
    return render_template(
        "customers/exports.html",
        grants=exporting.allowed(g.viewer),
        copies=[_told(one) for one in jobs.recent(g.viewer.id, KIND, RECENT)],
        hours=int(jobs.KEPT.total_seconds() // 3600),
        clause=clauses.line(Permission.CUSTOMER_EXPORT),
    )


def _told(job: jobs.Job) -> dict[str, Any]:
    cut_off = jobs.is_cut_off(job) or job.state == "failed"
    return {
        "id": job.id,
        "serial": job.facts["serial"],
        "grant": job.facts["grant"],
        "at": job.made_at,
        "state": "failed" if cut_off else job.state,
        "done": job.done,
        "total": job.total,
        "there": job.state == "done" and jobs.has_file(job),
    }


@bp.post("/exports")
@fresh.needed
@allow(Permission.GRANT_ASK)
def make_export() -> ResponseReturnValue:
    """Make one copy of what a grant names."""
    unit.current().write()
    job_id = exporting.begin(g.viewer, id_of(request.form.get("grant", ""))).id
    viewer, address = g.viewer, unit.current().address
    unit.current().settle()
    work = exporting.carry_out
    jobs.start(job_id, viewer.actor(), address, lambda one: work(viewer, one, address))
    return redirect(f"/exports/{job_id}", 303)


@bp.get("/exports/<uuid:job_id>")
@allow(Permission.GRANT_ASK)
def export_job(job_id: UUID) -> ResponseReturnValue:
    """How far a copy is; once it is there, the button that fetches it."""
    job = jobs.get(job_id, g.viewer.id, KIND)
    hours = int(jobs.KEPT.total_seconds() // 3600)
    return render_template("customers/export_job.html", job=_told(job), hours=hours)


@bp.post("/exports/<uuid:job_id>/download")
@fresh.needed
@allow(Permission.GRANT_ASK)
def fetch_export(job_id: UUID) -> ResponseReturnValue:
    """The copy, once: it is shredded here before it leaves."""
    unit.current().write()
    job = jobs.get(job_id, g.viewer.id, KIND)
    if g.viewer.leaving:
        log.refuse(Act.EXPORT.value, subject_type="job", subject_ids=(job_id,))
        raise Denied("", clauses.at("leaving"))
    if job.state != "done" or not jobs.has_file(job):
        raise Invalid(_("这份导出已下载过或已过期，不能再下载。"))
    made = jobs.content(job_id)
    jobs.forget(job_id)
    serial = job.facts["serial"]
    log.say("export_fetched", subject_type="job", subject_ids=(job_id,), detail={"serial": serial})
    return send_file(
        io.BytesIO(made), mimetype=WORKBOOK, as_attachment=True, download_name=f"{serial}.xlsx"
    )
