"""The archive's upkeep: purchases, contributions, an intake link, a double, a discarded card."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from crm.cli.demo import acts, keeping
from crm.cli.demo.story import Step
from crm.cli.demo.telling import Scene
from crm.cli.demo.texts import UPKEEP
from crm.customers.purchases import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random
    from typing import Any

    from crm.cli.demo.companies import Company
    from crm.cli.demo.hours import Hours
    from crm.cli.demo.story import Story

SUPERVISOR, TWICE, FINDER = "linjing", "lina", "wangfang"
"""Who organises; whose customer was brought in a second time, and by whom."""
DEAR = 1_000
"""Yuan for one: above it people buy one, below it a hundred or more."""


def scenes(rng: Random, told: list[Story], hours: Hours) -> Iterator[Scene]:
    """Everything that the upkeep of these customers' cards left behind."""
    for story in told:
        if "won" in {story.status, *(step.status for step in story.steps)}:
            yield from _bought(rng, story.company, hours)
    for one in UPKEEP["contribution"]:
        yield from _contributed(rng, one, told, hours)
    company = _of("zhangwei", told, 3)
    yield Scene(hours.at(hours.days[1], 0.7), company.owner, keeping.ask_customer(company))
    yield from _double(_of(TWICE, told, 5), hours)
    quiet = next(one.company for one in reversed(told) if one.level == "D")  # nobody's concern
    yield Scene(hours.at(hours.today, 1), SUPERVISOR, keeping.throw_in(quiet))


def _of(owner: str, told: list[Story], at: int) -> Company:
    return [one.company for one in told if one.company.owner == owner][at]


def _bought(rng: Random, company: Company, hours: Hours) -> Iterator[Scene]:
    """Orders of the last year and a half, entered on one day."""
    every, ago = rng.randint(45, 120), rng.randint(5, 90)
    bought = [
        _purchase(rng, hours.today - timedelta(days=ago + number * every))
        for number in range(rng.randint(3, 7))
    ]
    oldest = hours.days.index(company.made)
    day = hours.days[rng.randint(1, max(1, min(20, oldest - 1)))]
    yield Scene(hours.at(day, rng.random()), company.owner, keeping.bought(company, bought))


def _purchase(rng: Random, day: date) -> Facts:
    category, product, price = rng.choice(UPKEEP["goods"])
    number = Decimal(1 if price > DEAR else rng.randint(10, 80) * 10)
    return Facts(day, category, product, number, number * price)


def _contributed(
    rng: Random, one: dict[str, Any], told: list[Story], hours: Hours
) -> Iterator[Scene]:
    company = _of(one["owner"], told, rng.randint(6, 20)) if "owner" in one else None
    form = {"name": company.name if company else one["name"], "source": one["source"]}
    writing = keeping.Contributing(form | one["facts"])
    when = hours.at(hours.days[one["days"]], rng.uniform(0.1, 0.8))
    yield Scene(when, one["writer"], writing.write)
    if company and (fate := one.get("fate")):
        later = hours.at(hours.days[one["days"] - 1], rng.random())
        yield Scene(later, company.owner, writing.decided(fate))


def _double(company: Company, hours: Hours) -> Iterator[Scene]:
    """A colleague met the same customer at a fair and made a card of it, its name cut short."""
    name = company.name.replace("股份有限公司", "有限公司").replace("有限责任公司", "有限公司")
    if name == company.name:
        name = name.replace("有限公司", "有限责任公司")
    facts = {"region": company.facts["region"], "source": "市场调查", "tags": "展会结识"}
    main = company.people[0]
    double = replace(
        company, name=name, short="", owner=FINDER, people=[main], facts=facts, shares=[],
        collaborators=[], extras={}, id=None,
    )  # fmt: skip
    form = double.form() | {"status": "potential", "level": "C"}
    day = hours.days[4]
    said = Step(day, "event", "", "", "展会上交换了名片，对方说以后有活动再联系。", None)
    yield Scene(hours.at(day, 0.5), FINDER, acts.make(double, form))
    yield Scene(hours.at(day, 0.52), FINDER, acts.follow_up(double, said))
