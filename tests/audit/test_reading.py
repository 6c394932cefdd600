"""Reading the log: by filter, in pages, in order; and what today came to."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from crm import clock
from crm.audit import log, reading
from crm.audit.entry import Actor
from crm.audit.reading import LOOKS, Wanted
from crm.db import uuid7
from crm.web import unit
from tests import cast
from tests.audit.written import entries

ONE, TWO = uuid7(), uuid7()
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def people(app):
    """Two of the cast as the log names them."""
    with app.app_context():
        return {login: cast.viewer(login).actor() for login in ("zhao", "lin")}


def say(app, who: Actor | None, action: str, result: str = "ok", **facts) -> None:
    with app.test_request_context(), unit.work(who):
        entry = log.say if result != "refused" else log.refuse
        entry(action, **facts | ({"result": result} if result == "failed" else {}))


@pytest.fixture
def told(app, people):
    """A small day: what was said, oldest first."""
    zhao, lin = people["zhao"], people["lin"]
    say(app, zhao, "open", subject_ids=(ONE,), indexed=True)
    say(app, zhao, "reveal", subject_ids=(ONE,), indexed=True)
    say(app, zhao, "reveal", subject_ids=(TWO,), indexed=True)
    say(app, zhao, "edit", subject_ids=(TWO,), indexed=True)
    say(app, zhao, "dial", subject_ids=(TWO,), indexed=True)
    say(app, zhao, "reveal", "failed", subject_ids=(TWO,), indexed=True)
    say(app, zhao, "list", subject_ids=(ONE, TWO))
    say(app, lin, "open", "refused", subject_ids=(ONE,))
    say(app, lin, "log_read")
    say(app, None, "sign_in", "refused")
    say(app, None, "sign_in", actor=lin)
    return app


def found(app, wanted: Wanted, **more) -> list[tuple[str, str]]:
    with app.app_context():
        return [(one.said["action"], one.said["result"]) for one in reading.entries(wanted, **more)]


def test_the_newest_entry_comes_first(told, people):
    actions = [action for action, _result in found(told, Wanted(actor_id=people["zhao"].id))]
    assert actions == ["list", "reveal", "dial", "edit", "reveal", "reveal", "open"]


def test_filters_narrow_each_other(told, people):
    assert found(told, Wanted(action="open")) == [("open", "refused"), ("open", "ok")]
    assert found(told, Wanted(result="failed")) == [("reveal", "failed")]
    assert found(told, Wanted(actor_id=people["lin"].id, result="refused")) == [("open", "refused")]
    assert found(told, Wanted(action="open", actor_id=people["zhao"].id)) == [("open", "ok")]


def test_a_record_is_found_by_what_was_opened_of_it_and_not_by_lists(told):
    assert found(told, Wanted(subject_id=ONE)) == [("reveal", "ok"), ("open", "ok")]


def test_since_is_within_and_until_is_not(told):
    with told.app_context():
        newest, older = reading.entries(Wanted())[:2]
        assert [one.seq for one in reading.entries(Wanted(since=newest.at))] == [newest.seq]
        assert reading.entries(Wanted(until=newest.at))[0].seq == older.seq
        assert reading.entries(Wanted(since=newest.at, until=newest.at)) == []


def test_pages_follow_the_sequence(told):
    with told.app_context():
        whole = [one.seq for one in reading.entries(Wanted(), limit=1000)]
        first = [one.seq for one in reading.entries(Wanted(), limit=4)]
        then = [one.seq for one in reading.entries(Wanted(), before=first[-1], limit=1000)]
    assert first + then == whole == list(range(len(entries(told)), 0, -1))
    assert reading.PAGE == 50


@on_sqlite
def test_in_order_gives_every_text_once_however_many(app):
    with app.test_request_context(), unit.work():
        for _ in range(2010):
            log.say("spoken")
    with app.app_context():
        texts = list(reading.in_order(Wanted(action="spoken")))
    seqs = [json.loads(text)["seq"] for text in texts]
    assert len(seqs) == 2010
    assert seqs == list(range(seqs[0], seqs[0] + 2010))


def test_in_order_of_nothing_is_nothing(app):
    with app.app_context():
        assert list(reading.in_order(Wanted(action="never"))) == []


def test_today_counts_looks_refusals_and_sign_ins(told):
    with told.app_context():
        day = reading.today()
    assert (day["looks"], day["refusals"], day["sign_ins"]) == (5, 2, 1)
    assert day["entries"] == len(entries(told))
    assert sum(day["hours"]) == day["looks"]
    assert day["hours"][clock.local(clock.now()).hour] > 0


def test_today_begins_at_the_offices_midnight(told):
    until_midnight = clock.start_of(clock.next_day(clock.today())) - clock.now()
    with told.app_context(), clock.turned(until_midnight + timedelta(seconds=1)):
        assert reading.today()["entries"] == 0
        assert reading.people_today() == []
        assert reading.refusals_today(5) == []


def test_people_are_told_with_their_acts_and_distinct_customers(told, people):
    with told.app_context():
        zhao, lin = reading.people_today()
    assert zhao == {
        "id": people["zhao"].id,
        "opens": 1,
        "reveals": 3,
        "dials": 1,
        "refused": 0,
        "customers": 2,
    }
    assert (lin["id"], lin["opens"], lin["refused"]) == (people["lin"].id, 0, 1)


def test_the_days_latest_refusals_are_told_first(told):
    with told.app_context():
        assert [one.said["action"] for one in reading.refusals_today(5)] == ["sign_in", "open"]
        assert len(reading.refusals_today(1)) == 1


def test_a_look_is_an_act_that_lets_a_value_out():
    assert "list" not in LOOKS
    assert {"open", "reveal", "dial", "navigate", "edit", "copy", "print", "export"} == set(LOOKS)
