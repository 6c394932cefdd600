"""The demonstration company: believable, in order, sealed, and nobody real."""

from __future__ import annotations

import os
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from flask_migrate import upgrade
from sqlalchemy import func, select, text
from stdnum.cn import uscc

from crm import clock, create_app
from crm.access.fields import COMPANY, CONTACT
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.audit import reading
from crm.audit.entry import LogEntry, leaf_hash
from crm.cli.demo import SEED, _plan, build_company, nowhere
from crm.cli.demo.dice import seeded
from crm.cli.demo.hours import Hours
from crm.cli.demo.story import DONE, DUE, LATE
from crm.cli.demo.texts import STORY
from crm.cli.house import make_keys
from crm.customers import duplicates, names
from crm.customers.beside import Collaborator
from crm.customers.binned import Binned
from crm.customers.cards import LIVE, Customer
from crm.customers.changes import Change
from crm.customers.contacts import Contact, ExtraValue
from crm.customers.contributing.links import IntakeLink
from crm.customers.contributing.records import ContributedFact
from crm.customers.followups import FollowUp
from crm.customers.purchases import Purchase
from crm.db import Base, db
from crm.home.demo_people import DEMO_PASSWORD
from tests import postgres
from tests.conftest import DATABASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from crm.cli.demo.companies import Company

SALESPEOPLE = ("zhangwei", "lina", "wangfang")
DOUBLES = 1
AFTERNOON = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


@pytest.fixture(scope="module", params=DATABASES)
def demo(request, templates, tmp_path_factory) -> Iterator[Flask]:
    """The demonstration company, built once on each kind of database."""
    if request.param == "postgresql":
        postgres.need()
    given = templates.settings(request.param, tmp_path_factory.mktemp("copied") / "instance")
    given["CRM_INSTANCE"] = str(tmp_path_factory.mktemp("demo") / "instance")
    if request.param == "postgresql":
        name = f"demo_{os.getpid()}"
        given["CRM_DATABASE_URL"] = postgres.create_database(templates.cluster, name)
    app = create_app(given)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        upgrade()
        make_keys()
        build_company()
    yield app
    with app.app_context():
        db.engine.dispose()


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    answer = client.post("/sign-in", data={"login": login, "password": DEMO_PASSWORD})
    assert answer.status_code == 302
    return client


def number(of: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(of)) or 0


def test_every_post_has_somebody_who_can_sign_in(demo):
    with demo.app_context():
        people = db.session.execute(select(Person.login, Person.role)).all()
    assert {role for _login, role in people} == {role.value for role in Role}
    for login in ("zhangwei", "linjing", "zhouming", "xitong"):
        assert signed_in(demo, login).get("/").status_code == 200


def test_the_archive_is_full_enough_to_look_lived_in(demo):
    with demo.app_context():
        people = Counter(db.session.scalars(select(Contact.customer_id)))
        assert number(Customer) == 140 + DOUBLES
        assert set(people.values()) == {1, 2, 3, 4}
        assert len(people) == 140 + DOUBLES
        assert number(FollowUp) > 700
        assert number(Change) > 100
        assert number(ExtraValue) > 40
        assert len(set(db.session.scalars(select(Collaborator.customer_id)))) == 15
        assert {one.level for one in db.session.scalars(select(Customer))} == set("ABCD")
        assert len({one.status for one in db.session.scalars(select(Customer))}) == 5


def test_the_logs_times_only_grow_and_end_now(demo):
    with demo.app_context():
        rows = db.session.scalars(select(LogEntry).order_by(LogEntry.seq)).all()
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        assert all(before.at <= after.at for before, after in pairwise(rows))
        assert rows[0].at < clock.now() - timedelta(days=100)
        assert rows[-1].at <= clock.now()
        assert all(row.leaf == leaf_hash(row.text) for row in rows)
        assert number(FollowUp) == sum(row.action == "follow_up" for row in rows)


def test_every_card_has_its_dates_in_order(demo):
    with demo.app_context():
        now = clock.now()
        for one in db.session.scalars(select(Customer).where(LIVE)):
            told = db.session.scalars(
                select(FollowUp).where(FollowUp.customer_id == one.id).order_by(FollowUp.at)
            ).all()
            assert told, one.name
            assert one.made_at < told[0].at
            assert told[-1].at == one.last_at <= now
            assert told[-1].id == one.last_follow_up_id
            assert told[-1].next_contact == one.next_contact


@pytest.mark.parametrize("login", SALESPEOPLE)
def test_a_salesperson_has_calls_due_overdue_and_done(demo, login):
    with demo.app_context():
        mine = select(Customer).join(Person, Person.id == Customer.owner_id)
        cards = db.session.scalars(mine.where(Person.login == login)).all()
        today = clock.today()
        waited = [(today - one.next_contact).days for one in cards if one.next_contact]
        done = [one for one in cards if one.last_at >= clock.start_of(today)]
    assert waited.count(0) == DUE
    late = [days for days in waited if days > 0]
    assert len(late) == LATE
    assert max(late) <= 14
    assert sum(days < 0 for days in waited) > 15
    assert len(waited) < len(cards)
    assert len(done) == DONE
    page = signed_in(demo, login).get("/today")
    assert page.status_code == 200
    assert any(one.name in page.text for one in cards)


def test_the_upkeep_of_the_archive_has_something_to_do(demo):
    with demo.app_context():
        fates = Counter(db.session.scalars(select(ContributedFact.state)))
        assert number(Binned) == 1
        assert number(IntakeLink) == 1
        assert number(Purchase) > 100
        assert len(duplicates.open_pairs()) == DOUBLES
    assert fates["waiting"] >= 6
    assert fates["accepted"] == fates["rejected"] == 1
    zhang, lin = signed_in(demo, "zhangwei"), signed_in(demo, "linjing")
    assert zhang.get("/contributions/waiting").text.count("马骏") == 1
    assert "吴倩" in lin.get("/contributions/waiting").text
    assert "不属于客户档案要记的内容" in signed_in(demo, "majun").get("/contributions").text


def test_the_supervisor_sees_a_living_day(demo):
    with demo.app_context():
        day = reading.today()
        people = reading.people_today()
    assert day["looks"] > 15
    assert day["refusals"] >= 5
    assert sum(day["hours"]) == day["looks"]
    assert len(people) > 5
    assert signed_in(demo, "linjing").get("/audit").status_code == 200


def everything_kept() -> bytes:
    """Every value of every row, as the database holds it."""
    rows = [
        row
        for table in Base.metadata.tables
        for row in db.session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 - our tables
    ]
    values = (value for row in rows for value in row)
    return b"\n".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
        for value in values
    )


def secrets_of(company: Company) -> set[str]:
    sealed = {field.column for field in CONTACT} - {"role", "title", "gender", "education"}
    found = {company.facts[field.code] for field in COMPANY if field.code in company.facts}
    for person in company.people:
        found |= {person.facts[column] for column in sealed & set(person.facts)}
    return {one for one in found - {company.name} if len(one) > 3}


def test_nothing_that_is_to_be_sealed_stands_anywhere_in_the_database(demo):
    with demo.app_context():
        kept = everything_kept()
        companies, _scenes = _plan(seeded(SEED), Hours(clock.now()))
    assert companies[0].name.encode() in kept
    for company in companies[::5]:
        assert {one for one in secrets_of(company) if one.encode() in kept} == set(), company.name
    beats = (
        beat for arc in STORY.values() if isinstance(arc, dict) for beat in arc.get("beats", ())
    )
    wordings = [part for beat in beats for one in beat[3:] for part in re.split(r"\{\w+\}", one)]
    assert {one for one in wordings if len(one) > 5 and one.encode() in kept} == set()


def test_the_same_day_tells_the_same_story():
    first, past = _plan(seeded(SEED), Hours(AFTERNOON))
    second, again = _plan(seeded(SEED), Hours(AFTERNOON))
    assert [(one.form(), one.made) for one in first] == [(one.form(), one.made) for one in second]
    assert [(one.at, one.login) for one in past] == [(one.at, one.login) for one in again]


def test_numbers_and_codes_belong_to_nobody():
    companies, _scenes = _plan(seeded(SEED), Hours(AFTERNOON))
    for company in companies:
        code = company.facts.get("credit_code", "")
        assert not code or (uscc.is_valid(code) and code[6:8] == nowhere.NO_DISTRICT)
        assert company.facts["phone"].partition("-")[2].startswith(nowhere.NO_SUBSCRIBER)
        for person in company.people:
            assert person.facts["mobile"][:3] in nowhere.UNASSIGNED
            assert person.facts.get("email", "@example.com").endswith("@example.com")
            assert "." in person.facts.get("wechat", ".")


def test_names_are_all_different_and_some_are_difficult():
    companies, _scenes = _plan(seeded(SEED), Hours(AFTERNOON))
    given = [one.name for one in companies]
    assert len({names.fold(one) for one in given}) == len(given)
    assert sum(len(one) > 35 for one in given) == 2
    assert any("𬘭" in one for one in given)
    assert any(names.fold(one) != one for one in given)


@pytest.mark.parametrize("passed", [0, 1, 30, 90, 300, 530, 600, 900, 1090, 1439])
def test_today_is_told_only_as_far_as_it_has_gone(passed):
    """Minutes of the office's day that have passed."""
    now = clock.start_of(AFTERNOON.date()) + timedelta(minutes=passed)
    hours = Hours(now)
    first, last = hours.at(hours.today, 0), hours.at(hours.today, 1)
    assert clock.start_of(hours.today) <= first <= last <= now
    assert hours.at(hours.days[1], 1) < first
    if passed >= 300:
        assert last - first >= timedelta(hours=2)


def test_nobody_works_on_a_weekend_but_today():
    sunday = AFTERNOON - timedelta(days=1)
    hours = Hours(sunday)
    assert hours.today.weekday() == 6
    assert all(day.weekday() < 5 for day in hours.days[1:])
    assert {hours.ahead(days).weekday() for days in range(1, 15)} <= set(range(5))
