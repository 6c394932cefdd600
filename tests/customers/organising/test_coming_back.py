"""Coming back: a card out of the bin or out of a merge, when the world went on meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from crm import clock
from crm.accounts.people import Person
from crm.crypto.keyring import DataKey
from crm.customers import cards, handing, merging, recycling
from crm.customers.beside import Collaborator
from crm.customers.binned import Shredded
from crm.customers.cards import Customer
from crm.customers.contributing import consents, correcting, links, reading, records, taking
from crm.customers.contributing.consents import Consent
from crm.customers.contributing.links import IntakeLink
from crm.customers.contributing.table import COMPANY, PERSON
from crm.customers.merging import Merge
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard, claiming
from crm.db import db
from crm.errors import Invalid
from crm.web import unit
from tests import cast
from tests.customers.house import owner_of, pool_on, put
from tests.customers.organising.merged import merge, undo

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask


@pytest.fixture
def two(app) -> tuple[UUID, UUID]:
    """Zhao's card, and sun's."""
    return (
        cast.customer(app, "zhao", "甲家示例有限公司", collaborators="wang"),
        cast.customer(app, "sun", "乙家示例有限公司"),
    )


def leave(app: Flask, login: str) -> None:
    with app.test_request_context(), unit.work():
        gone = update(Person).where(Person.login == login).values(disabled_at=clock.now())
        db.session.execute(gone)


def by_lin(app: Flask, act: Any) -> Any:
    """One act of the supervisor's."""
    with app.test_request_context():
        lin = cast.viewer("lin")
        with unit.work(lin.actor()):
            return act(lin)


def bin_(app: Flask, card: UUID) -> None:
    by_lin(app, lambda lin: recycling.throw_in(cards.get(card, lin), lin))


def restore(app: Flask, card: UUID) -> bool:
    return by_lin(app, lambda lin: recycling.restore(lin, *recycling.get(card, lin)))


def in_pool(app: Flask, card: UUID) -> bool:
    with app.app_context():
        lies = select(PoolCard.customer_id).join(Customer, Customer.id == PoolCard.customer_id)
        return db.session.scalar(lies.where(PoolCard.customer_id == card,
                                            Customer.owner_id.is_(None))) is not None  # fmt: skip


def beside(app: Flask, card: UUID) -> int:
    with app.app_context():
        there = select(Collaborator).where(Collaborator.customer_id == card)
        return len(db.session.scalars(there).all())


def passes(app: Flask, card: UUID) -> list[tuple[str, str]]:
    with app.app_context():
        wanted = select(OwnerChange).where(OwnerChange.customer_id == card)
        rows = db.session.scalars(wanted.order_by(OwnerChange.at, OwnerChange.id))
        return [(one.how, one.why) for one in rows]


def test_a_card_whose_owner_left_comes_out_of_the_bin_into_the_pool(app, two):
    pool_on(app)
    bin_(app, two[0])
    leave(app, "zhao")
    assert restore(app, two[0]) is False
    assert in_pool(app, two[0])
    assert beside(app, two[0]) == 0
    assert passes(app, two[0]) == [("return", "left")]


def test_without_a_pool_it_is_nobodys_and_the_supervisor_is_told_so(app, two, signed_in):
    bin_(app, two[0])
    leave(app, "zhao")
    lin = signed_in("lin")
    answer = lin.post(f"/customers/bin/{two[0]}/restore", follow_redirects=True)
    assert "原负责人已不在岗" in answer.text
    assert owner_of(app, two[0]) is None
    assert beside(app, two[0]) == 1
    assert "原负责人已不在岗" in lin.get(f"/customers/{two[0]}/history").text


def test_whoever_changed_posts_does_not_get_a_card_back(app, two):
    bin_(app, two[0])
    with app.test_request_context(), unit.work():
        db.session.execute(update(Person).where(Person.login == "zhao").values(role="planner"))
    assert restore(app, two[0]) is False
    assert owner_of(app, two[0]) is None


def test_a_merge_is_not_undone_while_the_survivor_is_in_the_bin(app, two):
    done = merge(app, *two)
    bin_(app, two[0])
    with pytest.raises(Invalid, match="回收站"):
        undo(app, done)
    assert restore(app, two[0])
    undo(app, done)
    assert [owner_of(app, one) for one in two] == ["zhao", "sun"]


def test_undone_after_the_survivor_fell_into_the_pool_it_stays_there_alone(app, two):
    pool_on(app)
    done = merge(app, *two)
    put(app, two[0])
    undo(app, done)
    assert in_pool(app, two[0])
    assert beside(app, two[0]) == 0
    assert owner_of(app, two[1]) == "sun"


def test_a_card_of_the_pool_that_was_merged_away_comes_back_into_the_pool(app, two):
    pool_on(app)
    put(app, two[1])
    done = merge(app, *two)
    undo(app, done)
    assert in_pool(app, two[1])
    assert owner_of(app, two[0]) == "zhao"


def test_a_survivor_that_takes_the_pools_side_lies_in_the_pool_until_it_is_undone(app, two):
    pool_on(app)
    put(app, two[1])
    done = merge(app, *two, {"owner": "right"})
    assert in_pool(app, two[0])
    assert beside(app, two[0]) == 0
    undo(app, done)
    assert (owner_of(app, two[0]), in_pool(app, two[0])) == ("zhao", False)
    assert in_pool(app, two[1])
    assert beside(app, two[0]) == 1


def test_a_survivor_that_leaves_the_pool_goes_back_there_when_it_is_undone(app, two):
    pool_on(app)
    put(app, two[0])
    done = merge(app, *two, {"owner": "right"})
    assert (owner_of(app, two[0]), in_pool(app, two[0])) == ("sun", False)
    undo(app, done)
    assert in_pool(app, two[0])
    with app.test_request_context():
        wang = cast.viewer("wang")
        with unit.work(wang.actor()):
            claiming.claim(wang, two[0])
    assert owner_of(app, two[0]) == "wang"


def test_whoever_left_since_gets_nothing_back_by_an_undone_merge(app, two):
    done = merge(app, *two, {"owner": "right"})
    leave(app, "zhao")
    undo(app, done)
    assert [owner_of(app, one) for one in two] == [None, "sun"]
    assert passes(app, two[0]) == [("merge", "merge"), ("unmerge", "unmerge"), ("handover", "left")]


def test_a_card_with_an_intake_link_is_merged_and_a_used_link_stays_used(app, two):
    with app.test_request_context():
        sun = cast.viewer("sun")
        with unit.work(sun.actor()):
            _link, token = links.make(sun, two[1], 7)
    done = merge(app, *two)
    with app.test_request_context(), unit.work():
        link = links.find(token)
        assert link is not None
        assert link.customer_id == two[0]
        links.spend(link)
    undo(app, done)
    with app.app_context():
        (link,) = db.session.scalars(select(IntakeLink)).all()
        assert link.customer_id == two[1]
        assert link.used_at is not None


def test_a_contribution_that_was_decided_meanwhile_stays_decided(app, two):
    form = {"name": "乙家示例有限公司", "source": "市场调查", "phone": "021-60001111"}
    with app.test_request_context():
        yuan = cast.viewer("yuan")
        with unit.work(yuan.actor()):
            taking.from_person(yuan, reading.read(form, COMPANY, PERSON), None, None)
    done = merge(app, *two)
    with app.test_request_context(), unit.work():
        db.session.execute(update(records.Contribution).values(state="decided"))
    undo(app, done)
    with app.app_context():
        (row,) = db.session.scalars(select(records.Contribution)).all()
        assert (row.customer_id, row.state) == (two[1], "decided")


def test_what_a_customer_took_back_meanwhile_stays_away(app, two):
    form = {"name": "乙家", "phone": "021-60001111"}
    with app.test_request_context():
        sun = cast.viewer("sun")
        with unit.work(sun.actor()):
            link, _token = links.make(sun, two[1], 7)
            told = reading.read(form, COMPANY, PERSON, "客户自填")
            made = taking.from_customer(link, told)
            code = correcting.give(made)
    done = merge(app, *two)
    with app.test_request_context(), unit.work():
        made = correcting.find(code)
        assert made is not None
        assert made.customer_id == two[0]
        correcting.withdraw(made)
    undo(app, done)
    with app.app_context():
        assert db.session.scalars(select(records.Contribution)).all() == []


def test_an_agreement_goes_with_the_person_and_withdrawn_it_stays_withdrawn(app):
    person = {"contact.new1.name": "同一人", "contact.new1.mobile": "13700007777"}
    two = (
        cast.customer(app, "zhao", "丙家示例有限公司", **person),
        cast.customer(app, "sun", "丁家示例有限公司", **person),
    )
    with app.test_request_context():
        sun = cast.viewer("sun")
        with unit.work(sun.actor()):
            theirs = cards.get(two[1], sun).customer.main_contact_id
            consents.told(sun, two[1], theirs, ["contact.mobile"])
    done = merge(app, *two)
    with app.test_request_context(), unit.work():
        one = db.session.scalars(select(Consent)).one()
        assert one.contact_id != theirs
        assert one.contact_id in consents.of(two[0])
        consents.withdraw(two[0], one.id)
    undo(app, done)
    with app.app_context():
        one = db.session.scalars(select(Consent)).one()
        assert (one.customer_id, one.contact_id) == (two[1], theirs)
        assert one.withdrawn_at is not None


def test_shredding_takes_what_went_into_the_card_through_another(app, two):
    """The first snapshot holds the second card too: nothing of it may stay openable."""
    third = cast.customer(app, "zhao", "第三家示例有限公司")
    merge(app, two[1], third)
    merge(app, *two)
    bin_(app, two[0])
    with app.test_request_context(), clock.turned(timedelta(days=31)):
        assert recycling.purge() == 1
    with app.app_context():
        assert db.session.scalars(select(Merge)).all() == []
        graves = set(db.session.scalars(select(Shredded.customer_id)))
        assert graves == {*two, third}
        keys = set(db.session.scalars(select(DataKey.owner_id)))
        people = set(db.session.scalars(select(Person.id)))
        assert keys <= people


def test_forgetting_a_card_forgets_the_snapshots_that_hold_it_through_another(app, two):
    third = cast.customer(app, "zhao", "第三家示例有限公司")
    merge(app, two[1], third)
    merge(app, *two)
    with app.test_request_context(), unit.work():
        merging.forget(two[0])
    with app.app_context():
        assert set(db.session.scalars(select(Merge.box))) == {None}


def test_a_handover_that_goes_on_later_gives_nothing_to_who_left(app, two, monkeypatch):
    monkeypatch.setattr(handing, "AT_ONCE", 0)
    with app.test_request_context():
        lin = cast.viewer("lin")
        with unit.work(lin.actor()):
            to = handing.receivers(["wang", "sun"])
            job = handing.hand_over(lin, handing.Wanted(ids=[two[0]]), to, "region", 1)
        leave(app, "wang")
        handing.carry_out(lin, job.id, "")
    assert owner_of(app, two[0]) == "sun"
    with app.test_request_context():
        with unit.work(lin.actor()):
            to = handing.receivers(["sun"])
            job = handing.hand_over(lin, handing.Wanted(ids=[two[1]]), to, "region", 1)
        leave(app, "sun")
        with pytest.raises(Invalid, match="不在岗"):
            handing.carry_out(lin, job.id, "")
