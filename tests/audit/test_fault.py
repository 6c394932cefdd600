"""When the log cannot be written, nothing is shown and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text

from crm import clock
from crm.customers.cards import Customer
from crm.customers.changes import Change
from crm.customers.followups import FollowUp
from crm.db import db
from crm.disclosure.openings import DailyLook, Opening
from tests import cast
from tests.crypto.meddling import run

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

SECRETS = (*cast.SECRETS.values(), *cast.CONTACT_SECRETS.values(), cast.SHAREHOLDER, cast.FOLLOW_UP)
TELLING = [one.encode() for one in SECRETS if len(one) > 2] + [b"139****5678"]
TELLING.append(b'src="/pictures/')
"""What no answer may hold: every planted value that is no common word, and a mask."""
STATE = (Customer.version, Change.id, FollowUp.id, Opening.id, DailyLook.customer_id)
"""What none of these requests may have changed."""

REFUSING = {
    "sqlite": [
        "CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'disk'); END"
    ],
    "postgresql": [
        """CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'disk'; END $$""",
        "CREATE TRIGGER broken BEFORE INSERT ON {table} EXECUTE FUNCTION broken()",
    ],
}
FAULTS = {
    "the table refuses": ("log_entries", REFUSING),
    "the index refuses": ("log_subjects", REFUSING),
    "the table is gone": ("log_entries", ["ALTER TABLE {table} RENAME TO elsewhere"]),
}

MOBILE = "contact.{contact}.mobile"
ASKED = {
    "card": ("GET", "/customers/{customer}", {}),
    "history": ("GET", "/customers/{customer}/history", {}),
    "open": ("POST", "/customers/{customer}/open", {"purpose": "visit"}),
    "reveal": ("POST", "/customers/{customer}/reveal", {"field": MOBILE, "purpose": "visit"}),
    "dial": ("POST", "/customers/{customer}/reveal", {"field": MOBILE, "act": "dial"}),
    "edit": ("GET", "/customers/{customer}/edit", {}),
    "save": ("POST", "/customers/{customer}/edit", {"version": "1", "phone": "0571-11112222"}),
    "a bad form": ("POST", "/customers/{customer}/edit", {"version": "1", "phone": "不是号码"}),
    "an old form": ("POST", "/customers/{customer}/edit", {"version": "0"}),
    "follow-up": ("POST", "/customers/{customer}/follow-ups", {"text": "来过电话"}),
}
LISTED = {
    "list": ("GET", "/customers", {}),
    "look-up": ("GET", "/customers?q=13912345678", {}),
    "today": ("GET", "/today", {}),
    "first page": ("GET", "/", {}),
}
"""A list is not found by its subjects: only the log's own table stands in its way."""


@pytest.fixture
def due(app: Flask) -> Planted:
    """Zhao's customer, to be called today; errors become pages, as in daily use."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return cast.planted(app, next_contact=clock.today())


def break_log(app: Flask, fault: str) -> None:
    table, how = FAULTS[fault]
    with app.app_context():
        kind = db.engine.dialect.name
    statements = how[kind] if isinstance(how, dict) else how
    run(app, *(text(one.format(table=table)) for one in statements))


def state(app: Flask) -> list[object]:
    kept = [run(app, select(func.count(column), func.max(column))) for column in STATE[:1]]
    return kept + [run(app, select(func.count()).select_from(one.class_)) for one in STATE[1:]]


def ask(client: FlaskClient, planted: Planted, page: str) -> Any:
    """One of the pages above."""
    method, url, form = (ASKED | LISTED)[page]
    names = {"customer": planted.customer_id, "contact": planted.contact_id}
    filled = {key: value.format(**names) for key, value in form.items()}
    return client.open(url.format(**names), method=method, data=filled or None)


@pytest.fixture
def zhao(signed_in, due):
    """Asks for a page as zhao, who signed in before the log broke."""
    client = signed_in("zhao")
    return lambda page: ask(client, due, page)


@pytest.fixture
def nothing_left(app, zhao, caplog):
    """Holds an answer to it: a 500, no planted value in it or in the program's log, all undone."""
    before = state(app)
    assert zhao

    def hold(answer: Any) -> None:
        assert answer.status_code == 500
        assert "系统出错" in answer.text
        sent = answer.data + str(answer.headers).encode() + caplog.text.encode()
        assert not [one for one in TELLING if one in sent]
        assert state(app) == before

    return hold


@pytest.mark.parametrize("fault", FAULTS)
def test_a_card_leaves_nothing(app, zhao, nothing_left, subtests, fault):
    break_log(app, fault)
    for page in ASKED:
        with subtests.test(page):
            nothing_left(zhao(page))


def test_a_list_leaves_nothing(app, zhao, nothing_left, subtests):
    assert all(cast.NAME in zhao(page).text for page in LISTED)
    break_log(app, "the table refuses")
    for page in LISTED:
        with subtests.test(page):
            answer = zhao(page)
            nothing_left(answer)
            assert cast.NAME not in answer.text


def test_an_opened_card_is_shut_as_well(app, zhao, subtests):
    zhao("open")
    assert cast.SECRETS["traits"] in zhao("card").text
    break_log(app, "the table refuses")
    for page in ("card", "history", "edit"):
        with subtests.test(page):
            answer = zhao(page)
            assert answer.status_code == 500
            assert not [one for one in TELLING if one in answer.data]


@pytest.mark.parametrize(
    "header", [("HX-Request", "true"), ("Accept", "application/json")], ids=["htmx", "json"]
)
def test_no_form_of_answer_leaves_anything(app, signed_in, due, subtests, header):
    client = signed_in("zhao")
    client.environ_base["HTTP_" + header[0].upper().replace("-", "_")] = header[1]
    break_log(app, "the table refuses")
    for page in ASKED:
        with subtests.test(page):
            answer = ask(client, due, page)
            assert answer.status_code == 500
            assert not [one for one in TELLING if one in answer.data]


def test_a_refusal_that_cannot_be_written_is_still_a_refusal(app, signed_in, due, subtests):
    sun = signed_in("sun")
    break_log(app, "the table refuses")
    for page in ("card", "open", "reveal", "edit", "save"):
        with subtests.test(page):
            answer = ask(sun, due, page)
            assert answer.status_code == 500
            assert not [one for one in TELLING if one in answer.data]


@pytest.mark.usefixtures("due")
def test_the_supervisor_does_not_read_a_log_that_cannot_say_so(app, signed_in):
    lin = signed_in("lin")
    assert "赵小外" in lin.get("/audit/entries").text
    break_log(app, "the table refuses")
    for answer in (lin.get("/audit/entries"), lin.get("/audit"), lin.post("/audit/export")):
        assert answer.status_code == 500
        assert "赵小外" not in answer.text
        assert b'"seq"' not in answer.data


@pytest.mark.usefixtures("due")
def test_nobody_is_signed_in_when_it_cannot_be_written(app):
    break_log(app, "the table refuses")
    client = app.test_client()
    answer = client.post("/sign-in", data={"login": "zhao", "password": cast.PASSWORD})
    assert answer.status_code == 500
    assert client.get("/customers", headers={"Accept": "application/json"}).status_code != 200


def test_when_the_log_is_mended_the_page_is_there_again(app, zhao):
    break_log(app, "the table is gone")
    assert zhao("card").status_code == 500
    run(app, text("ALTER TABLE elsewhere RENAME TO log_entries"))
    assert zhao("reveal").status_code == 200
