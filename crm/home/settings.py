"""公司设置: what the house may change about its own rules, each with its meaning and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from crm import settings
from crm.access.permissions import Permission
from crm.authority import wording
from crm.customers.pool import rules
from crm.customers.purchases import classify
from crm.home import bp
from crm.settings import Typed
from crm.web import unit
from crm.web.guard import allow
from crm.work.leaving import rules as leaving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from crm.settings import Setting

GROUPS = {
    "pool": (_l("公海规则"), _l("太久没有跟进的客户自动回公海，同事可以认领。"), rules.TABLE),
    "leaving": (_l("离职交接"), _l("提前多久提出、由谁签字。"), leaving.TABLE),
    "level": (_l("等级建议"), _l("按近一年采购提出 A–D 建议；等级只由人来改。"), classify.TABLE),
    "clause": (
        _l("条款用语"),
        _l("请求和拒绝处显示的那一行，可写成本公司的制度；留空就用默认的说法。"),
        wording.TABLE,
    ),
}
"""Every table of settings there is: code → title, meaning, the area's own literal table."""


@bp.get("/admin/settings")
@allow(Permission.HOUSE_SETTINGS)
def house_settings() -> ResponseReturnValue:
    """Every setting as it stands."""
    return _page()


@bp.post("/admin/settings")
@allow(Permission.HOUSE_SETTINGS)
def change_settings() -> ResponseReturnValue:
    """Keep one group's settings; every change is an entry with old and new."""
    unit.current().write()
    group = request.form.get("group", "")
    if group not in GROUPS:
        return _page(_("没有这一组设置。")), 422
    table = GROUPS[group][2]
    typed = settings.typed(table, request.form.to_dict(flat=False))
    if typed.errors:
        count = len(typed.errors)
        told = _("还有 %(count)s 处要改，已在下面标出；您填的内容都还在。", count=count)
        return _page(told, typed), 422
    changed = settings.change(g.viewer, table, typed.values)
    flash(_("已保存。") if changed else _("没有变化。"), "ok")
    return redirect("/admin/settings", 303)


def _page(problem: str = "", typed: Typed | None = None) -> str:
    groups = [
        (code, str(title), str(meaning), _slots(table, typed or Typed()))
        for code, (title, meaning, table) in GROUPS.items()
    ]
    return render_template("admin/settings.html", groups=groups, problem=problem)


def _slots(table: Sequence[Setting], typed: Typed) -> list[dict[str, Any]]:
    now = settings.read(table)
    return [_slot(one, typed.values.get(one.name, now[one]), typed) for one in table]


def _slot(one: Setting, value: Any, typed: Typed) -> dict[str, Any]:
    error = typed.errors.get(one.name)
    return {
        "name": one.name,
        "kind": one.kind,
        "title": str(one.title),
        "meaning": str(one.meaning),
        "unit": str(one.unit),
        "least": one.least,
        "most": one.most,
        "value": request.form.get(one.name, "") if error else value,
        "several": [(code, str(title), code in value) for code, title in one.choices],
        "default": str(one.default) if one.kind == "number" else "",
        "error": error,
    }
