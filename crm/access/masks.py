"""Masks: how a sealed value shows that it is there – 138****5678, 张*, a district."""

from __future__ import annotations

import re

STARS = "****"
MOBILE = 11
"""Digits of a mobile number."""
TAIL = 4
"""Digits of a number that stay readable at its end."""
AREA = 4
"""Digits of the longest area code; what is longer before a dash is a number of its own."""
SURNAME = 2
"""Characters of a double surname."""
DISTRICT = re.compile(
    r"^(?:[^\d\s]{2,9}?(?:省|自治区|特别行政区))?"
    r"(?:[^\d\s]{2,9}?(?:(?<!超)市|自治州|地区|盟))?"
    r"(?:[^\d\s]{1,9}?(?:(?<![小社园校厂院])区|县|旗|(?<!超)市))?"
)
"""Province, city, district at the beginning; an estate (小区) or a shop (超市) is none of them."""
SHORTEST_DISTRICT = 2


def mobile(text: str) -> str:
    """138****5678."""
    return f"{text[:3]}{STARS}{text[-TAIL:]}" if len(text) >= MOBILE else STARS


def telephone(text: str) -> str:
    """0311-****7788: area code and the last four digits."""
    area, dash, rest = text.partition("-")
    if dash and len(area) <= AREA and len(rest) > TAIL:
        return f"{area}-{STARS}{rest[-TAIL:]}"
    return mobile(text)


def name(text: str) -> str:
    """张*, 欧阳**: a common double surname stays whole."""
    double = text[:SURNAME] in DOUBLE_SURNAMES and len(text) > SURNAME
    kept = SURNAME if double else 1
    return text[:kept] + "*" * max(1, len(text) - kept)


def address(text: str) -> str:
    """To the district: 河北省石家庄市裕华区****."""
    found = DISTRICT.match(text)
    kept = found.group() if found else ""
    return f"{kept}{STARS}" if len(kept) >= SHORTEST_DISTRICT else STARS


def birth_date(text: str) -> str:
    """19**-**-**: the century alone."""
    return f"{text[:2]}**-**-**"


DOUBLE_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "司徒",
        "夏侯",
        "端木",
        "南宫",
        "独孤",
        "百里",
        "呼延",
        "轩辕",
    ]
)
