"""Bringing purchases in: choose a file, look it over, go."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm import jobs
from crm.access.permissions import Permission
from crm.customers.imports import Unreadable
from crm.customers.purchases import bringing
from crm.customers.views import bp
from crm.errors import Invalid
from crm.web import unit
from crm.web.guard import allow
from crm.web.text import clean_line

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

SHOWN = 50


@bp.route("/customers/purchases/import", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_PURCHASE)
def purchases_file() -> ResponseReturnValue:
    """The upload form; a file that was sent is looked over, and nothing is brought in yet."""
    if request.method != "POST":
        return _choose()
    given = request.files.get("file")
    if given is None or not given.filename:
        return _choose(_("请选择一个 .xlsx 或 .csv 文件。"), 422)
    content, name = given.read(), clean_line(given.filename, 200).text[-80:]
    try:
        outcome = bringing.read(g.viewer, content, name)  # it may take seconds: no lock is held
    except Unreadable as unreadable:
        return _choose(unreadable.sentence, 422)
    unit.current().write()
    job = bringing.begin(g.viewer, content, name, outcome)
    return render_template(
        "customers/purchases_import.html",
        job=job,
        outcome=outcome,
        rows=outcome.rows[:SHOWN],
        bad=outcome.bad[:SHOWN],
        problem="",
    )


def _choose(problem: str = "", status: int = 200) -> ResponseReturnValue:
    return render_template(
        "customers/purchases_import.html", job=None, outcome=None, problem=problem
    ), status


@bp.post("/customers/purchases/import/<uuid:job_id>")
@allow(Permission.CUSTOMER_PURCHASE)
def purchases_go(job_id: UUID) -> ResponseReturnValue:
    """Go. Sent twice, it brings them in once."""
    unit.current().write()
    job = jobs.get(job_id, g.viewer.id, "purchases")
    if job.state == "done":
        return redirect("/customers/purchases/import", 303)
    if not jobs.has_file(job):
        raise Invalid(_("上传的文件已过期，请重新上传。"))
    if job.state == "running" and not jobs.is_cut_off(job):
        return redirect("/customers/purchases/import", 303)
    jobs.progress(job_id, state="running")
    viewer, address = g.viewer, unit.current().address
    unit.current().settle()
    added = bringing.carry_out(viewer, job_id, address)
    flash(_("已导入 %(n)s 笔购买。", n=added), "ok")
    return redirect("/customers/purchases/import", 303)
