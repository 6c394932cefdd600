"""Granting: who of the demonstration was granted what, and one request that waits for 总经理."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from crm import clock
from crm.access import holding
from crm.access.grants import Grant, State
from crm.accounts import people
from crm.authority import asking, deciding, standing
from crm.authority.terms import Terms
from crm.cli.demo.telling import Scene
from crm.cli.demo.texts import UPKEEP
from crm.db import db

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crm.accounts.people import Viewer
    from crm.cli.demo.acts import Do
    from crm.cli.demo.companies import Company
    from crm.cli.demo.hours import Hours
    from crm.cli.demo.story import Story

DECIDER = "zhouming"
STANDING = ("linjing", "sunke")
"""The market supervisor and customer service: what they hold for a year."""
YEAR = timedelta(days=365)
GIVEN = 60
"""So many working days ago."""


def scenes(told: Sequence[Story], hours: Hours) -> Iterator[Scene]:
    """Standing grants, a request that was approved, and one of today that waits."""
    for place, login in enumerate(STANDING):
        yield Scene(hours.at(hours.days[GIVEN], 0.3 + place / 100), DECIDER, _stand(login))
    granted, waiting = UPKEEP["request"]
    yield Scene(hours.at(hours.days[1], 0.4), granted["by"], _ask(granted, told))
    yield Scene(hours.at(hours.days[1], 0.6), DECIDER, _approve(granted["by"]))
    yield Scene(hours.at(hours.today, 0.5), waiting["by"], _ask(waiting, told))


def _stand(login: str) -> Do:
    def do(viewer: Viewer) -> None:
        holder = people.by_login(login)
        until = clock.today() + YEAR
        standing.give(viewer, holder.id if holder else None, until, None)

    return do


def _ask(request: dict[str, str], told: Sequence[Story]) -> Do:
    names = "\n".join(_of(request["of"], told, place).name for place in range(2))

    def do(viewer: Viewer) -> None:
        form = MultiDict({"names": names, "what": "confidential", "act": "open", "days": "7"})
        form.update({"purpose": request["purpose"], "reason": request["reason"]})
        asking.ask(viewer, asking.read(viewer, form), None)

    return do


def _of(owner: str, told: Sequence[Story], place: int) -> Company:
    return [one.company for one in told if one.company.owner == owner][place]


def _approve(login: str) -> Do:
    """Approve what somebody asked, as it was asked."""

    def do(viewer: Viewer) -> None:
        asker = people.by_login(login)
        mine = Grant.holder_id == (asker.id if asker else None)
        grant = db.session.scalars(select(Grant).where(mine, Grant.state == State.ASKED)).one()
        terms = Terms(grant.acts.split(), grant.level, purpose=grant.purpose, days=grant.days)
        deciding.approve(viewer, grant, terms, holding.customers_of(grant.id), "")

    return do
