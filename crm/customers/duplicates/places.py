"""Places: which part of a company's name says where it sits, from the state's own list of areas."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

_LINE = re.compile(r'^\s*(\d{2,4}) (?:province|county)="([^"]+)"')
_YEARS = re.compile(r"\[(\d*)-(\d*)\]")
_RANKS = re.compile(
    r"(?:维吾尔|壮族|回族|蒙古|藏族|苗族|彝族|白族|傣族|土家族|布依族|侗族|哈尼族|羌族|朝鲜族)*"
    r"(?:特别行政区|自治区|自治州|自治县|新区|地区|省|市|县|区|盟|旗)$"
)
LONGEST = 12
"""Characters of the longest area's name that is looked for."""


@cache
def areas() -> dict[str, str]:
    """Name of an area, with and without its rank → its code: 2 digits of the province, 4 more.

    Counties are known by their full name only, for 长安 and 新华 are brands; provinces,
    prefectures and cities also without their rank.
    """
    found: dict[str, str] = {}
    province = ""
    for line in (files("stdnum") / "cn" / "loc.dat").read_text("utf-8").splitlines():
        told = _LINE.match(line)
        if told is None:
            continue
        code, named = told.groups()
        province = code if len(code) == 2 else province  # noqa: PLR2004 - two digits: a province
        whole = province if code == province else province + code
        for name in _YEARS.sub("", named).split(","):
            bare = _RANKS.sub("", name)
            wide = code.endswith("00") or code == province or name.endswith("市")
            for one in {name, bare} if wide else {name}:
                found.setdefault(one, whole)
    return {name: code for name, code in found.items() if len(name) > 1 and "辖" not in name}


@lru_cache(maxsize=20_000)
def leading(text: str) -> tuple[str, str]:
    """The area that a text begins with, as it stands there, and its code; empty when none."""
    for length in range(min(LONGEST, len(text)), 1, -1):
        if code := areas().get(text[:length]):
            return text[:length], code
    return "", ""


def apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two names say that they sit at different places: 杭州 and 宁波, not 浙江 and 杭州."""
    return bool(one and other) and not any(
        _within(here, there) or _within(there, here) for here in one for there in other
    )


def _within(inner: str, outer: str) -> bool:
    return inner.startswith(outer) or (outer.endswith("00") and inner.startswith(outer[:-2]))
