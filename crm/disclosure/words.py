"""The log's words: what its actions, results, purposes and fields are called on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from crm.access.fields import FIELDS
from crm.disclosure.actions import ACTIONS
from crm.disclosure.acts import PURPOSE_TITLES, Act
from crm.web.words import once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm.access.fields import Field

RESULTS = {"ok": _("成功"), "refused": _("被拒绝"), "failed": _("未完成")}
WHY = {
    "password": _("密码不对"),
    "unknown": _("没有这个登录名"),
    "code": _("验证码不对"),
    "used": _("验证码用过了"),
    "passkey": _("通行密钥没通过"),
    "recovery": _("恢复码不对或用过了"),
    "the law": _("按规定不能由此人办"),
    "locked": _("账号锁定中"),
    "disabled": _("账号已停用"),
    "not signed in": _("未登录"),
    "OverQuota": _("超过每日上限"),
    "gone": _("已不在公海"),
    "cool_down": _("还在冷却期"),
    "Invalid": _("没有用途"),
    "no open link": _("链接无效或已失效"),
    "forged": _("地址不对"),
    "another session": _("不是这次登录的"),
    "expired": _("已过一分钟"),
    "changed": _("内容已变"),
    "ended": _("权限或工作卡已结束"),
    "copy": _("复制"),
    "cut": _("剪切"),
    "drag": _("拖动"),
    "menu": _("右键菜单"),
    "print": _("打印"),
    "watermark": _("移除水印"),
}
PLACES: dict[str, Any] = {
    "all": _("全部"),
    "bin": _("移入回收站"),
    "compare": _("合并客户"),
    "complaints": _("投诉"),
    "contributing": _("补充信息"),
    "contribution": _("补充信息"),
    "contributions": _("待我处理"),
    "edit": _("编辑"),
    "erase": _("彻底删除联系人"),
    "falling": _("快要回公海的"),
    "grants": _("申请授权"),
    "history": _("变更历史"),
    "intake link": _("自填链接"),
    "latest": _("工作台"),
    "leaving": _("离职交接"),
    "merge": _("合并客户"),
    "mine": _("我负责的"),
    "notices": _("通知"),
    "own": _("我的补充"),
    "pool": _("公海"),
    "purchases": _("购买"),
    "seen-by": _("查阅记录"),
    "shared": _("我协作的"),
    "shred": _("彻底销毁客户"),
    "stale": _("档案质量"),
    "starred": _("星标"),
    "team": _("团队"),
    "today": _("今日联系"),
    "verify": _("核实"),
}
"""Where something was looked at: a list's scene, a card's tab."""
NAMED = 4
"""Fields an entry is told with by name; more are counted."""


@once
def _actions() -> dict[str, str]:
    return {code: str(title) for code, title in ACTIONS.items()}


@once
def _results() -> dict[str, str]:
    return {code: str(title) for code, title in RESULTS.items()}


@once
def _places() -> dict[str, str]:
    return {code: str(title) for code, title in PLACES.items()}


@once
def _purposes() -> dict[str, str]:
    return {one.value: str(title) for one, title in PURPOSE_TITLES.items()}


@once
def labels() -> dict[str, str]:
    """Field code → what the field is called: a card asks for some thirty."""
    return {code: str(field.label) for code, field in FIELDS.items()}


@once
def _comma() -> str:
    return gettext("、")


def action(code: str) -> str:
    """查看, 打开工作卡 and the others."""
    return _actions().get(code, code)


def result(code: str) -> str:
    """成功, 被拒绝, 未完成."""
    return _results().get(code, code)


def purpose(code: str | None) -> str:
    """跟进, 拜访 and the others; nothing when none was given."""
    return _purposes().get(code, code) if code else ""


def place(action: str, detail: Mapping[str, Any]) -> str:
    """我负责的, 变更历史 and the others: where somebody looked, and whether by a search."""
    if action != Act.LIST:  # the log's own pages are called by other words
        return ""
    code = str(detail.get("scene") or detail.get("view") or "")
    kind = "stale" if code.startswith("stale") else code  # stale never → 档案质量
    told = _places().get(kind, "")
    return gettext("%(place)s，搜索", place=told) if told and detail.get("search") else told


def fields(names: Iterable[str]) -> str:
    """手机、住址: the fields an entry names, whichever contact's they are."""
    called = labels()
    found = list(dict.fromkeys(called[spec.code] for name in names if (spec := field_of(name))))
    told = _comma().join(found[:NAMED])
    return told + gettext(" 等 %(n)s 项", n=len(found)) if len(found) > NAMED else told


def field_of(name: str) -> Field | None:
    """The catalogue's field that an item's name means: contact.<id>.mobile → 手机."""
    kind, _dot, rest = name.partition(".")
    if kind == "fact":  # of a contribution: fact.<id>.contact.mobile
        return FIELDS.get(rest.partition(".")[2], FIELDS["contribution.value"])
    if kind == "change":  # change.<id>.new.contact.mobile
        return FIELDS.get(rest.split(".", 2)[-1], FIELDS["change.old"])
    row_kinds = {
        "follow_up": "follow_up.text",
        "extra": "extra",
        "purchase": "purchases",
    }
    return (
        FIELDS.get(name)
        or FIELDS.get(row_kinds.get(kind, ""))
        or FIELDS.get(f"contact.{rest.rpartition('.')[2]}")
    )


def reason(said: Mapping[str, Any]) -> str:
    """Why something was refused, as far as the entry says."""
    why = said["detail"].get("why")
    return str(WHY.get(why, "")) if why else ""
