"""The tables of contributing: what may be written, what a customer is asked, why one says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _

from crm.access.fields import FIELDS

if TYPE_CHECKING:
    from flask_babel.speaklater import LazyString

PROSE = "prose"
"""Whatever fits no field; accepted, it is added to what the card says of the customer's traits."""
PROSE_TITLE = _("其他情况")
PROSE_LIMIT = 500

COMPANY = (
    "short_name",
    "credit_code",
    "industry",
    "region",
    "phone",
    "address",
    "business",
    "traits",
    "shareholders",
    "preferences",
    "invoice_title",
    PROSE,
)
PERSON = (
    "contact.name",
    "contact.role",
    "contact.title",
    "contact.gender",
    "contact.mobile",
    "contact.wechat",
    "contact.email",
    "contact.birth_date",
    "contact.education",
    "contact.home_address",
    "contact.hobbies",
    "contact.family",
    "contact.other",
)
"""What any employee may write (细则第二章·客户档案管理(1)(2))."""

INTAKE_COMPANY = (
    "short_name",
    "credit_code",
    "industry",
    "region",
    "phone",
    "address",
    "business",
    "invoice_title",
)
INTAKE_PERSON = (
    "contact.name",
    "contact.title",
    "contact.gender",
    "contact.mobile",
    "contact.wechat",
    "contact.email",
    "contact.birth_date",
)
"""What a customer is asked for. Never family, character or home address; a test holds it."""

MOST_PEOPLE = 3
"""People on one form; who knows more writes again."""

REASONS: dict[str, LazyString] = {
    "unproved": _("暂时无法核实"),
    "unclear": _("写得不够清楚"),
    "unfit": _("不属于客户档案要记的内容"),
    "unneeded": _("目前用不上"),
    "ask": _("原因不便写明，可当面问市场主管"),
}
"""Why a fact was not accepted. A table and no free text: a sentence could tell what a card says."""


def label(code: str) -> str:
    """What a fact is called."""
    return str(PROSE_TITLE if code == PROSE else FIELDS[code].label)


def reason(code: str) -> str:
    """A reason as its reader sees it."""
    return str(REASONS.get(code, ""))
