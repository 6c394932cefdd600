"""Invented customers: a name, a place, an industry, people, and what is written on their cards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crm.cli.demo import nowhere
from crm.cli.demo.dice import perhaps
from crm.cli.demo.nowhere import City, town
from crm.cli.demo.persons import Person, a_name, a_surname, person
from crm.cli.demo.texts import NAMES, PROSE, STORY
from crm.customers.status import SOURCES

if TYPE_CHECKING:
    from random import Random
    from uuid import UUID

KNOWN = {"preferences": 0.7, "invoice_title": 0.7, "bank": 0.35, "credit_code": 0.6}
"""How often a fact stands on a card; the others always do."""
SHORT = 4
"""A short name takes in what the company does when that is not longer."""
MONTHS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
END_OF_FIRST, END_OF_SECOND = 10, 20


@dataclass(slots=True, eq=False)
class Company:
    """A customer to be: what its card says, its people, and words for sentences about it."""

    name: str
    short: str
    industry: str
    city: City
    owner: str
    people: list[Person]
    facts: dict[str, str] = field(default_factory=dict)
    """Form names of the card's own facts."""
    shares: list[tuple[str, int]] = field(default_factory=list)
    collaborators: list[str] = field(default_factory=list)
    extras: dict[str, str] = field(default_factory=dict)
    """Label of an extra field about the customer → what it says."""
    slots: dict[str, str] = field(default_factory=dict)
    made: date = date.max
    id: UUID | None = None

    def form(self) -> dict[str, str]:
        """What somebody types to make the card."""
        typed = {"name": self.name, "short_name": self.short, "industry": self.industry}
        typed |= self.facts | {"collaborators": "、".join(self.collaborators)}
        for at, (who, share) in enumerate(self.shares):
            typed |= {f"share.{at}.name": who, f"share.{at}.share": str(share)}
        for at, one in enumerate(self.people, 1):
            typed |= {f"contact.new{at}.{column}": text for column, text in one.facts.items()}
        return typed


def companies(rng: Random, owners: list[str], today: date) -> list[Company]:
    """One company for each entry of `owners`, the difficult names among them."""
    brands = _brands(rng, len(owners))
    places = rng.sample(range(len(owners)), len(NAMES["special"]))
    special = dict(zip(places, NAMES["special"], strict=True))
    return [
        _company(rng, owner, brands[at], special.get(at), today) for at, owner in enumerate(owners)
    ]


def _brands(rng: Random, number: int) -> list[str]:
    """Names that nobody has: pairs of unusual characters, and some longer ones."""
    longer = NAMES["long"].split()
    firsts = rng.sample("".join(NAMES["first"].split()) * 3, number - len(longer))
    seconds = rng.choices(NAMES["second"], k=number)
    pairs = [first + second for first, second in zip(firsts, seconds, strict=False)]
    brands = [*dict.fromkeys(pairs), *longer]
    while len(brands) < number:
        brands.append(rng.choice(firsts) + rng.choice(seconds) + "堂")
    rng.shuffle(brands)
    return brands


def _company(
    rng: Random, owner: str, brand: str, special: dict[str, Any] | None, today: date
) -> Company:
    industry = special["industry"] if special else rng.choice(list(NAMES["industries"]))
    city = special["city"] if special else rng.choice(NAMES["cities"])
    word = rng.choice(NAMES["industries"][industry])
    name = special["name"] if special else _name(rng, brand, word, city)
    short = special["short"] if special else brand + word[:SHORT] * (len(word) <= SHORT)
    people = [person(rng, city, at) for at in range(rng.choices((1, 2, 3, 4), (2, 5, 4, 1))[0])]
    made = Company(name, short, industry, city, owner, people)
    made.slots = _slots(rng, made, word, today)
    made.facts = _facts(rng, made)
    made.shares = _shares(rng, brand)
    return made


def _name(rng: Random, brand: str, word: str, city: City) -> str:
    forms = {
        f"{town(city)}{brand}{word}有限公司": 8,
        f"{brand}{word}股份有限公司": 4,
        f"{brand}{word}有限公司": 3,
        f"{city[0]}{brand}{word}集团有限公司": 2,
        f"{brand}（{town(city)}）{word}有限公司": 2,
        f"{town(city)}{brand}{word}有限责任公司": 1,
    }
    return rng.choices(list(forms), list(forms.values()))[0]


def _slots(rng: Random, company: Company, word: str, today: date) -> dict[str, str]:
    """The words that sentences about this company use, the same in all of them."""
    top, *rest = company.people
    event, other = rng.sample(STORY["events"].split(), 2)
    money = rng.randint(12, 90)
    return {
        "top": top.called,
        "who": rest[-1].called if rest else f"小{a_surname(rng)}",
        "event": event,
        "other": other,
        "when": _soon(rng, today),
        "place": rng.choice(NAMES["places"]),
        "city": town(company.city),
        "province": company.city[0],
        "word": word,
        "n": str(rng.randint(8, 60) * 10),
        "money": str(money),
        "cut": str(max(1, money // 10)),
        "staff": str(rng.randint(6, 190) * 10),
        "few": str(rng.randint(3, 9)),
        "yi": str(rng.randint(2, 18)),
    }


def _soon(rng: Random, today: date) -> str:
    """When something is planned, one to four months ahead: 十一月中旬."""
    day = today + timedelta(days=rng.randint(30, 120))
    third = "上旬" if day.day <= END_OF_FIRST else "中旬" if day.day <= END_OF_SECOND else "下旬"
    return f"{MONTHS[day.month - 1]}月{third}"


def told(rng: Random, sentences: list[list[str]], slots: dict[str, str]) -> str:
    """One sentence of each list, its words filled in."""
    return "".join(rng.choice(one) for one in sentences).format(**slots)


def _facts(rng: Random, company: Company) -> dict[str, str]:
    city, slots = company.city, company.slots
    facts = {
        "region": " ".join(filter(None, city[:2])),
        "source": rng.choice(SOURCES),
        "tags": " ".join(rng.sample(NAMES["tags"].split(), rng.choice((0, 1, 1, 2, 2, 3)))),
        "credit_code": nowhere.credit_code(rng, city),
        "phone": nowhere.phone(rng, city),
        "address": nowhere.address(rng, city),
        "traits": told(rng, PROSE["traits"], slots),
        "business": told(rng, PROSE["business"], slots),
        "preferences": rng.choice(PROSE["preferences"]).format(**slots),
        "invoice_title": rng.choices(PROSE["invoice"], (8, 1, 1))[0].format(name=company.name),
        "bank": nowhere.bank(rng, city),
    }
    return {code: text for code, text in facts.items() if perhaps(rng, KNOWN.get(code, 1))}


def _shares(rng: Random, brand: str) -> list[tuple[str, int]]:
    first = rng.randint(30, 70)
    most = (100 - first) // 2
    rows = [(a_name(rng), first), (a_name(rng), rng.randint(5, most))]
    rows.append((f"{brand}投资合伙企业（有限合伙）", rng.randint(3, most)))
    return rows[: rng.choice((1, 2, 2, 3))]
