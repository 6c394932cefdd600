"""The town: thirty-two invented people of one company, each of their acts a unit of its own."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crm import clock
from crm.access import law
from crm.accounts import people
from crm.accounts.roles import Role
from crm.customers.standing import RESPONSIBLE
from crm.errors import Denied, Trouble
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from crm.access.permissions import Permission
    from crm.accounts.people import Viewer

TEAMS = ("一组", "二组", "三组", "四组")
POSTS = (
    *(Role.SALESPERSON,) * 20,
    Role.EXECUTIVE_DIRECTOR,
    Role.GENERAL_MANAGER,
    Role.GM_ASSISTANT,
    Role.MARKET_DIRECTOR,
    Role.MARKET_SUPERVISOR,
    Role.MARKET_SUPERVISOR,
    Role.SERVICE_SPECIALIST,
    Role.MANAGER_ASSISTANT,
    Role.FINANCE,
    Role.PLANNER,
    Role.ADMINISTRATION,
    Role.STAFF,
)
"""Thirty-two people: twenty who sell, four more who may be responsible, two who organise."""
PEOPLE = tuple(f"person{number:02}" for number in range(len(POSTS)))
SELLERS, OWNERS = PEOPLE[:20], PEOPLE[:24]
SUPERVISORS, OTHERS = PEOPLE[24:26], PEOPLE[26:]


class Town:
    """The archive, its people, and how many days have gone by."""

    def __init__(self, app: Flask) -> None:
        self.app, self.day = app, 0
        self.away: set[str] = set()
        """Who has left."""
        self.post = dict(zip(PEOPLE, POSTS, strict=True))
        with app.test_request_context(), unit.work():
            for number, login in enumerate(PEOPLE):
                team = TEAMS[number % len(TEAMS)] if login in OWNERS else None
                post = POSTS[number]
                people.add(
                    login, f"人{number:02}", post, cast.PASSWORD, team=team, must_change=False
                )

    @contextmanager
    def now(self) -> Iterator[None]:
        """Here, today."""
        with self.app.test_request_context(), clock.turned(timedelta(days=self.day)):
            yield

    def may_have(self, login: str | None) -> bool:
        """Whether this person may be responsible for a card."""
        return login is None or (login not in self.away and self.post[login] in RESPONSIBLE)

    def lawful(self) -> list[str]:
        """Everybody who may be responsible today."""
        return [one for one in OWNERS if self.may_have(one)]

    def act(
        self, login: str, permission: Permission | None, act: Callable[[Viewer], Any]
    ) -> tuple[Any, Trouble | None]:
        """One act of one person, asked by the guard first; what it gave, or was refused with."""
        with self.now():
            who = cast.viewer(login)
            try:
                with unit.work(who.actor()):
                    if permission and law.scope(who, permission) is None:
                        raise Denied
                    return act(who), None
            except Trouble as trouble:
                return None, trouble

    def administrator(self, path: str, **form: str) -> None:
        """What the system administrator says on the page of accounts."""
        with clock.turned(timedelta(days=self.day)):
            client = self.app.test_client()
            client.post("/sign-in", data={"login": "xi", "password": cast.PASSWORD})
            answer = client.post(path, data=form)
            assert answer.status_code == 303, answer.text
