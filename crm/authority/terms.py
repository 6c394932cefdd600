"""Terms of a grant: the acts, fields, days and openings that a form may name, and their reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from crm.access.fields import COMPANY, CONTACT, FIELDS, Level
from crm.access.grants import GIVES
from crm.disclosure.acts import Act, Purpose
from crm.web.forms import number_of
from crm.web.text import halfwidth

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

ACTS = tuple(GIVES)
"""In the order in which they are offered: looking first, carrying out last."""
ASKABLE = (*COMPANY, *CONTACT, FIELDS["extra"], FIELDS["purchases"], FIELDS["follow_up.text"])
"""The fields that somebody may be granted one by one."""
CODES = frozenset(one.code for one in ASKABLE)
DAYS = (1, 3, 7, 30)
LONGEST = 90
"""Days of a grant that was asked for; a standing one lasts up to a year."""
MOST = 999
"""Openings that can be written down; left empty, their number is not limited."""
BY_FIELD = "fields"


@dataclass(slots=True)
class Terms:
    """What a form asked for, and what is wrong with it, by the form's names."""

    acts: list[str] = field(default_factory=list)
    level: str = Level.CONFIDENTIAL.value
    fields: list[str] = field(default_factory=list)
    purpose: str = ""
    days: int = 7
    most: int | None = None
    errors: dict[str, str] = field(default_factory=dict)


def read(form: MultiDict[str, str]) -> Terms:
    """Acts, fields or level, purpose, days and openings as they were sent."""
    told = Terms(purpose=form.get("purpose", ""))
    _acts(told, form.getlist("act"))
    _fields(told, form.get("what", ""), form.getlist("field"))
    if told.purpose not in set(Purpose) - {Purpose.OTHER}:
        told.errors["purpose"] = _("请选择查看用途。")
    days = number_of(halfwidth(form.get("days", "")).strip(), 10**6)
    if days is None or not 1 <= days <= LONGEST:
        told.errors["days"] = _("请填 %(least)s 到 %(most)s 的整数。", least=1, most=LONGEST)
    else:
        told.days = days
    _most(told, halfwidth(form.get("most", "")).strip())
    return told


def _acts(told: Terms, given: list[str]) -> None:
    if not set(given) <= set(ACTS):
        told.errors["act"] = _("没有这种查看方式。")
    told.acts = [act for act in ACTS if act in given]
    if not told.acts:
        told.errors["act"] = _("请至少选一种方式。")


def _fields(told: Terms, what: str, given: list[str]) -> None:
    if what == BY_FIELD:
        if not given or not set(given) <= CODES:
            told.errors["field"] = _("请从列出的项目里选。")
        told.fields = [one.code for one in ASKABLE if one.code in given]
        secret = any(FIELDS[code].level is Level.SECRET for code in told.fields)
        told.level = (Level.SECRET if secret else Level.CONFIDENTIAL).value
    elif what in {Level.CONFIDENTIAL.value, Level.SECRET.value}:
        told.level = what
    else:
        told.errors["field"] = _("请选择要看哪些内容。")


def _most(told: Terms, text: str) -> None:
    if not text:
        return
    most = number_of(text, 10**6)
    if most is None or not 1 <= most <= MOST:
        told.errors["most"] = _("请填 %(least)s 到 %(most)s 的整数。", least=1, most=MOST)
    else:
        told.most = most


def act_titles(acts: list[str]) -> str:
    """打开工作卡、查看: acts as people read them."""
    return _("、").join(Act(one).label for one in acts)


def field_titles(level: str, fields: list[str]) -> str:
    """手机、住址; or 内部信息; or 内部和商密信息."""
    if fields:
        return _("、").join(str(FIELDS[code].label) for code in fields)
    return _("内部和商密信息") if level == Level.SECRET else _("内部信息")
