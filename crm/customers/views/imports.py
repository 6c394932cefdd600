"""Import: upload, look it over, go; progress, result, and the workbook of bad rows."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, redirect, render_template, request, send_file
from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock, jobs
from crm.access import law
from crm.access.fields import FIELDS
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.accounts.people import Person
from crm.audit import log
from crm.customers import importing
from crm.customers.imports import Unreadable, workbooks
from crm.customers.imports.columns import COLUMNS
from crm.customers.views import bp
from crm.db import db
from crm.errors import Invalid
from crm.web import unit
from crm.web.guard import allow
from crm.web.text import clean_line

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.customers.imports.outcome import Outcome

SHOWN, BAD_SHOWN, RECENT = 20, 50, 5
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/customers/import")
@allow(Permission.CUSTOMER_IMPORT)
def choose_file() -> ResponseReturnValue:
    """The upload form, the template, and one's latest imports."""
    return _choose()


def _choose(problem: str = "", status: int = 200) -> ResponseReturnValue:
    recent = [_brief(job) for job in jobs.recent(g.viewer.id, "import", RECENT)]
    return render_template("customers/import.html", problem=problem, recent=recent), status


def _brief(job: jobs.Job) -> dict[str, Any]:
    label, tone = {
        "waiting": (_("待核对"), "idle"),
        "running": (_("导入中"), "warn"),
        "done": (_("已导入"), "ok"),
        "failed": (_("没有导入"), "warn"),
    }[job.state]
    url = f"/customers/import/{job.id}"
    return {
        "id": job.id,
        "filename": job.facts["filename"],
        "at": job.made_at,
        "author": "",
        "state_label": label,
        "tone": tone,
        "good": job.facts.get("new", 0) + job.facts.get("changed", 0),
        "bad": job.facts.get("bad", 0),
        "url": url,
        "errors_url": f"{url}/errors.xlsx" if job.facts.get("bad") else None,
    }


@bp.get("/customers/import/template.xlsx")
@allow(Permission.CUSTOMER_IMPORT)
def template() -> ResponseReturnValue:
    """The empty sheet to fill in."""
    return _workbook(workbooks.template(), _("客户导入模板"))


def _workbook(content: bytes, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(content), WORKBOOK, as_attachment=True, download_name=f"{name}.xlsx")


@bp.post("/customers/import")
@allow(Permission.CUSTOMER_IMPORT)
def upload() -> ResponseReturnValue:
    """Read a file and show what it would do; nothing is brought in yet."""
    given = request.files.get("file")
    if given is None or not given.filename:
        return _choose(_("请选择一个 .xlsx 或 .csv 文件。"), 422)
    content, name = given.read(), clean_line(given.filename, 200).text[-80:]
    try:
        _sheet, outcome = importing.read(content, name)  # it may take seconds: no lock is held
    except Unreadable as unreadable:
        return _choose(unreadable.sentence, 422)
    unit.current().write()
    job, counts = importing.begin(g.viewer, content, name, outcome)
    return _preview(job, outcome, counts.facts())


def _preview(job: jobs.Job, outcome: Outcome, counts: dict[str, int]) -> str:
    bad = [{"row": one.row, "reason": one.what} for one in outcome.problems]
    headings = [_("客户名称"), _("行业"), _("地区"), _("等级"), _("标签"), _("负责人"), _("联系人")]
    rows = [
        [
            one.name,
            one.industry,
            one.region,
            one.level,
            " ".join(one.tags),
            one.owner,
            _("%(n)s 位", n=len(one.contacts)),
        ]
        for one in outcome.drafts[:SHOWN]
    ]
    notes = [*outcome.notes, *_for_others(outcome)]
    return render_template(
        "customers/import_preview.html",
        batch={"id": job.id, "filename": job.facts["filename"], "total": job.total},
        counts=counts,
        columns=[(one.title, str(FIELDS[one.code].label), one.level.label) for one in COLUMNS],
        headings=headings,
        rows=rows,
        bad=bad[:BAD_SHOWN],
        notes=notes,
    )


def _for_others(outcome: Outcome) -> list[str]:
    """That new cards become somebody else's, and are then not the importer's to see."""
    theirs = Counter(one.owner for one in outcome.drafts if one.owner)
    theirs.pop(g.viewer.login, None)
    if not theirs or law.scope(g.viewer, Permission.CUSTOMER_LIST) is Scope.ALL:
        return []
    wanted = select(Person.login, Person.name).where(Person.login.in_(theirs))
    named = {row.login: row.name for row in db.session.execute(wanted)}
    told = _("、").join(
        _("%(name)s %(n)s 家", name=named.get(login, login), n=number)
        for login, number in theirs.most_common()
    )
    return [_("其中 %(told)s：导入后由他们负责，您看不到这些客户。", told=told)]


@bp.post("/customers/import/<uuid:job_id>/confirm")
@allow(Permission.CUSTOMER_IMPORT)
def confirm(job_id: UUID) -> ResponseReturnValue:
    """Go: the import runs in the background; sending this twice starts it once."""
    unit.current().write()
    job = jobs.get(job_id, g.viewer.id, "import")
    waiting = job.state in {"waiting", "failed"} or jobs.is_cut_off(job)
    if not waiting:
        return redirect(f"/customers/import/{job_id}", 303)
    if not jobs.has_file(job):
        raise Invalid(_("上传的文件已过期，请重新上传。"))
    jobs.progress(job_id, state="running", done=0)
    viewer, address = g.viewer, unit.current().address
    unit.current().settle()
    jobs.start(
        job_id, viewer.actor(), address, lambda one: importing.carry_out(viewer, one, address)
    )
    return redirect(f"/customers/import/{job_id}", 303)


@bp.get("/customers/import/<uuid:job_id>")
@allow(Permission.CUSTOMER_IMPORT)
def job_page(job_id: UUID) -> ResponseReturnValue:
    """How far an import is, and what it did."""
    job = jobs.get(job_id, g.viewer.id, "import")
    if job.state == "waiting":
        return _again(job)
    facts, cut_off = job.facts, jobs.is_cut_off(job)
    shown = {
        "id": job.id,
        "filename": facts["filename"],
        "state": "failed" if cut_off else job.state,
        "done": job.done,
        "total": job.total,
        "errors_url": f"/customers/import/{job.id}/errors.xlsx"
        if facts.get("bad") and jobs.has_file(job)
        else None,
        "message": _("导入中断了：已导入的都在，可以接着导入。")
        if cut_off
        else _("系统出了点问题，可以接着导入；已导入的不会重复。"),
        "seconds": round((job.said_at - job.made_at).total_seconds(), 1)
        if job.state == "done"
        else None,
        "again_url": f"/customers/import/{job.id}/confirm" if jobs.has_file(job) else None,
    } | {name: facts.get(name, 0) for name in ("new", "changed", "same", "held", "bad")}
    return render_template("customers/import_job.html", job=shown)


def _again(job: jobs.Job) -> ResponseReturnValue:
    if not jobs.has_file(job):
        raise Invalid(_("上传的文件已过期，请重新上传。"))
    _sheet, outcome = importing.read(jobs.content(job.id), job.facts["filename"])
    log.say("import_read", subject_type="job", subject_ids=(job.id,), detail={"rows": job.total})
    return _preview(job, outcome, job.facts["expected"])


@bp.get("/customers/import/<uuid:job_id>/errors.xlsx")
@allow(Permission.CUSTOMER_IMPORT)
def errors(job_id: UUID) -> ResponseReturnValue:
    """The bad rows as they were, with their reasons: one's own upload, handed back, and logged."""
    job = jobs.get(job_id, g.viewer.id, "import")
    found, outcome = importing.read(jobs.content(job_id), job.facts["filename"])
    log.say(
        "import_errors",
        subject_type="job",
        subject_ids=(job_id,),
        detail={"rows": len({one.row for one in outcome.problems})},
    )
    name = _("导入问题") + clock.today().isoformat()
    return _workbook(workbooks.errors(found, outcome.problems), name)
