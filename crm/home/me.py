"""One's own page: 我能看什么、为什么, the quota, the sessions, the language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import g, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import update

from crm.access import law
from crm.access.fields import Level
from crm.access.permissions import Permission
from crm.accounts import sessions
from crm.accounts.agents import WECHAT
from crm.accounts.people import Person
from crm.db import db
from crm.disclosure import openings
from crm.errors import Missing
from crm.home import bp
from crm.home.sentences import GROUPS, SENTENCES
from crm.web import unit
from crm.web.forms import own_path
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    Line = tuple[str, bool, str, str, str]

LEVELS = {
    Level.OPEN: lazy_gettext("名称、行业、地区、等级等，可排序、可查找。"),
    Level.CONFIDENTIAL: lazy_gettext("联系人姓名、公司电话、跟进等，打开工作卡可看 15 分钟。"),
    Level.SECRET: lazy_gettext("手机、住址、家庭等，逐项查看，每次 60 秒。"),
}


@bp.get("/me")
@allow(Permission.SIGNED_IN)
def me() -> ResponseReturnValue:
    """What the law gives this person, with clauses, and where they are signed in."""
    quota = law.quota(g.viewer)
    return render_template(
        "accounts/me.html",
        sessions=_sessions(),
        law=[(str(title), [_line(one) for one in permissions]) for title, permissions in GROUPS],
        levels=[(level.value, level.label, str(LEVELS[level])) for level in Level],
        quota_used=openings.used_today(g.viewer),
        quota_limit=quota or None,
    )


def _line(permission: Permission) -> Line:
    right = law.right(g.viewer.role, permission)
    if right is None:
        why = (
            _("岗位没有这项权限；因工作需要，经总经理批准")
            if permission.value.startswith("customer:")
            else _("由别的岗位负责")
        )
        archive = permission.value.startswith("customer:")
        return (
            str(SENTENCES[permission]),
            False,
            "",
            _("细则第二章·客户档案管理(6)") if archive else "",
            why,
        )
    whose = right.scope.label if permission.value.startswith("customer:") else ""
    return str(SENTENCES[permission]), True, whose, right.cited, str(right.note)


def _sessions() -> list[dict[str, object]]:
    return [
        session_row(one, current=one.id == g.viewer.session_id)
        for one in sessions.open_ones(g.viewer.id)
    ]


def session_row(row: sessions.SignIn, *, current: bool = False) -> dict[str, object]:
    """A session as a page lists it."""
    return {
        "id": row.id,
        "started_at": row.started_at,
        "seen_at": row.seen_at,
        "address": row.address,
        "device": row.device.replace(WECHAT, _("微信")) or _("未知设备"),
        "current": current,
        "pending": row.pending,
    }


@bp.post("/me/sessions/<uuid:session_id>/end")
@allow(Permission.SIGNED_IN)
def end_session(session_id: UUID) -> ResponseReturnValue:
    """End one of one's own sessions; it stops working at its next request."""
    unit.current().write()
    if session_id not in {one.id for one in sessions.open_ones(g.viewer.id)}:
        raise Missing
    sessions.end(session_id, by="owner")
    return redirect("/me")


@bp.post("/me/language")
@allow(Permission.ANYONE)
def language() -> ResponseReturnValue:
    """Chinese or English, kept with the account, or in a cookie; then back to the same page."""
    chosen = "en" if request.form.get("language") == "en" else "zh"
    if g.viewer:
        unit.current().write()
        db.session.execute(update(Person).where(Person.id == g.viewer.id).values(language=chosen))
    response = make_response(redirect(own_path(request.form.get("back", "/"))))
    response.set_cookie("language", chosen, max_age=31_536_000, httponly=True, samesite="Lax")
    return response
