"""Leaving: people go and come back, change teams and posts; their cards are handed over."""

from __future__ import annotations

from hypothesis import strategies as st
from sqlalchemy import select

from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.db import db
from tests.customers.chance.machine import (
    Company,
    a_seller,
    a_supervisor,
    an_owner,
    any_number,
    people_of_theirs,
    step,
)
from tests.customers.chance.town import PEOPLE, SUPERVISORS, TEAMS

FEWEST_OWNERS = 8


class LeavingCompany(Company):
    """The same people, who do not stay what they are."""

    @step(login=an_owner, to=people_of_theirs, first=st.booleans(), by=a_supervisor)
    def somebody_leaves(self, login: str, to: list[str], by: str, *, first: bool) -> None:
        """Frozen before or after their cards are handed over."""
        to = [one for one in to if one != login and self.town.may_have(one)]
        if not to or not self.town.may_have(login) or len(self.town.lawful()) <= FEWEST_OWNERS:
            return
        if first:
            self._frozen(login, frozen=True)
        self._all_of(login, to, by)
        if not first:
            self._frozen(login, frozen=True)
        self.town.away.add(login)

    @step(number=any_number)
    def somebody_returns(self, number: int) -> None:
        if not self.town.away:
            return
        login = sorted(self.town.away)[number % len(self.town.away)]
        self._frozen(login, frozen=False)
        self.town.away.discard(login)

    def _frozen(self, login: str, *, frozen: bool) -> None:
        self.town.administrator(f"{self._account(login)}/freeze", frozen="1" if frozen else "0")

    def _account(self, login: str) -> str:
        with self.town.now():
            return (
                f"/admin/people/{db.session.scalar(select(Person.id).where(Person.login == login))}"
            )

    @step(login=a_seller, team=st.sampled_from(TEAMS), to=people_of_theirs, sells=st.booleans())
    def somebody_changes(self, login: str, team: str, to: list[str], *, sells: bool) -> None:
        """Another team, or another post: then their cards are handed over before."""
        to = [one for one in to if one != login and self.town.may_have(one)]
        if login in self.town.away:
            return
        if not sells and self.town.may_have(login):
            if not to or len(self.town.lawful()) <= FEWEST_OWNERS:
                return
            self._all_of(login, to, SUPERVISORS[1])
        post = Role.SALESPERSON if sells else Role.PLANNER
        name = f"人{PEOPLE.index(login):02}"
        self.town.administrator(self._account(login), name=name, role=post.value, team=team)
        self.town.post[login] = post
