"""Merging: two cards become one without being opened, and for thirty days two again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.crypto.keyring import DataKey
from crm.customers import cards, merging, searching
from crm.customers.beside import Collaborator
from crm.customers.cards import Customer
from crm.customers.changes import Change
from crm.customers.contacts import Contact
from crm.customers.editing import apply
from crm.customers.followups import FollowUp, Kind, write
from crm.customers.merging import comparing
from crm.customers.merging.moves import PARTS
from crm.customers.owners import OwnerChange
from crm.customers.views import duplicates
from crm.db import Base, db
from crm.errors import Invalid, Missing
from crm.web import unit
from tests import cast, pictured
from tests.audit.written import entries
from tests.customers.organising.merged import ALSO, OTHER, all_rows, merge, terms, undo


@pytest.fixture
def other(app, planted):
    """The second card, sun's, with a follow-up; zhao's is there before it."""
    assert planted
    made = cast.customer(app, "sun", OTHER, **ALSO)
    with app.test_request_context():
        sun = cast.viewer("sun")
        with unit.work(sun.actor()):
            write(sun, cards.get(made, sun), Kind.VISIT, "孙说过的一句话")
    return made


def count(app, model, card) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).where(model.customer_id == card))


def test_everything_the_other_card_had_is_the_survivors(app, planted, other):
    merge(app, planted.customer_id, other)
    with app.test_request_context():
        lin = cast.viewer("lin")
        kept = cards.get(planted.customer_id, lin).customer
        assert db.session.scalar(select(Customer.id).where(Customer.id == other)) is None
        assert kept.industry == "林业" or not kept.industry
        assert count(app, FollowUp, kept.id) == 2
        assert count(app, Contact, kept.id) == 2  # one person was on both cards
        assert len(db.session.scalars(select(Collaborator)).all()) == 2  # wang, and sun who had it


def test_what_moved_opens_for_its_new_owner(app, planted, other, signed_in):
    merge(app, planted.customer_id, other, {"phone": "right"})
    zhao = signed_in("zhao")
    zhao.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})
    page = pictured.read(app, zhao.get(f"/customers/{planted.customer_id}").text)
    assert ALSO["phone"] in page
    assert "贺二人" in page
    assert "孙说过的一句话" in page


def test_the_old_name_and_the_old_numbers_find_the_survivor(app, planted, other):
    merge(app, planted.customer_id, other)
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        assert searching.find("13700001111", zhao).values["known"] == [planted.customer_id]
        assert searching.find(ALSO["phone"], zhao).values["known"] == []  # not chosen
        assert OTHER in db.session.get(Customer, planted.customer_id).search_text
        taken = apply.taken_by(OTHER)
        assert taken is not None
        assert "赵小外" in taken


def test_what_was_not_chosen_stands_in_the_history(app, planted, other):
    before = count(app, Change, planted.customer_id)
    merge(app, planted.customer_id, other)
    with app.app_context():
        codes = set(
            db.session.scalars(select(Change.code).where(Change.customer_id == planted.customer_id))
        )
    assert count(app, Change, planted.customer_id) > before
    assert {"phone", "contact.title", "contact.family"} <= codes
    assert "address" not in codes  # it was the same


@pytest.mark.parametrize("picks", [{}, {"phone": "right", "name": "right", "owner": "right"}])
def test_undone_at_once_both_cards_are_as_they_were(app, planted, other, picks):
    both = (planted.customer_id, other)
    rows, found = all_rows(app, *both), terms(app, *both)
    done = merge(app, *both, picks)
    assert undo(app, done) == []
    now = all_rows(app, *both)
    made = len(now.pop("owner_changes")) - len(rows.pop("owner_changes"))
    now["changes"] = [one for one in now["changes"] if one in rows["changes"]]
    assert now == rows
    assert terms(app, *both) == found
    assert made == (2 if "owner" in picks else 0)  # there and back stays written


def test_what_was_changed_since_stays_on_the_survivor(app, planted, other):
    done = merge(app, planted.customer_id, other)
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        with unit.work(zhao.actor()):
            card = cards.get(planted.customer_id, zhao)
            card.customer.industry = "后来改的行业"
            write(zhao, card, Kind.PHONE, "合并以后说的话")
    undo(app, done)
    with app.test_request_context():
        kept, gone = (db.session.get(Customer, one) for one in (planted.customer_id, other))
        assert kept.industry == "后来改的行业"
        assert gone.industry == ALSO["industry"]
        assert count(app, FollowUp, kept.id) == 2
        assert count(app, FollowUp, gone.id) == 1


def test_merges_are_undone_in_their_order_and_not_in_a_circle(app, planted, other):
    third = cast.customer(app, "zhao", "第三家示例有限公司")
    first = merge(app, third, other)
    second = merge(app, planted.customer_id, third)
    with app.app_context():
        assert merging.survivor(other) == planted.customer_id
    with pytest.raises(Invalid, match="先撤销"):
        undo(app, first)
    with pytest.raises(Missing):
        merge(app, other, planted.customer_id)  # the circle: that card is no more
    undo(app, second)
    undo(app, first)
    with app.app_context():
        assert merging.survivor(other) is None
        assert db.session.scalar(select(func.count()).select_from(Customer)) == 3


def test_a_card_is_not_merged_with_itself(app, planted):
    with pytest.raises(Invalid):
        merge(app, planted.customer_id, planted.customer_id)


def test_after_thirty_days_it_stays_done_and_the_snapshot_is_shredded(app, planted, other):
    done = merge(app, planted.customer_id, other)
    with clock.turned(timedelta(days=31)), app.test_request_context():
        with pytest.raises(Invalid, match="30"):
            undo(app, done)
        with unit.work():
            assert merging.forget_old() == 1
        keys = set(db.session.scalars(select(DataKey.owner_id)))
    assert not keys & {done, other}


def test_an_undo_fails_in_words_when_the_name_was_taken(app, planted, other):
    done = merge(app, planted.customer_id, other)
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        with unit.work(zhao.actor()):
            card = cards.get(planted.customer_id, zhao).customer
            card.name = OTHER
    with pytest.raises(Invalid, match="改名"):
        undo(app, done)


def test_every_table_that_names_a_customer_stands_in_the_list():
    def names_a_customer(table) -> bool:
        keys = {key.column.table.name for key in table.foreign_keys}
        return "customer_id" in table.c or "customers" in keys

    found = {name for name, table in Base.metadata.tables.items() if names_a_customer(table)}
    assert found == set(PARTS)
    for name, part in PARTS.items():
        if part.own_key:
            continue
        boxes = {
            column.name
            for column in Base.metadata.tables[name].columns
            if type(column.type).__name__ == "SealedText"
        }
        assert set(part.boxes) == boxes, name


def test_who_owned_it_is_told_on_both_sides(app, planted, other):
    done = merge(app, planted.customer_id, other, {"owner": "right"})
    undo(app, done)
    with app.app_context():
        told = db.session.scalars(select(OwnerChange.why).order_by(OwnerChange.at)).all()
    assert told == ["merge", "unmerge"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_cards_are_compared_so_often_a_day_and_crowds_never(
    app, planted, other, signed_in, monkeypatch
):
    lin, path = signed_in("lin"), f"/customers/{planted.customer_id}/merge/{other}"
    monkeypatch.setattr(comparing, "MOST", 0)
    crowd = lin.get(path)
    assert crowd.status_code == 422
    assert "不能比较和合并" in crowd.text
    monkeypatch.undo()
    allowed = int(duplicates.COMPARISONS.partition(" ")[0])
    codes = [lin.get(path).status_code for _ in range(allowed - 2)]
    codes += [lin.post(path, data={"versions": "9-9"}).status_code for _ in range(2)]
    assert codes == [200] * (allowed - 2) + [409, 429]
    told = [
        one["detail"]["contacts"] for one in entries(app, "list") if "contacts" in one["detail"]
    ]
    assert told[0] == [1, 2]
