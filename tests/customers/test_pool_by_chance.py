"""The pool at random: whatever people do, each card is one person's or the pool's, and it is told.

Thirty-two people at once, on both databases: of those who claim the same card one has it.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import event, func, select

from crm import clock
from crm.accounts import people
from crm.accounts.people import Person, viewer_of
from crm.accounts.roles import Role
from crm.audit.entry import LogEntry
from crm.customers import cards
from crm.customers.cards import Customer
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard, claiming, falling
from crm.db import db
from crm.errors import Trouble
from crm.web import unit
from tests import cast
from tests.customers.house import pool_on, put

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

SELLERS = ("zhao", "wang", "sun")
CARDS, CLAIMS, COOL_DOWN = 5, 3, 2
RUNS, STEPS = 25, 80
"""Two thousand steps a run of the tests."""
YEARS_APART = 3650
"""Days between one story and the next, so that no claim counts in two of them."""
_numbers, _stories = count(1), count(1)


class Pool(RuleBasedStateMachine):
    """Three people, a supervisor, the night, and five cards."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.day = self.begins = YEARS_APART * next(_stories)
        with clock.turned(timedelta(days=self.day)):
            self.ids = [
                cast.customer(self.app, "zhao", f"随机{next(_numbers)}号示例有限公司", level="A")
                for _ in range(CARDS)
            ]
        self.owner: dict[UUID, str | None] = dict.fromkeys(self.ids, "zhao")
        self.former: dict[UUID, tuple[str, Any]] = {}
        self.claimed: Counter[tuple[str, Any]] = Counter()
        self.passed: Counter[UUID] = Counter()

    def tried(self, login: str, act: Any) -> Exception | None:
        """One act in a unit of its own, at this story's time; what it was refused with."""
        with self.app.test_request_context(), clock.turned(timedelta(days=self.day)):
            who = cast.viewer(login)
            try:
                with unit.work(who.actor()):
                    act(who)
            except Trouble as trouble:
                return trouble
            return None

    @property
    def today(self) -> Any:
        with clock.turned(timedelta(days=self.day)):
            return clock.today()

    @rule(at=st.integers(0, CARDS - 1), login=st.sampled_from(SELLERS))
    def claim(self, at: int, login: str) -> None:
        card = self.ids[at]
        refused = self.tried(login, lambda who: claiming.claim(who, card))
        former, since = self.former.get(card, ("", None))
        cooling = former == login and self.day < since + COOL_DOWN
        full = self.claimed[login, self.today] >= CLAIMS
        assert (refused is None) == (self.owner[card] is None and not cooling and not full)
        if refused is None:
            self.claimed[login, self.today] += 1
            self.owner[card] = login
            self.passed[card] += 1

    @rule(at=st.integers(0, CARDS - 1), login=st.sampled_from(SELLERS))
    def put_back(self, at: int, login: str) -> None:
        card = self.ids[at]
        refused = self.tried(login, lambda who: claiming.release(who, cards.get(card, who), "busy"))
        assert (refused is None) == (self.owner[card] == login)
        if refused is None:
            self._into_pool(card)

    @rule(at=st.integers(0, CARDS - 1), to=st.sampled_from(SELLERS))
    def assign(self, at: int, to: str) -> None:
        card = self.ids[at]
        refused = self.tried("lin", lambda who: claiming.assign(who, card, to))
        assert (refused is None) == (self.owner[card] is None)
        if refused is None:
            self.owner[card] = to
            self.passed[card] += 1

    @rule()
    @precondition(lambda self: self.day < self.begins + YEARS_APART - 500)
    def a_month_goes_by(self) -> None:
        self.day += 31
        with self.app.app_context(), clock.turned(timedelta(days=self.day)):
            falling.nightly()
        for card in self.ids:
            if self.owner[card]:
                self._into_pool(card)

    @rule()
    def a_day_goes_by(self) -> None:
        self.day += 1

    def _into_pool(self, card: UUID) -> None:
        former = self.owner[card]
        assert former
        self.former[card] = (former, self.day)
        self.owner[card] = None
        self.passed[card] += 1

    @invariant()
    def each_card_is_one_persons_or_in_the_pool(self) -> None:
        with self.app.app_context():
            held = select(Customer.id, Person.login, PoolCard.since, Customer.owner_id)
            held = held.outerjoin(Person, Person.id == Customer.owner_id)
            held = held.outerjoin(PoolCard, PoolCard.customer_id == Customer.id)
            for row in db.session.execute(held.where(Customer.id.in_(self.ids))):
                assert row.login == self.owner[row.id]
                assert (row.since is None) == (row.login is not None)

    @invariant()
    def its_history_is_complete(self) -> None:
        with self.app.app_context():
            wanted = select(OwnerChange).where(OwnerChange.customer_id.in_(self.ids))
            at: dict[UUID, Any] = {}
            seen: Counter[UUID] = Counter()
            for one in db.session.scalars(wanted.order_by(OwnerChange.at, OwnerChange.id)):
                assert one.customer_id not in at or at[one.customer_id] == one.from_id
                at[one.customer_id] = one.to_id
                seen[one.customer_id] += 1
            assert seen == self.passed


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whatever_happens_each_card_has_one_owner_or_lies_in_the_pool(app):
    pool_on(app, **{"pool.claims": str(CLAIMS), "pool.cool_down": str(COOL_DOWN)})
    with app.app_context():  # thousands of steps need no disk that keeps them
        event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        db.engine.dispose()
    machine = type("OfThisHouse", (Pool,), {"app": app})
    machine.TestCase.settings = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case = machine.TestCase()
    case.runTest()


def grabbed(app: Flask, ids: list[UUID]) -> tuple[Counter[UUID], list[BaseException]]:
    """Everybody claims every card, all at once: how often each was got, and what went wrong."""
    won: Counter[UUID] = Counter()
    wrong: list[BaseException] = []
    lock, start = threading.Lock(), threading.Barrier(32)

    def grab(login: str) -> None:
        with app.test_request_context():
            person = people.by_login(login)
            assert person
            who = viewer_of(person)
            db.session.rollback()
            start.wait()
            for card in ids:
                try:
                    with unit.work(who.actor()):
                        claiming.claim(who, card)
                except claiming.Gone:
                    continue
                except BaseException as error:  # noqa: BLE001 - told by the test
                    wrong.append(error)
                    return
                with lock:
                    won[card] += 1

    threads = [threading.Thread(target=grab, args=(f"seller{n:02}",)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, wrong


def test_of_thirty_two_people_who_claim_the_same_cards_one_has_each(app):
    pool_on(app, **{"pool.claims": "1000"})
    ids = [cast.customer(app, "zhao", f"抢手{n:02}号示例有限公司") for n in range(50)]
    put(app, *ids)
    with app.test_request_context(), unit.work():
        for n in range(32):
            people.add(f"seller{n:02}", f"业务员{n}", Role.SALESPERSON, cast.PASSWORD)
    won, wrong = grabbed(app, ids)
    assert wrong == []
    assert won == Counter(ids)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PoolCard)) == 0
        claimed = select(OwnerChange.customer_id).where(OwnerChange.how == "claim")
        assert sorted(db.session.scalars(claimed)) == sorted(ids)
        told = select(LogEntry.result, func.count()).where(LogEntry.action == "claim")
        counts = dict(db.session.execute(told.group_by(LogEntry.result)).all())
        assert counts == {"ok": 50, "refused": 32 * 50 - 50}
