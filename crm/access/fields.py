"""The catalogue: every fact the archive keeps, how sensitive it is, its mask, and how it shows.

Every sealed column of every table must stand here; a test compares this with the mapped tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from crm.access import masks


class Level(StrEnum):
    """How sensitive a fact is. Everything above open is sealed at rest."""

    OPEN = "open"
    CONFIDENTIAL = "confidential"
    SECRET = "secret"  # noqa: S105 - a level's code, no password

    @property
    def label(self) -> str:
        """公开, 内部, 商密."""
        return str({"open": _("公开"), "confidential": _("内部"), "secret": _("商密")}[self.value])


class Shows(StrEnum):
    """What an opened value is drawn as, for a person who may look but not copy."""

    PICTURE = "picture"
    PROSE = "prose"
    WORD = "word"
    """One of a few words, the same on thousands of cards: nothing that anybody carries out."""


@dataclass(frozen=True, slots=True)
class Field:
    """One fact: its code, where it is kept, its name on screen, and how it is guarded."""

    code: str
    table: str
    column: str
    label: LazyString
    level: Level
    mask: Callable[[str], str] | None = None
    shows: Shows = Shows.PICTURE
    dial: bool = False
    navigate: bool = False
    listed: bool = False
    """Whether own cards show it unopened (a contact's name)."""


_O, _C, _S = Level.OPEN, Level.CONFIDENTIAL, Level.SECRET
_PROSE, _WORD = Shows.PROSE, Shows.WORD

FIELDS: dict[str, Field] = {
    field.code: field
    for field in (
        Field("name", "customers", "name", _("客户名称"), _O),
        Field("short_name", "customers", "short_name", _("简称"), _O),
        Field("credit_code", "customers", "credit_code", _("统一社会信用代码"), _O),
        Field("industry", "customers", "industry", _("行业"), _O),
        Field("region", "customers", "region", _("地区"), _O),
        Field("level", "customers", "level", _("等级"), _O),
        Field("tags", "customers", "tags", _("标签"), _O),
        Field("source", "customers", "source", _("来源"), _O),
        Field("owner", "customers", "owner_id", _("负责人"), _O),
        Field("status", "customers", "status", _("状态"), _O),
        Field("phone", "customers", "phone", _("公司电话"), _C, masks.telephone, dial=True),
        Field("address", "customers", "address", _("公司地址"), _C, masks.address, navigate=True),
        Field("traits", "customers", "traits", _("客户特征"), _C, shows=_PROSE),
        Field("business", "customers", "business", _("业务状况"), _C, shows=_PROSE),
        Field("shareholders", "customers", "shareholders", _("主要股东"), _C, shows=_PROSE),
        Field("preferences", "customers", "preferences", _("偏好"), _C, shows=_PROSE),
        Field("invoice_title", "customers", "invoice_title", _("开票抬头"), _C),
        Field("bank", "customers", "bank", _("开户行及账号"), _C),
        Field("contact.name", "contacts", "name", _("联系人"), _C, masks.name, listed=True),
        Field("contact.title", "contacts", "title", _("职务"), _C),
        Field("contact.role", "contacts", "role", _("角色"), _C, shows=_WORD),
        Field("contact.gender", "contacts", "gender", _("性别"), _C, shows=_WORD),
        Field("contact.wechat", "contacts", "wechat", _("微信"), _C),
        Field("contact.email", "contacts", "email", _("邮箱"), _C),
        Field("contact.mobile", "contacts", "mobile", _("手机"), _S, masks.mobile, dial=True),
        Field("contact.birth_date", "contacts", "birth_date", _("出生日期"), _S, masks.birth_date),
        Field("contact.education", "contacts", "education", _("学历"), _S),
        Field(
            "contact.home_address",
            "contacts",
            "home_address",
            _("住址"),
            _S,
            masks.address,
            navigate=True,
        ),
        Field("contact.hobbies", "contacts", "hobbies", _("性格爱好"), _S, shows=_PROSE),
        Field("contact.family", "contacts", "family", _("家庭状况"), _S, shows=_PROSE),
        Field("contact.other", "contacts", "other", _("备注"), _S, shows=_PROSE),
        Field("extra", "extra_values", "value", _("扩展信息"), _S),
        Field("purchases", "purchases", "facts", _("购买"), _C, shows=_PROSE),
        Field("follow_up.text", "follow_ups", "text", _("跟进内容"), _C, shows=_PROSE),
        Field("change.old", "changes", "old", _("原值"), _S),
        Field("change.new", "changes", "new", _("新值"), _S),
        Field(
            "contribution.name",
            "contributions",
            "name",
            _("补充的客户名称"),
            _C,
            shows=_PROSE,
        ),
        Field("contribution.value", "contributed_facts", "value", _("补充内容"), _S, shows=_PROSE),
        Field("complaint.named", "complaints", "named", _("投诉的客户"), _C, shows=_PROSE),
        Field("complaint.text", "complaints", "text", _("投诉内容"), _C, shows=_PROSE),
        Field("complaint.outcome", "complaints", "outcome", _("处理结果"), _C, shows=_PROSE),
        Field("grant.reason", "grants", "reason", _("申请理由"), _C, shows=_PROSE),
        Field("grant.named", "grants", "named", _("申请的客户"), _C, shows=_PROSE),
        Field("grant.answer", "grants", "answer", _("审批意见"), _C, shows=_PROSE),
        Field("departure.reason", "departures", "reason", _("离职原因"), _C, shows=_PROSE),
        Field("totp.secret", "totp_secrets", "secret", _("验证码的密钥"), _S),
        Field("log.note", "log_entries", "note", _("说明"), _C, shows=_PROSE),
    )
}

COMPANY = tuple(
    field for field in FIELDS.values() if field.table == "customers" and field.level is not _O
)
CONTACT = tuple(field for field in FIELDS.values() if field.table == "contacts")
"""The sealed fields of a card, in the order they are shown."""
