"""The demonstration company: invented people and customers with a believable past.

Everything is done through the services that the pages use, at the time when it is said to have
happened. The same day gives the same company; keys, ids and codes are new each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from crm import clock
from crm.accounts import people
from crm.accounts.people import Viewer, viewer_of
from crm.accounts.roles import Role
from crm.audit import log
from crm.cli.demo import acts, granting, past, upkeep
from crm.cli.demo.companies import Company, companies
from crm.cli.demo.days import Desk
from crm.cli.demo.dice import Random, perhaps, seeded
from crm.cli.demo.hours import Hours, at
from crm.cli.demo.story import stories
from crm.cli.demo.telling import Scene, tell
from crm.customers import reindex
from crm.customers.duplicates import scan
from crm.home.demo_people import CAST, DEMO_PASSWORD
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterable

SEED = 20
OWNERS = ["zhangwei"] * 48 + ["lina"] * 46 + ["wangfang"] * 43 + ["gaoshan"] * 3
"""Who is responsible for how many customers."""
SHARED = 15
STARRED = {"zhangwei": 6, "lina": 4, "wangfang": 5, "gaoshan": 4, "zhouming": 5}
FOUNDED = 118
"""So many working days ago the program was taken up."""


def build_company() -> None:
    """Fill an empty archive. Needs an app context."""
    hours = Hours(clock.now())
    with current_app.test_request_context():
        viewers = _hire(hours)
        customers, scenes = _plan(seeded(SEED), hours)
        tell(scenes, viewers, hours.now)
        reindex.fit()
        scan.run(viewers[upkeep.SUPERVISOR].actor())
        with unit.work():
            log.say("demo", detail={"customers": len(customers), "people": len(viewers)})


def _hire(hours: Hours) -> dict[str, Viewer]:
    """Everybody's account; the system administrator, who comes first, makes the others'."""
    founded = hours.days[FOUNDED]
    first = [one for one in CAST if one[2] is Role.SYSTEM_ADMIN]
    with at(hours.at(founded, 0.02)), unit.work():
        viewers = _added(first)
    with at(hours.at(founded, 0.1)), unit.work(next(iter(viewers.values())).actor()):
        return viewers | _added([one for one in CAST if one not in first])


def _added(cast: Iterable[tuple[str, str, Role, str, str | None]]) -> dict[str, Viewer]:
    return {
        login: viewer_of(
            people.add(
                login, name, role, DEMO_PASSWORD, team=team, number=number, must_change=False
            )
        )
        for login, name, role, number, team in cast
    }


def _plan(rng: Random, hours: Hours) -> tuple[list[Company], list[Scene]]:
    """Who the customers are, and everything that happened."""
    owners = list(OWNERS)
    rng.shuffle(owners)
    customers = companies(rng, owners, hours.today)
    _share(rng, customers)
    _measure(rng, customers)
    told = stories(rng, customers, hours)
    scenes = [*past.cards(rng, told, hours), *_stars(rng, customers, hours)]
    scenes += Desk(rng, told, hours).scenes()
    scenes += granting.scenes(told, hours)
    return customers, [*scenes, *upkeep.scenes(rng, told, hours)]


def _share(rng: Random, customers: list[Company]) -> None:
    """Collaborators on some cards."""
    for company in rng.sample(customers, SHARED):
        others = [one for one in dict.fromkeys(OWNERS) if one != company.owner]
        company.collaborators = rng.sample(others, rng.choice((1, 1, 2)))


def _measure(rng: Random, customers: list[Company]) -> None:
    """The company's own fields on some cards."""
    cycles = acts.EXTRAS[0][3]
    for company in rng.sample(customers, len(customers) // 3):
        company.extras["决策周期"] = rng.choice(cycles)
        if perhaps(rng, 0.6):
            company.extras["采购预算"] = str(rng.randint(2, 40) * 50_000)


def _stars(rng: Random, customers: list[Company], hours: Hours) -> list[Scene]:
    scenes = []
    for login, number in STARRED.items():
        mine = [one for one in customers if login in {one.owner, *one.collaborators}]
        for company in rng.sample(mine if len(mine) >= number else customers, number):
            day = hours.days[min(6, hours.days.index(company.made) - 1)]
            scenes.append(Scene(hours.at(day, rng.random()), login, acts.star(company)))
    return scenes
