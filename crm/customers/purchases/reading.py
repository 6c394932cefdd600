"""Reading a purchase: what was typed or stands in a sheet, into facts; each refusal a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from crm import clock
from crm.customers.purchases import Facts
from crm.web.text import clean_line, halfwidth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LABELS = {
    "day": _l("日期"),
    "category": _l("品类"),
    "product": _l("产品"),
    "quantity": _l("数量"),
    "amount": _l("金额"),
    "note": _l("备注"),
}
"""The facts of a purchase and what they are called, in the order of form and sheet."""
LIMITS = {"day": 20, "category": 20, "product": 60, "quantity": 20, "amount": 24, "note": 200}
FIRST = date(1990, 1, 1)
DAY = re.compile(r"([0-9]{4}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2}) ?日?(?:[ T][0-9:.]+)?")
AMOUNT = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,2})?")
QUANTITY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?")
THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
MONEY = re.compile("[¥￥元]")
DASHES = re.compile("[‐‑‒–—―−]")


@dataclass(slots=True)
class Typed:
    """A purchase as somebody gave it: its facts, or what is wrong with which of them."""

    facts: Facts | None = None
    errors: dict[str, str] = field(default_factory=dict)


def read(given: Mapping[str, str]) -> Typed:
    """The facts of a form or a row of a sheet, by their codes."""
    typed, taken = Typed(), dict[str, object]()
    for code, reader in READERS.items():
        try:
            taken[code] = reader(_line(given.get(code, ""), LIMITS[code]))
        except ValueError as wrong:
            typed.errors[code] = str(wrong)
    if not typed.errors:
        typed.facts = Facts(**taken)  # type: ignore[arg-type] # each reader gives its fact's type
    return typed


def _line(text: str, limit: int) -> str:
    line = clean_line(text, limit)
    if line.over:
        raise ValueError(_("最多 %(n)s 字。", n=limit))
    return line.text


def _day(text: str) -> date:
    found = DAY.fullmatch(DASHES.sub("-", halfwidth(text)).strip())
    if not found:
        raise ValueError(_("日期请写成 2026-11-25 这样。"))
    year, month, day = (int(part) for part in found.groups())
    try:
        bought = date(year, month, day)
    except ValueError:
        raise ValueError(_("没有这一天，请检查日期。")) from None
    if not FIRST <= bought <= clock.today():
        raise ValueError(_("日期早于 1990 年或晚于今天。"))
    return bought


def _number(text: str, form: re.Pattern[str], sentence: str) -> Decimal:
    plain = MONEY.sub("", halfwidth(text)).strip()
    if THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not form.fullmatch(plain) or not Decimal(plain):
        raise ValueError(sentence)
    return Decimal(plain)


def _quantity(text: str) -> Decimal:
    return _number(text, QUANTITY, _("数量请填大于 0 的数，最多三位小数。"))


def _amount(text: str) -> Decimal:
    return _number(text, AMOUNT, _("金额请填大于 0 的元数，最多两位小数。"))


def _category(text: str) -> str:
    if not text:
        raise ValueError(_("品类要填写。"))
    return text


READERS: dict[str, Callable[[str], object]] = {
    "day": _day,
    "category": _category,
    "product": str,
    "quantity": _quantity,
    "amount": _amount,
    "note": str,
}
