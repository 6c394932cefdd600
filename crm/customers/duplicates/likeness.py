"""Likeness: how sure two names are one customer's, and why. Each reason is a rule of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from flask_babel import lazy_gettext as _
from rapidfuzz.distance import OSA

from crm.customers.duplicates import places
from crm.customers.duplicates.shape import SHORTEST_BRAND

if TYPE_CHECKING:
    from crm.customers.duplicates.shape import Shape


class Reason(StrEnum):
    """Why two cards may be one customer."""

    SAME = "same"
    PLACE = "place"
    SOUND = "sound"
    SHORT = "short"
    TYPO = "typo"
    ALIAS = "alias"
    MOBILE = "mobile"
    PHONE = "phone"

    @property
    def label(self) -> str:
        """The reason as people read it."""
        return str(REASON_TITLES[self])


REASON_TITLES = {
    Reason.SAME: _("名称相同，只差公司形式、繁简或标点"),
    Reason.PLACE: _("名称相同，一边没写地区"),
    Reason.SOUND: _("读音相同或相近"),
    Reason.SHORT: _("一边是简称"),
    Reason.TYPO: _("只差一个字"),
    Reason.ALIAS: _("与简称一致"),
    Reason.MOBILE: _("联系人手机相同"),
    Reason.PHONE: _("公司电话相同"),
}
SURE: dict[Reason, int] = {
    Reason.SAME: 98,
    Reason.PLACE: 92,
    Reason.ALIAS: 90,
    Reason.SOUND: 90,
    Reason.MOBILE: 85,
    Reason.SHORT: 80,
    Reason.TYPO: 75,
    Reason.PHONE: 70,
}
"""Out of a hundred, for the order in which pairs are looked at."""
COUNTING = frozenset("一二三四五六七八九十甲乙丙丁0123456789东西南北中上下前后新老大小abcdefg")
"""Characters that tell sisters apart: 一厂 and 二厂 are no typo."""
LONG = 4
"""Characters of a core in which one wrong character is still a typo, not another brand."""


class Likeness(NamedTuple):
    """Why, and how sure out of a hundred."""

    reason: Reason
    score: int


def between(one: Shape, other: Shape) -> Likeness | None:
    """Why two names may be one customer's; None when they are not, or say they are apart."""
    if one.branch != other.branch or places.apart(one.places, other.places):
        return None
    reason = _reason(one, other)
    return Likeness(reason, SURE[reason]) if reason else None


def _reason(one: Shape, other: Shape) -> Reason | None:
    if one.whole == other.whole:
        return Reason.SAME
    if one.core == other.core:
        return Reason.SAME if bool(one.places) == bool(other.places) else Reason.PLACE
    if one.sounds == other.sounds and _counts_alike(one.core, other.core):
        return Reason.SOUND
    if _shortened(one, other):
        return Reason.SHORT
    if _mistyped(one, other):
        return Reason.TYPO
    return None


def _counts_alike(one: str, other: str) -> bool:
    """No position holds two different counting characters."""
    return all(
        a == b or not (a in COUNTING and b in COUNTING) for a, b in zip(one, other, strict=False)
    )


def _shortened(one: Shape, other: Shape) -> bool:
    """华日 and 华日服饰; 华日科技 and 华日科技发展; 中石化 and 中国石油化工."""
    short, long = sorted((one, other), key=lambda shape: len(shape.core))
    if short.brand == long.brand:
        return long.trade.startswith(short.trade) or long.trade.endswith(short.trade)
    return _initials(short.core, long.core)


def _initials(short: str, long: str) -> bool:
    """A short form picks the heads of the long one's words: every second character or so."""
    if not 3 <= len(short) <= 4 or len(long) < len(short) + 2 or short[0] != long[0]:  # noqa: PLR2004 - 中石化, 中远海控
        return False
    rest = iter(long)
    return all(one in rest for one in short)


def _mistyped(one: Shape, other: Shape) -> bool:
    """One character wrong, missing, doubled or swapped – in a name long enough to bear it."""
    if max(len(one.core), len(other.core)) < LONG:
        return _misplaced(one, other)
    if OSA.distance(one.core, other.core, score_cutoff=1) > 1:
        return _misplaced(one, other)
    return _by_mistake(one, other)


def _misplaced(one: Shape, other: Shape) -> bool:
    """The place itself is mistyped: 东完市 for 东莞市."""
    if bool(one.places) == bool(other.places) or min(len(one.whole), len(other.whole)) < LONG + 1:
        return False
    return OSA.distance(one.whole, other.whole, score_cutoff=1) <= 1


def _by_mistake(one: Shape, other: Shape) -> bool:
    a, b = one.core, other.core
    at = next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    if len(a) == len(b):
        wrong = a[at], b[at]
        if COUNTING.issuperset(wrong):
            return False
        swapped = a[at + 1 : at + 2] == b[at] and b[at + 1 : at + 2] == a[at]
        if swapped or one.sounds[at] == other.sounds[at]:
            return True
        if one.trade and other.trade and one.trade != other.trade:
            return False  # two trades that are both words: sisters
        return _bears_it(one, other, at)
    long = a if len(a) > len(b) else b
    doubled = not long[at].isdigit() and long[at] in {long[at - 1 : at], long[at + 1 : at + 2]}
    return doubled or long[at] not in COUNTING


def _bears_it(one: Shape, other: Shape, at: int) -> bool:
    """Two-character brands that differ in one are two companies', unless both sit at one place."""
    in_brand = at < min(len(one.brand), len(other.brand)) and one.trade == other.trade
    there = bool(one.places) and one.places == other.places
    return not in_brand or len(one.brand) > SHORTEST_BRAND or there
