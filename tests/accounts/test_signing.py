"""Signing in: what failures cost, what a first password asks, where one lands."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from crm import clock
from crm.accounts import signing
from crm.accounts.people import Person
from crm.home import signing as pages
from crm.web import unit
from tests import cast
from tests.audit.written import entries, last, results
from tests.crypto.meddling import run

NEW = "vier ganz andere worte"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def sign_in(client, login: str = "zhao", password: str = cast.PASSWORD, url: str = "/sign-in"):
    return client.post(url, data={"login": login, "password": password})


def test_who_knows_the_password_is_in_and_the_log_names_them(app, signed_in):
    assert signed_in("zhao").get("/me").status_code == 200
    said = last(app, "sign_in")
    assert [said[key] for key in ("actor", "role", "result")] == ["zhao", "salesperson", "ok"]


@on_sqlite
@pytest.mark.parametrize("login", ["ZHAO", " zhao ", "Zhao"])
def test_a_login_is_found_whatever_its_case(app, login):
    assert sign_in(app.test_client(), login).status_code == 302


def test_every_failure_looks_the_same(app):
    client = app.test_client()
    run(app, update(Person).where(Person.login == "wang").values(disabled_at=clock.now()))
    pages = [
        sign_in(client, "nobody", "some password"),
        sign_in(client, "zhao", "some password"),
        sign_in(client, "wang", cast.PASSWORD),
    ]
    assert {page.status_code for page in pages} == {422}
    texts = {re.sub(r'value="[^"]*"', "", page.text) for page in pages}
    assert len(texts) == 1
    assert [one["detail"]["why"] for one in entries(app, "sign_in")] == [
        "unknown",
        "password",
        "disabled",
    ]


@on_sqlite
def test_an_empty_form_is_a_failure_without_an_entry(app):
    number = len(entries(app))
    assert app.test_client().post("/sign-in", data={}).status_code == 422
    assert len(entries(app)) == number


def test_five_failures_lock_the_account_for_a_quarter_of_an_hour(app):
    client = app.test_client()
    for _ in range(5):
        assert sign_in(client, password="wrong password").status_code == 422
    assert sign_in(client).status_code == 422
    assert last(app, "sign_in")["detail"] == {"why": "locked"}
    with clock.turned(timedelta(minutes=14, seconds=50)):
        assert sign_in(client).status_code == 422
    with clock.turned(timedelta(minutes=15, seconds=1)):
        assert sign_in(client).status_code == 302
    assert results(app, "sign_in") == ["refused"] * 7 + ["ok"]


@on_sqlite
def test_failures_while_locked_do_not_lengthen_the_lock(app):
    client = app.test_client()
    for _ in range(9):
        sign_in(client, password="wrong password")
    with clock.turned(timedelta(minutes=15, seconds=1)):
        assert sign_in(client).status_code == 302


@on_sqlite
def test_a_success_forgets_the_failures_before(app):
    for _ in range(3):
        client = app.test_client()
        for _ in range(4):
            sign_in(client, password="wrong password")
        assert sign_in(client).status_code == 302


@on_sqlite
def test_the_address_is_limited_by_failures_and_by_nothing_else(app):
    for _ in range(40):
        assert sign_in(app.test_client()).status_code == 302
    for _ in range(30):
        assert sign_in(app.test_client(), "nobody", "x").status_code == 422
    answer = sign_in(app.test_client())
    assert answer.status_code == 429
    assert "太频繁" in answer.text
    number = len(entries(app))
    sign_in(app.test_client())
    assert len(entries(app)) == number, "what is not looked at is not written down either"


def test_an_account_that_closes_during_the_check_stays_closed(app):
    """The password is checked before the writer's lock: what others did meanwhile counts."""
    client = app.test_client()
    with ThreadPoolExecutor() as pool:
        with app.test_request_context(), unit.work():
            waiting = pool.submit(sign_in, client)
            time.sleep(0.5)
            person = cast.people.by_login("zhao")
            person.disabled_at = clock.now()
        assert waiting.result(20).status_code == 422
    assert last(app, "sign_in")["detail"] == {"why": "disabled"}


def test_a_password_that_changes_during_the_check_is_not_the_old_one(app):
    client = app.test_client()
    with ThreadPoolExecutor() as pool:
        with app.test_request_context(), unit.work():
            waiting = pool.submit(sign_in, client)
            time.sleep(0.5)
            signing.reset_password(cast.people.by_login("zhao"), NEW)
        assert waiting.result(20).status_code == 422
    assert last(app, "sign_in")["detail"] == {"why": "password"}


@on_sqlite
def test_a_hash_of_old_costs_is_renewed_at_sign_in(app):
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(cast.PASSWORD)
    run(app, update(Person).where(Person.login == "zhao").values(password_hash=old))
    assert sign_in(app.test_client()).status_code == 302
    ((kept,),) = run(app, select(Person.password_hash).where(Person.login == "zhao"))
    assert "m=8,t=1" in kept
    assert sign_in(app.test_client()).status_code == 302


@pytest.fixture
def first(app, signed_in):
    """A client of zhao's with a password from the administrator, to be changed."""
    run(app, update(Person).where(Person.login == "zhao").values(must_change=True))
    return signed_in("zhao")


def change(client, current: str = cast.PASSWORD, new: str = NEW, again: str | None = None):
    given = {"current": current, "new": new, "again": new if again is None else again}
    return client.post("/me/password", data=given)


@on_sqlite
@pytest.mark.parametrize("url", ["/", "/customers", "/me", "/customers/new", "/today"])
def test_a_first_password_opens_nothing_but_its_change(first, url):
    answer = first.get(url)
    assert (answer.status_code, answer.location) == (302, "/me/password")


@on_sqlite
def test_a_first_password_does_not_let_a_form_through(app, first, planted):
    field = {"field": "phone", "purpose": "visit"}
    answer = first.post(f"/customers/{planted.customer_id}/reveal", data=field)
    assert answer.location == "/me/password"
    assert entries(app, "reveal") == []


def test_after_the_change_everything_is_open_again(app, first):
    assert change(first).location == "/"
    assert first.get("/customers").status_code == 200
    assert sign_in(app.test_client()).status_code == 422
    assert sign_in(app.test_client(), password=NEW).status_code == 302
    assert last(app, "password_changed")["result"] == "ok"


@on_sqlite
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"current": "wrong password"}, "现在的密码不对"),
        ({"new": cast.PASSWORD}, "新密码和现在的一样"),
        ({"new": "short"}, "密码至少"),
        ({"new": "zhao zhao zhao"}, "太容易猜到"),
        ({"again": "something else"}, "两次输入的新密码不一样"),
        ({"again": ""}, "三个格子都要填"),
    ],
)
def test_a_change_that_cannot_be_is_told_why(first, given, sentence):
    answer = change(first, **given)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert first.get("/customers").location == "/me/password"


@on_sqlite
def test_a_wrong_password_at_the_change_is_a_refusal(app, first):
    change(first, current="wrong password")
    assert (last(app)["action"], last(app)["result"]) == ("password_changed", "refused")


def test_a_change_ends_every_other_session_at_once(app, signed_in):
    here, there = signed_in("zhao"), signed_in("zhao")
    assert change(here).status_code == 302
    assert here.get("/me").status_code == 200
    assert there.get("/me").status_code == 302
    assert last(app, "session_ended")["detail"] == {"by": "password"}


TRICKS = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "javascript:alert(1)",
    "",
    "me",
    "/customers\r\nSet-Cookie: a=b",
    "/ /evil.example",
    "/customers/../\\evil.example",
)


@on_sqlite
@pytest.mark.parametrize("trick", TRICKS)
def test_next_leads_to_no_other_house(app, trick):
    client = app.test_client()
    answer = client.post(
        "/sign-in", query_string={"next": trick}, data={"login": "zhao", "password": cast.PASSWORD}
    )
    assert answer.location == "/"


@on_sqlite
@pytest.mark.parametrize("url", ["/customers", "/customers?q=银杏&page=2", "/me", "/audit#top"])
def test_next_leads_to_a_page_of_ours(app, url):
    with app.test_request_context(query_string={"next": url}):
        assert pages.next_url() == url


@on_sqlite
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.text("/\\.:@?#\t\r\n\x00 aevil", max_size=12))
def test_whatever_next_says_a_browser_stays_here(app, target):
    """As browsers read an address: tabs and line ends dropped, a backslash taken for a slash."""
    with app.test_request_context(query_string={"next": target}):
        there = pages.next_url()
    read = re.sub("[\t\r\n]", "", there).strip("\x00 ").replace("\\", "/")
    assert read.startswith("/")
    assert urlsplit(read).netloc == ""


@on_sqlite
def test_who_is_signed_in_already_is_sent_home(signed_in):
    answer = signed_in("zhao").get("/sign-in?next=/customers")
    assert (answer.status_code, answer.location) == (302, "/")
