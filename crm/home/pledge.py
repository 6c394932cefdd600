"""保密承诺与监测告知: what is logged, who reads it, what is forbidden – read and acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from crm.access.permissions import Permission
from crm.accounts import pledge
from crm.accounts.people import Person
from crm.db import db
from crm.home import bp
from crm.web import unit
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.route("/me/pledge", methods=["GET", "POST"])
@allow(Permission.SIGNED_IN)
def pledged() -> ResponseReturnValue:
    """The wording, a tick and a button; until it is acknowledged nothing else can be reached."""
    if request.method != "POST":
        return _page()
    if request.form.get("agreed") != "1":
        return _page(_("请先勾选“我已阅读并承诺遵守”。")), 422
    unit.current().write()
    pledge.acknowledge(g.viewer.id)
    return redirect("/", 303)


def _page(problem: str = "") -> str:
    last = db.session.scalar(select(Person.pledged_at).where(Person.id == g.viewer.id))
    return render_template(
        "accounts/pledge.html",
        due=not g.viewer.pledged,
        last=last,
        version=pledge.VERSION,
        problem=problem,
        logged=_logged(),
        forbidden=_forbidden(),
    )


def _logged() -> list[str]:
    return [
        _(
            "浏览、打开、查看、拨打、导航、编辑、复制、打印、导出："
            "谁、何时、哪家客户、哪几项、什么用途、从哪里登录。"
        ),
        _("只记项目的名称，不记内容；您写的用途说明密封保存。"),
        _("日志由市场主管和执行董事查阅，每次查阅也有记录；系统管理员和安全管理员读不到。"),
        _("日志长期保存：只增加，不修改，不删除。"),
        _("离职交接期内，主管会回看最近 60 天的查阅记录。"),
    ]


def _forbidden() -> list[tuple[str, str]]:
    return [
        (
            _("未经授权不查询、不复印，也不以其他方式带出客户档案。"),
            _("细则第二章·客户档案管理(3)"),
        ),
        (
            _("不向外泄露客户档案；我知道一旦泄露，公司会立即解聘。"),
            _("细则第二章·客户档案管理(5)(9)"),
        ),
    ]
