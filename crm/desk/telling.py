"""Telling: an entry of the log in words a person reads; control characters never get through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from crm.access.fields import FIELDS
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.customers.cards import Customer
from crm.db import db
from crm.disclosure.acts import ACT_TITLES, PURPOSE_TITLES
from crm.web.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm.audit.reading import Read

ACTIONS: dict[str, Any] = {act.value: title for act, title in ACT_TITLES.items()} | {
    "access": _("访问"),
    "assign": _("改负责人"),
    "create": _("新建客户"),
    "demo": _("建立演示公司"),
    "field_added": _("增加字段"),
    "follow_up": _("写跟进"),
    "import": _("导入"),
    "import_errors": _("下载导入问题表"),
    "import_read": _("读取导入文件"),
    "log_exported": _("导出日志"),
    "log_read": _("阅读日志"),
    "password_changed": _("改密码"),
    "password_reset": _("重设密码"),
    "person_added": _("新建账号"),
    "person_changed": _("改账号"),
    "save": _("保存档案"),
    "session_ended": _("退出登录"),
    "sign_in": _("登录"),
}
"""Every action the log knows, in the reader's language."""

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
FIELDS_NAMED = 6


@dataclass(frozen=True, slots=True)
class Told:
    """One entry, ready to print."""

    seq: int
    at: datetime
    actor: str
    role: str
    action_label: str
    subject: str
    subject_url: str
    fields: str
    purpose_label: str
    reason: str
    result: str
    result_label: str


def told(entries: Iterable[Read]) -> list[Told]:
    """Entries with the names of people and customers, in two queries."""
    rows = list(entries)
    people = _names(Person, {row.actor_id for row in rows if row.actor_id})
    customers = _names(Customer, {_subject(row) for row in rows} - {None})
    return [_tell(row, people, customers) for row in rows]


def _names(table: Any, ids: Iterable[Any]) -> dict[UUID, str]:
    found = db.session.execute(select(table.id, table.name).where(table.id.in_(list(ids))))
    return {row[0]: row[1] for row in found}


def _subject(row: Read) -> UUID | None:
    one = row.said["subject_type"] == "customer" and len(row.said["subject_ids"]) == 1
    return UUID(row.said["subject_ids"][0]) if one else None


def _tell(row: Read, people: Mapping[UUID, str], customers: Mapping[UUID, str]) -> Told:
    said, subject_id = row.said, _subject(row)
    name = customers.get(subject_id) if subject_id else None
    role = said["role"]
    return Told(
        row.seq,
        row.at,
        safe(people.get(row.actor_id, said["actor"]) if row.actor_id else said["actor"]),
        Role(role).label if role in set(Role) else "",
        str(ACTIONS.get(said["action"], said["action"])),
        safe(name or _many(said)),
        f"/customers/{subject_id}/seen-by" if name else "",
        named_fields(said["fields"]),
        str(PURPOSE_TITLES.get(said["purpose"], "")) if said["purpose"] else "",
        reason(said),
        said["result"],
        str(RESULTS.get(said["result"], said["result"])),
    )


def _many(said: Mapping[str, Any]) -> str:
    number = len(said["subject_ids"])
    if said["subject_type"] == "customer" and number:
        return gettext("%(n)s 家客户", n=number)
    return str(said["detail"].get("page", ""))


def named_fields(names: Iterable[str]) -> str:
    """手机、住址: the fields an entry names, without which contact's."""
    labels = dict.fromkeys(str(field.label) for name in names if (field := field_of(name)))
    told_ = "、".join(list(labels)[:FIELDS_NAMED])
    return told_ + (gettext(" 等 %(n)s 项", n=len(labels)) if len(labels) > FIELDS_NAMED else "")


def field_of(name: str) -> Any:
    """The catalogue's field that an item's name means: contact.<id>.mobile → 手机."""
    kind, _dot, rest = name.partition(".")
    return (
        FIELDS.get(name)
        or FIELDS.get({"follow_up": "follow_up.text", "change": "change.old"}.get(kind, kind))
        or FIELDS.get(f"contact.{rest.rpartition('.')[2]}")
    )


def reason(said: Mapping[str, Any]) -> str:
    """Why something was refused, as far as the entry says."""
    why = said["detail"].get("why")
    return str(WHY.get(why, "")) if why else ""


def safe(text: str) -> str:
    """Without line breaks, control characters and direction marks: a name cannot forge a line."""
    return clean_line(text, 200).text
