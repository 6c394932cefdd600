"""Numbers and addresses that look like any other and reach nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stdnum.cn import uscc

from crm.cli.demo.texts import NAMES
from crm.customers.sounds import lazy_pinyin

if TYPE_CHECKING:
    from random import Random

CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NO_DISTRICT = "97"
"""No county has this number, so no company has such a credit code."""
NO_SUBSCRIBER = "9"
"""No subscriber's number begins with it."""
UNASSIGNED = ("142", "143", "154", "163", "164", "179", "194")
"""Mobile prefixes that no operator sells."""

REGIONS = ("内蒙古",)
"""Of the places in use, those that are no province."""

City = list[str]
"""Province, city (empty for the four great ones), district, area code, digits in a credit code."""


def credit_code(rng: Random, city: City) -> str:
    """Eighteen characters whose last one proves the others."""
    code = f"91{city[4]}{NO_DISTRICT}" + "".join(rng.choice(CODE_LETTERS) for _ in range(9))
    return code + str(uscc.calc_check_digit(code))


def phone(rng: Random, city: City) -> str:
    """A company's telephone."""
    return f"{city[3]}-{NO_SUBSCRIBER}{rng.randrange(5)}{rng.randrange(10**6):06d}"


def mobile(rng: Random) -> str:
    """A person's mobile."""
    return rng.choice(UNASSIGNED) + f"{rng.randrange(10**8):08d}"


def address(rng: Random, city: City) -> str:
    """A company's street: the cities are real, the streets are not."""
    return f"{_town(city)}{rng.choice(NAMES['roads'].split())} {rng.randint(2, 398)} 号"


def home(rng: Random, city: City) -> str:
    """A flat in an estate that nobody built."""
    estate = rng.choice(NAMES["estates"].split())
    flat = f"{rng.randint(1, 26)}0{rng.randint(1, 6)}"
    return f"{_town(city)}{estate} {rng.randint(1, 19)} 幢 {flat} 室"


def _town(city: City) -> str:
    province = city[0] + ("自治区" if city[0] in REGIONS else "省")
    return (f"{province}{city[1]}市" if city[1] else f"{city[0]}市") + city[2]


def town(city: City) -> str:
    """How one says where it is: 杭州, 上海."""
    return city[1] or city[0]


def bank(rng: Random, city: City) -> str:
    """A bank that does not exist, and an account at it."""
    return f"{rng.choice(NAMES['banks'])}{town(city)}支行 90{rng.randrange(10**14):014d}"


def wechat(rng: Random, surname: str, given: str) -> str:
    """With a full stop, which WeChat's names cannot have."""
    return f"{_spelt(given)}.{_spelt(surname)}{rng.randint(1, 99):02d}"


def email(rng: Random, surname: str, given: str) -> str:
    """At example.com, which is kept for examples."""
    first, last = _spelt(given), _spelt(surname)
    return f"{rng.choice((first[:1] + '.' + last, last + first))}@example.com"


def _spelt(text: str) -> str:
    return "".join(lazy_pinyin(text)).replace("ü", "v")
