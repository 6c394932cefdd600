"""The log's words: what its actions, results, purposes and fields are called on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from crm.access.fields import FIELDS
from crm.disclosure.acts import ACT_TITLES, PURPOSE_TITLES, Act
from crm.web.words import once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm.access.fields import Field

ACTIONS: dict[str, Any] = {act.value: title for act, title in ACT_TITLES.items()} | {
    "access": _("访问"),
    "assign": _("改负责人"),
    "backup_drilled": _("恢复演练"),
    "backup_fetched": _("下载备份"),
    "backup_made": _("备份"),
    "bin": _("移入回收站"),
    "claim": _("从公海认领"),
    "consent": _("记录同意"),
    "consent_withdrawn": _("撤回同意"),
    "contact_erased": _("彻底删除联系人"),
    "contribute": _("补充信息"),
    "contribution_decided": _("处理补充信息"),
    "create": _("新建客户"),
    "demo": _("建立演示公司"),
    "field_added": _("增加字段"),
    "duplicates": _("查重"),
    "follow_up": _("写跟进"),
    "delegated": _("委托代行审批"),
    "grant_approved": _("批准授权"),
    "grant_asked": _("申请授权"),
    "grant_confirmed": _("第二人确认授权"),
    "grant_decided": _("审批授权"),
    "grant_refused": _("不批准授权"),
    "grant_revoked": _("停止授权"),
    "grant_shown": _("查看授权单"),
    "grant_standing": _("签发常设授权单"),
    "grant_withdrawn": _("撤回授权申请"),
    "handover": _("移交客户"),
    "import": _("导入"),
    "import_errors": _("下载导入问题表"),
    "import_read": _("读取导入文件"),
    "intake": _("客户自填"),
    "intake_corrected": _("客户更正自填"),
    "intake_link": _("发自填链接"),
    "intake_revoked": _("撤回自填链接"),
    "intake_withdrawn": _("客户撤回自填"),
    "key_retired": _("销毁旧密钥"),
    "key_rewrapped": _("换密钥完成"),
    "key_rotated": _("启用新密钥"),
    "leaving_closed": _("离职办结、关闭账号"),
    "leaving_consented": _("同意缩短离职时间"),
    "leaving_given": _("登记离职"),
    "leaving_signed": _("离职交接签字"),
    "leaving_ticked": _("确认离职交接项"),
    "leaving_unfinished": _("离职未办完、冻结账号"),
    "leaving_withdrawn": _("撤回离职"),
    "log_exported": _("导出日志"),
    "log_read": _("阅读日志"),
    "master_changed": _("更换主密钥"),
    "merge": _("合并客户"),
    "name_check": _("查名称是否已有"),
    "password_changed": _("改密码"),
    "password_reset": _("重设密码"),
    "level_taken": _("采用建议等级"),
    "pledged": _("确认保密承诺"),
    "person_added": _("新建账号"),
    "person_changed": _("改账号"),
    "pool_fall": _("到期回公海"),
    "pool_release": _("退回公海"),
    "pool_run": _("执行公海规则"),
    "purchase": _("记录购买"),
    "purchase_changed": _("更正购买"),
    "purchase_removed": _("删除购买"),
    "purchases_imported": _("导入购买"),
    "purchases_read": _("读取购买文件"),
    "restore": _("从回收站恢复"),
    "restored": _("从备份恢复"),
    "save": _("保存档案"),
    "shred": _("彻底销毁客户"),
    "subject": _("查询联系人的信息"),
    "share": _("改协作人"),
    "setting_changed": _("改公司设置"),
    "session_ended": _("退出登录"),
    "sign_in": _("登录"),
    "unmerge": _("撤销合并"),
    "verify": _("核实档案"),
}
"""Every action the log knows."""

RESULTS = {"ok": _("成功"), "refused": _("被拒绝"), "failed": _("未完成")}
WHY = {
    "password": _("密码不对"),
    "unknown": _("没有这个登录名"),
    "locked": _("账号锁定中"),
    "disabled": _("账号已停用"),
    "not signed in": _("未登录"),
    "OverQuota": _("超过每日上限"),
    "gone": _("已不在公海"),
    "cool_down": _("还在冷却期"),
    "Invalid": _("没有用途"),
    "no open link": _("链接无效或已失效"),
}
PLACES: dict[str, Any] = {
    "all": _("全部"),
    "bin": _("移入回收站"),
    "compare": _("合并客户"),
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
