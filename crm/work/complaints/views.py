"""投诉: taking one, seeing one's own, closing it with what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access import clauses
from crm.access.permissions import Permission
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow
from crm.web.text import clean, clean_line
from crm.work import bp
from crm.work.complaints import records

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/work/complaints")
@allow(Permission.COMPLAINT_HANDLE)
def complaints() -> ResponseReturnValue:
    """One's own complaints, the open ones first."""
    return _page()


def _page(problem: str = "") -> str:
    rows = records.mine(g.viewer)
    return render_template(
        "work/complaints.html",
        waiting=[one for one in rows if one["closed_at"] is None],
        closed=[one for one in rows if one["closed_at"] is not None],
        granted=g.viewer.granted,
        name=request.form.get("name", ""),
        text=request.form.get("text", ""),
        problem=problem,
        clause=clauses.line(Permission.GRANT_ASK),
    )


@bp.post("/work/complaints")
@allow(Permission.COMPLAINT_HANDLE)
def take_complaint() -> ResponseReturnValue:
    """Write down who complains and what about."""
    unit.current().write()
    name = clean_line(request.form.get("name", ""), records.NAME)
    text = clean(request.form.get("text", ""), records.TEXT)
    if not name.text or not text.text:
        return _page(_("客户名称和投诉内容都要填写。")), 422
    if name.over or text.over:
        return _page(_("最多 %(n)s 字。", n=records.NAME if name.over else records.TEXT)), 422
    made = records.take(g.viewer, name.text, text.text, id_of(request.form.get("once", "")))
    flash(_("已登记 %(number)s。", number=made.number), "ok")
    return redirect("/work/complaints", 303)


@bp.post("/work/complaints/<uuid:complaint_id>/close")
@allow(Permission.COMPLAINT_HANDLE)
def close_complaint(complaint_id: UUID) -> ResponseReturnValue:
    """Close it; from here on the customer's card is shut again."""
    unit.current().write()
    outcome = clean(request.form.get("outcome", ""), records.TEXT)
    if not outcome.text or outcome.over:
        raise Invalid(_("请写处理结果，最多 %(n)s 字。", n=records.TEXT))
    made = records.close(g.viewer, complaint_id, outcome.text)
    flash(_("%(number)s 已办结，客户联系方式随即关闭。", number=made.number), "ok")
    return redirect("/work/complaints", 303)
