"""Assigning, handing over, merging and undoing in any order: nothing is lost, owners are lawful."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from crm.accounts.people import Person
from crm.customers import cards, followups, handing, merging, owners, standing
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.followups import FollowUp, Kind
from crm.customers.merging import Merge, joining, parting
from crm.customers.owners import OwnerChange
from crm.db import db
from crm.errors import Invalid
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

CARDS = 5
EXAMPLES = int(os.environ.get("ANY_ORDER", "12"))
"""Runs of forty steps; 250 of them are ten thousand."""
PEOPLE = ("zhao", "wang", "sun")
some_card, some_person = st.integers(0, CARDS - 1), st.sampled_from(PEOPLE)


class Organising(RuleBasedStateMachine):
    """What the supervisor and the owners do, on one archive: each example goes on from the last."""

    app: Flask
    ids: ClassVar[list[UUID]]
    told: ClassVar[dict[str, int]]

    def there(self, at: int) -> UUID:
        """The card of this number, or the one that it went into."""
        return merging.survivor(self.ids[at]) or self.ids[at]

    @rule(at=some_card, login=some_person)
    def assign(self, at: int, login: str) -> None:
        with self.app.test_request_context():
            lin = cast.viewer("lin")
            with unit.work(lin.actor()):
                card = cards.get(self.there(at), lin).customer
                to = standing.responsible(login)
                owners.move(lin, [(card.id, card.owner_id)], to, "duties")

    @rule(before=some_person, to=st.lists(some_person, min_size=1, max_size=2, unique=True))
    def hand_over(self, before: str, to: list[str]) -> None:
        with self.app.test_request_context():
            lin = cast.viewer("lin")
            wanted = handing.Wanted(from_id=cast.viewer(before).id)
            with unit.work(lin.actor()):
                if number := handing.count(wanted):
                    made = handing.receivers(to)
                    assert handing.hand_over(lin, wanted, made, "region", number) <= number

    @rule(one=some_card, other=some_card, theirs=st.booleans())
    def merge(self, one: int, other: int, theirs: bool) -> None:  # noqa: FBT001 - drawn
        with self.app.test_request_context():
            lin = cast.viewer("lin")
            left, right = self.there(one), self.there(other)
            if left == right:
                return
            with unit.work(lin.actor()):
                both = [cards.get(each, lin).customer for each in (left, right)]
                joining.join(lin, *both, {"owner": "right"} if theirs else {})

    @rule(at=st.integers(0, 20))
    def undo(self, at: int) -> None:
        with self.app.test_request_context():
            lin = cast.viewer("lin")
            wanted = select(Merge.id).where(Merge.undone_at.is_(None)).order_by(Merge.at)
            standing_ = db.session.scalars(wanted).all()
            if not standing_:
                return
            chosen = standing_[at % len(standing_)]
            try:
                with unit.work(lin.actor()):
                    parting.part(lin, db.session.get(Merge, chosen))
            except Invalid as invalid:
                assert "先撤销" in invalid.sentence  # noqa: PT017 - the only lawful refusal

    @rule(at=some_card)
    def follow_up(self, at: int) -> None:
        with self.app.test_request_context():
            card = self.there(at)
            owner = db.session.scalar(select(Customer.owner_id).where(Customer.id == card))
            login = db.session.scalar(select(Person.login).where(Person.id == owner))
            who = cast.viewer(login)
            with unit.work(who.actor()):
                followups.write(who, cards.get(card, who), Kind.PHONE, "说了一句话")
            self.told["follow_ups"] += 1

    @invariant()
    def nothing_is_lost(self) -> None:
        with self.app.app_context():
            standing_ = db.session.scalar(
                select(func.count()).select_from(Merge).where(Merge.undone_at.is_(None))
            )
            number = {
                table: db.session.scalar(select(func.count()).select_from(table))
                for table in (Customer, Contact, FollowUp)
            }
            assert number[Customer] == CARDS - standing_
            assert number[Contact] == CARDS
            assert number[FollowUp] == self.told["follow_ups"]

    @invariant()
    def everybody_who_owns_may(self) -> None:
        with self.app.app_context():
            lawful = {cast.viewer(login).id: cast.viewer(login).team_id for login in PEOPLE}
            for owner, team in db.session.execute(select(Customer.owner_id, Customer.team_id)):
                assert lawful[owner] == team

    @invariant()
    def the_history_of_owners_is_complete(self) -> None:
        """Of a card that holds no other's rows, each change begins where the last one ended."""
        with self.app.app_context():
            mixed = set(db.session.scalars(select(Merge.kept_id).where(Merge.undone_at.is_(None))))
            for card, owner in db.session.execute(select(Customer.id, Customer.owner_id)):
                wanted = select(OwnerChange).where(OwnerChange.customer_id == card)
                rows = db.session.scalars(wanted.order_by(OwnerChange.at, OwnerChange.id)).all()
                if card in mixed or not rows:
                    continue
                assert rows[-1].to_id == owner
                assert all(one.to_id == other.from_id for one, other in pairwise(rows))


def steps(app: Flask) -> type[RuleBasedStateMachine]:
    """The machine on this archive, with five cards that have a contact each."""
    ids = [
        cast.customer(
            app,
            PEOPLE[at % 3],
            f"第{at}家示例有限公司",
            **{"contact.new1.name": f"甲{at}", "contact.new1.mobile": f"1370000000{at}"},
        )
        for at in range(CARDS)
    ]
    return type("Here", (Organising,), {"app": app, "ids": ids, "told": {"follow_ups": 0}})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_in_any_order_nothing_is_lost_and_every_owner_is_lawful(app):
    run_state_machine_as_test(
        steps(app),
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
