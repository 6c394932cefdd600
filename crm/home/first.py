"""The first page: what waits for this person, what is late, how their customers stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, render_template
from flask_babel import gettext as _

from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.audit import log, reading
from crm.audit.reading import Wanted
from crm.authority import deciding, lawmaking
from crm.customers import due, happened
from crm.desk.telling import told
from crm.desk.today import overview
from crm.home import bp, panels, shell
from crm.web import counting
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

RECENT = 6


@bp.get("/")
@allow(Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Whom to contact today, what is overdue, what happened; nobody's page is empty."""
    common = {
        "panels": panels.shown(g.viewer),
        "asked": deciding.how_many(g.viewer),
        "changes": lawmaking.how_many(g.viewer),
    }
    if law.scope(g.viewer, Permission.CUSTOMER_DIAL) is not None:
        wide = law.scope(g.viewer, Permission.CUSTOMER_LIST) is Scope.ALL
        values = _calls() | (_happened() if wide else {})
        kind = "executive" if wide else "salesperson"
        return render_template("home/index.html", kind=kind, **common, **values)
    if law.scope(g.viewer, Permission.LOG_READ) is not None:
        log.say("log_read", subject_type="log", detail={"view": "first page"})
        return render_template("home/index.html", kind="supervisor", **common, **overview())
    return render_template(
        "home/index.html", kind="other", headline=_hello(), doings=_doings(), **common
    )


def _happened() -> dict[str, Any]:
    """How the whole archive stands, for who may list all of it."""
    counts = happened.figures()
    return {
        "figures": [
            (_("今天有动静"), counts["touched"], _("新建或跟进的客户"), "/customers?scene=all"),
            (_("今天要联系"), counts["due"], _("全公司"), "/customers?scene=all&next=today"),
            (_("逾期未联系"), counts["overdue"], _("全公司"), "/customers?scene=all&next=overdue"),
        ],
        "latest": happened.latest(g.viewer),
    }


def _calls() -> dict[str, Any]:
    day = due.overview(g.viewer)
    if day["overdue_count"] or day["today_count"]:
        headline = _(
            "今天要联系 %(n)s 家", n=counting.told(day["overdue_count"] + day["today_count"])
        )
    else:
        headline = _hello()
    lead = _(
        "我负责 %(owned)s 家 · 今天已联系 %(done)s 家",
        owned=counting.told(day["owned_count"]),
        done=day["done_count"],
    )
    # Only what was let through: a refused look must not tell a stranger's name.
    # Lists are left out: what stood in the pool yesterday may be a stranger's card today.
    read = reading.entries(Wanted(actor_id=g.viewer.id, result="ok"), limit=40)
    recent = told(row for row in read if "scene" not in row.said["detail"])
    looks = [entry for entry in recent if entry.subject_url and entry.action_label][:RECENT]
    return day | {"headline": headline, "lead": lead, "recent": looks}


def _hello() -> str:
    return _("%(name)s，您好", name=g.viewer.name)


def _doings() -> list[tuple[str, str, str, str]]:
    """What this post can do here: its menu, with a sentence each."""
    sentences = {
        "/customers": _("按名称、拼音首字母或手机号找客户。"),
        "/grants": _("工作需要查阅客户时，写一份申请，由总经理审批。"),
        "/contributions": _("听到、看到的客户情况写下来；只写不读，由负责人确认。"),
        "/admin/people": _("建立账号、调整岗位、重设密码、结束登录。"),
        "/admin/policy": _("每个岗位能做什么，依据哪一条。"),
        "/admin/address": _("手机扫码打开本系统。"),
        "/admin/settings": _("公海规则、等级建议。"),
        "/audit": _("谁、何时、看了什么、为什么。"),
    }
    return [
        (str(item.label), sentences[item.url], item.url, item.icon)
        for item in shell.theirs(g.viewer.role)
        if item.url in sentences
    ]
