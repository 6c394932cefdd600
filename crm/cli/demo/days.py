"""The days at the desk: who signed in, who looked at what and why, and who was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crm.access.permissions import Permission
from crm.cli.demo import acts
from crm.cli.demo.dice import perhaps
from crm.cli.demo.telling import Scene
from crm.disclosure.acts import Act, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from crm.cli.demo.companies import Company
    from crm.cli.demo.hours import Hours
    from crm.cli.demo.story import Story

P = Purpose
DAYS = 8
"""Working days before today that are told so."""
IMPORTANT = "AB"
"""Levels of the customers that the executives look at."""
EARLY = ("zhangwei", "lina", "wangfang", "gaoshan", "linjing", "zhouming")
SOMETIMES = ("liuying", "chenyuan", "hejie", "sunke", "qianyu", "wuqian", "zhengli", "xitong")
DAILY = (P.FOLLOW_UP, P.FOLLOW_UP, P.CONTRACT, P.COMPLAINT, P.CARE)
ASKED = {
    "mobile": P.FOLLOW_UP,
    "birth_date": P.CARE,
    "home_address": P.CARE,
    "hobbies": P.VISIT,
    "family": P.CARE,
    "education": P.MAINTAIN,
}
"""What is revealed of a contact, and mostly what for."""


@dataclass(frozen=True, slots=True)
class Looker:
    """How somebody looks into the archive: how often a day, for what."""

    login: str
    least: int
    most: int
    purposes: tuple[Purpose, ...]
    own: bool


LOOKERS = (
    Looker("zhangwei", 2, 4, DAILY, own=True),
    Looker("lina", 2, 5, DAILY, own=True),
    Looker("wangfang", 1, 4, DAILY, own=True),
    Looker("gaoshan", 1, 3, (P.MANAGEMENT, P.CONTRACT, P.FOLLOW_UP), own=False),
    Looker("zhouming", 1, 3, (P.MANAGEMENT,), own=False),
    Looker("liuying", 0, 2, (P.MANAGEMENT, P.CARE), own=False),
    Looker("chenyuan", 0, 1, (P.MANAGEMENT,), own=False),
)


class Desk:
    """Tells the looks of the last working days."""

    def __init__(self, rng: Random, stories: list[Story], hours: Hours) -> None:
        """Take the customers that may be looked at: those somebody is in touch with."""
        self.rng, self.hours = rng, hours
        alive = [one for one in stories if one.mode != "quiet"]
        self.companies = [one.company for one in alive]
        self.important = {one.company.name for one in alive if one.level in IMPORTANT}

    def scenes(self) -> Iterator[Scene]:
        """Everything that happened at the desk, day by day, today with the most refusals."""
        for back in range(DAYS, -1, -1):
            day = self.hours.days[back]
            yield from self._arrivals(day)
            for looker in LOOKERS:
                for _time in range(self.rng.randint(looker.least, looker.most)):
                    yield from self._look(looker, day)
            yield from self._supervision(day)
            yield from self._refusals(day, 5 if back == 0 else self.rng.randint(0, 2))

    def _at(self, day: date, first: float = 0.06, last: float = 1) -> Callable[..., Scene]:
        moment = self.hours.at(day, self.rng.uniform(first, last))

        def scene(login: str, do: acts.Do, minutes: float = 0, *, refused: bool = False) -> Scene:
            return Scene(
                min(moment + timedelta(minutes=minutes), self.hours.now), login, do, refused
            )

        return scene

    def _arrivals(self, day: date) -> Iterator[Scene]:
        for login in (*EARLY, *self.rng.sample(SOMETIMES, 3)):
            yield self._at(day, 0, 0.06)(login, acts.sign_in)

    def _known(self, day: date) -> list[Company]:
        return [one for one in self.companies if one.made < day]

    def _look(self, looker: Looker, day: date) -> Iterator[Scene]:
        known = self._known(day)
        mine = [one for one in known if one.owner == looker.login]
        others = [one for one in known if one.name in self.important]
        company = self.rng.choice(mine if looker.own else others)
        purpose, scene = self.rng.choice(looker.purposes), self._at(day)
        yield scene(looker.login, acts.look(company, purpose))
        if perhaps(self.rng, 0.6):
            yield scene(looker.login, self._reveal(company, looker), self.rng.uniform(0.4, 3))

    def _reveal(self, company: Company, looker: Looker) -> acts.Do:
        there = [column for column in ASKED if column in company.people[0].facts]
        column = self.rng.choice([*there, "mobile"])
        if perhaps(self.rng, 0.06):
            note = "寄送样册，核对收件信息"
            return acts.disclose(company, Act.REVEAL, column, P.OTHER, note)
        purpose = ASKED[column] if looker.own else looker.purposes[0]
        return acts.disclose(company, Act.REVEAL, column, purpose)

    def _supervision(self, day: date) -> Iterator[Scene]:
        for view in ("today", "first page"):
            read = acts.read_log(view)
            yield self._at(day, 0.1)("linjing", read)
        yield self._at(day, 0.2)("linjing", acts.seen_by(self.rng.choice(self._known(day))))

    def _refusals(self, day: date, number: int) -> Iterator[Scene]:
        kinds = (self._stray, self._without_purpose, self._copy, self._unauthorised)
        areas = (
            ("sunke", Permission.CUSTOMER_LIST, "customers.index"),
            ("hejie", Permission.CUSTOMER_LIST, "customers.index"),
            ("xitong", Permission.LOG_READ, "desk.today"),
        )
        told = [*(kind(day) for kind in kinds), self._at(day)("majun", acts.mistype)]
        told += [
            self._at(day)(login, acts.trespass(permission, page), refused=True)
            for login, permission, page in areas
        ]
        yield from self.rng.sample(told, number)

    def _stray(self, day: date) -> Scene:
        """A card that is somebody else's, tried by its address."""
        other = self.rng.choice([one for one in self._known(day) if one.owner == "lina"])
        return self._at(day)("wangfang", acts.visit(other), refused=True)

    def _without_purpose(self, day: date) -> Scene:
        do = acts.disclose(self._one_of("zhangwei", day), Act.REVEAL, "mobile", "")
        return self._at(day)("zhangwei", do, refused=True)

    def _copy(self, day: date) -> Scene:
        do = acts.disclose(self._one_of("lina", day), Act.COPY, "mobile", P.FOLLOW_UP)
        return self._at(day)("lina", do, refused=True)

    def _unauthorised(self, day: date) -> Scene:
        """The supervisor maintains the archive and may not read it."""
        do = acts.open_card(self._one_of("lina", day), P.AUDIT)
        return self._at(day)("linjing", do, refused=True)

    def _one_of(self, owner: str, day: date) -> Company:
        return self.rng.choice([one for one in self._known(day) if one.owner == owner])
