"""The page 备份: take one now, drill, what was made, what a backup holds and where to put it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Response, g, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from crm import clock, jobs
from crm.access.permissions import Permission
from crm.audit import log
from crm.backups import bp, drills, folder, making, runs
from crm.backups.runs import BackupRun
from crm.db import db
from crm.errors import Invalid, Missing
from crm.web import unit
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.typing import ResponseReturnValue

SHOWN, DRILLS = 30, 6
MIB = 1 << 20
WHY = {
    "key": lazy_gettext("主密钥不是做这份备份时的那一把"),
    "damaged": lazy_gettext("备份文件不完整或被改动过"),
    "file": lazy_gettext("文件读写不成"),
    "disk": lazy_gettext("磁盘写不进去，可能满了"),
    "other": lazy_gettext("程序出了问题，详情见服务器记录"),
}
"""What went wrong, by the code that a run keeps."""


@bp.get("/admin/backups")
@allow(Permission.BACKUP_MANAGE)
def index() -> ResponseReturnValue:
    """What was backed up and drilled, and how far the one is that runs."""
    return _page()


def _page(problem: str = "", status: int = 200) -> ResponseReturnValue:
    backups, drilled = runs.latest(runs.BACKUP, SHOWN), runs.latest(runs.DRILL, DRILLS)
    busy = next((one for one in (*backups, *drilled) if one.is_busy), None)
    settings = folder.settings()
    return render_template(
        "admin/backups.html",
        problem=problem,
        busy=busy,
        backups=[_told(one) for one in backups if one is not busy],
        drills=[_told(one) for one in drilled if one is not busy],
        last=_ago(runs.last_done(runs.BACKUP)),
        drilled=_ago(runs.last_done(runs.DRILL)),
        late=runs.is_late(runs.BACKUP),
        drill_late=runs.is_late(runs.DRILL),
        may_drill=any(folder.find(one.facts.get("file", "")) for one in backups),
        folder=settings.backups,
        key=settings.master_key_file,
        keep=settings.backup_keep,
        inside=settings.backups.is_relative_to(settings.instance),
    ), status


def _ago(run: BackupRun | None) -> str:
    if run is None:
        return _("还没有")
    days = (clock.today() - clock.local(run.made_at).date()).days
    return _("今天") if days <= 0 else _("%(n)s 天前", n=days)


def _told(run: BackupRun) -> dict[str, Any]:
    """A run in the page's words."""
    facts, state = run.facts, "failed" if run.is_cut_off else run.state
    label, tone = {
        "done": (_("完成"), "ok"),
        "failed": (_("中断") if run.is_cut_off else _("没有成功"), "warn"),
    }.get(state, (_("进行中"), "idle"))
    if run.kind == runs.DRILL:
        label = _("通过") if state == "done" else _("没有通过")
        if facts.get("opened", 0) < facts.get("boxes", 0):
            tone = "warn"
    return {
        "id": run.id,
        "at": run.made_at,
        "label": label,
        "tone": tone,
        "why": str(WHY[facts["why"]]) if facts.get("why") in WHY else "",
        "who": _who(run),
        "megabytes": f"{facts['bytes'] / MIB:.1f}" if "bytes" in facts else "",
        "leaf": facts.get("leaf", "")[:12],
        "there": folder.find(facts.get("file", "")) is not None,
        "facts": facts,
    }


def _who(run: BackupRun) -> str:
    if run.nightly:
        return _("每晚自动")
    return run.login if run.login != runs.NOBODY else _("命令行")


@bp.post("/admin/backups")
@allow(Permission.BACKUP_MANAGE)
def take() -> ResponseReturnValue:
    """A backup into the folder, now; the page shows how far it is."""
    return _begin(runs.BACKUP)


@bp.post("/admin/backups/drill")
@allow(Permission.BACKUP_MANAGE)
def drill() -> ResponseReturnValue:
    """Really restore the newest backup, look it over, throw it away."""
    unit.current().write()
    if drills.newest() is None:
        return _page(_("还没有可以演练的备份，请先备份一次。"), 422)
    return _begin(runs.DRILL)


def _begin(kind: str) -> ResponseReturnValue:
    unit.current().write()
    if runs.is_busy():  # tapped twice, or somebody else was faster: the page shows what runs
        return redirect("/admin/backups", 303)
    run_id = runs.begin(kind, g.viewer.login)
    actor, address = g.viewer.actor(), unit.current().address
    unit.current().settle()

    def work(one: UUID) -> None:
        if kind == runs.DRILL:
            drills.carry_out(one, actor)
        else:
            making.into_folder(one, actor, nightly=False)

    jobs.start(run_id, actor, address, work)
    return redirect("/admin/backups", 303)


@bp.post("/admin/backups/<uuid:run_id>/download")
@allow(Permission.BACKUP_MANAGE)
def download(run_id: UUID) -> ResponseReturnValue:
    """The sealed file, to be put on another machine; that it left is an entry in the log."""
    run = db.session.get(BackupRun, run_id)
    if run is None or run.kind != runs.BACKUP:
        raise Missing
    found = folder.find(run.facts.get("file", ""))
    if found is None:
        raise Invalid(_("这份备份已不在服务器的文件夹里。"))
    facts = run.facts
    log.say(
        "backup_fetched",
        subject_type="archive",
        detail={"made_at": run.made_at.isoformat(), "size": facts["size"], "leaf": facts["leaf"]},
    )
    headers = {
        "Content-Disposition": f"attachment; filename=kedang-{found.name}",
        "Content-Length": str(found.stat().st_size),
    }
    return Response(_pieces(found), mimetype="application/octet-stream", headers=headers)


def _pieces(path: Path) -> Iterator[bytes]:
    """A long file a little at a time; it is closed when the last piece has gone."""
    with path.open("rb") as file:
        while piece := file.read(MIB):
            yield piece
