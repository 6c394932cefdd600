"""The log's words: what its actions, results, purposes and fields are called on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from crm.access.fields import FIELDS
from crm.disclosure.acts import ACT_TITLES, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm.access.fields import Field

ACTIONS: dict[str, Any] = {act.value: title for act, title in ACT_TITLES.items()} | {
    "access": _("访问"),
    "assign": _("改负责人"),
    "bin": _("移入回收站"),
    "contact_erased": _("彻底删除联系人"),
    "create": _("新建客户"),
    "demo": _("建立演示公司"),
    "field_added": _("增加字段"),
    "follow_up": _("写跟进"),
    "import": _("导入"),
    "import_errors": _("下载导入问题表"),
    "import_read": _("读取导入文件"),
    "key_retired": _("销毁旧密钥"),
    "key_rewrapped": _("换密钥完成"),
    "key_rotated": _("启用新密钥"),
    "log_exported": _("导出日志"),
    "log_read": _("阅读日志"),
    "master_changed": _("更换主密钥"),
    "password_changed": _("改密码"),
    "password_reset": _("重设密码"),
    "person_added": _("新建账号"),
    "person_changed": _("改账号"),
    "restore": _("从回收站恢复"),
    "save": _("保存档案"),
    "shred": _("彻底销毁客户"),
    "subject": _("查询联系人的信息"),
    "share": _("改协作人"),
    "session_ended": _("退出登录"),
    "sign_in": _("登录"),
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
    "Invalid": _("没有用途"),
}
NAMED = 4
"""Fields an entry is told with by name; more are counted."""


def action(code: str) -> str:
    """查看, 打开工作卡 and the others."""
    return str(ACTIONS.get(code, code))


def result(code: str) -> str:
    """成功, 被拒绝, 未完成."""
    return str(RESULTS.get(code, code))


def purpose(code: str | None) -> str:
    """跟进, 拜访 and the others; nothing when none was given."""
    return Purpose(code).label if code in set(Purpose) else code or ""


def fields(names: Iterable[str]) -> str:
    """手机、住址: the fields an entry names, whichever contact's they are."""
    labels = list(dict.fromkeys(str(spec.label) for name in names if (spec := field_of(name))))
    told = gettext("、").join(labels[:NAMED])
    return told + gettext(" 等 %(n)s 项", n=len(labels)) if len(labels) > NAMED else told


def field_of(name: str) -> Field | None:
    """The catalogue's field that an item's name means: contact.<id>.mobile → 手机."""
    kind, _dot, rest = name.partition(".")
    row_kinds = {"follow_up": "follow_up.text", "change": "change.old", "extra": "extra"}
    return (
        FIELDS.get(name)
        or FIELDS.get(row_kinds.get(kind, ""))
        or FIELDS.get(f"contact.{rest.rpartition('.')[2]}")
    )


def reason(said: Mapping[str, Any]) -> str:
    """Why something was refused, as far as the entry says."""
    why = said["detail"].get("why")
    return str(WHY.get(why, "")) if why else ""
