"""Invented people: contacts with names, titles and everything a salesperson writes down of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crm.cli.demo import nowhere
from crm.cli.demo.dice import perhaps
from crm.cli.demo.texts import NAMES, PROSE
from crm.customers.contacts import EDUCATIONS
from crm.home.demo_people import CAST

if TYPE_CHECKING:
    from random import Random

    from crm.cli.demo.nowhere import City

ROLE_OF = ("决策人", "经办人", "影响人", "经办人")
"""The first contact decides, and so on."""
STAFF = {name for _login, name, *_rest in CAST}
SURNAMES: list[str] = sorted(NAMES["surnames"].split(), key=len, reverse=True)
OFTEN = {
    "birth_date": 0.75,
    "education": 0.7,
    "home_address": 0.55,
    "hobbies": 0.75,
    "family": 0.65,
    "other": 0.3,
    "wechat": 0.75,
    "email": 0.6,
}
"""How often a fact is known of somebody; name, title, role, gender and mobile always are."""
BORN_FROM = {True: date(1962, 1, 1), False: date(1979, 1, 1)}
BORN_WITHIN = 7000
"""Days: who decides was born 1962 to 1981, the others 1979 to 1998."""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact: facts by column, and how one speaks of them: 王总, 李经理."""

    facts: dict[str, str]
    called: str


def person(rng: Random, city: City, position: int) -> Person:
    """The contact at this position."""
    decides = position == 0
    gender = rng.choice("男男女" if decides else "男女女")
    surname, given = _named(rng, NAMES["men" if gender == "男" else "women"])
    role = ROLE_OF[position]
    title = rng.choice(PROSE["titles"][role])
    facts = {"name": surname + given, "title": title, "role": role, "gender": gender}
    facts["mobile"] = nowhere.mobile(rng)
    more = _more(rng, city, gender, decides=decides)
    more |= {
        "wechat": nowhere.wechat(rng, surname, given),
        "email": nowhere.email(rng, surname, given),
    }
    facts |= {column: text for column, text in more.items() if perhaps(rng, OFTEN[column])}
    return Person(facts, called(surname, title))


def a_name(rng: Random) -> str:
    """Somebody's name."""
    return "".join(_named(rng, NAMES["men"] + NAMES["women"]))


def a_surname(rng: Random) -> str:
    """Somebody's surname."""
    return rng.choice(SURNAMES)


def _named(rng: Random, given: str) -> tuple[str, str]:
    """Surname and given name, none of our own people's."""
    while True:
        name = a_surname(rng), rng.choice(given.split())
        if "".join(name) not in STAFF:
            return name


def _more(rng: Random, city: City, gender: str, *, decides: bool) -> dict[str, str]:
    born = BORN_FROM[decides] + timedelta(days=rng.randrange(BORN_WITHIN))
    family, root = PROSE["family"], nowhere.town(rng.choice(NAMES["cities"]))
    known = family["any"] + family["older" if decides else "younger"] + family[gender]
    return {
        "birth_date": born.isoformat(),
        "education": rng.choices(EDUCATIONS, (0, 2, 2, 10, 20, 6, 1))[0],
        "home_address": nowhere.home(rng, city),
        "hobbies": rng.choice(PROSE["hobbies"]),
        "family": rng.choice(known).format(home=root),
        "other": rng.choice(PROSE["other"]),
    }


def called(surname: str, title: str) -> str:
    """How one speaks of a person of this title: 王董, 李总, 欧阳经理, 小周."""
    if title == "董事长":
        return f"{surname}董"
    if title.endswith(("总经理", "总监", "副总")):
        return f"{surname}总"
    polite = ("经理", "主席", "主任", "主管", "助理")
    ending = next((one for one in polite if title.endswith(one)), "")
    return surname + ending if ending else f"小{surname}"
