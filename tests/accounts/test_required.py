"""Required: a post that may open sets up a second factor first; the last one stays."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from crm import config, create_app
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.db import db
from tests import cast
from tests.accounts.factored import HERE, is_in, knock, second, set_up
from tests.audit.written import entries
from tests.crypto.meddling import run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MUST = {"dong", "zong", "zhuli", "zongjian", "zhao"}


@pytest.mark.parametrize("login", [*sorted(MUST), "lin", "xi", "an", "he", "yuan"])
def test_who_may_open_is_led_to_set_one_up_and_nobody_else(strict, login):
    client, there = knock(strict, login)
    assert there == "/"
    answer = client.get("/")
    assert (answer.location == HERE) is (login in MUST)
    assert answer.status_code == (302 if login in MUST else 200)


@on_sqlite
def test_until_then_nothing_else_is_open(strict, planted_there):
    client, _there = knock(strict)
    for path in ("/", "/customers", "/me", "/today", "/notices", f"/customers/{planted_there}"):
        assert client.get(path).location == HERE, path
    field = {"field": "phone", "purpose": "visit"}
    answer = client.post(f"/customers/{planted_there}/reveal", data=field)
    assert answer.location == HERE
    assert entries(strict, "reveal") == []
    page = client.get(HERE).text
    assert "先设置第二重验证" in page
    assert 'href="/customers"' not in page


@pytest.fixture
def planted_there(strict):
    """A customer of zhao's."""
    return cast.planted(strict).customer_id


def test_once_it_is_there_the_house_is_open_and_asks_for_it(strict):
    client, _there = knock(strict)
    phone, codes = set_up(client)
    assert len(codes) == 10
    assert client.get("/customers").status_code == 200
    other, there = knock(strict)
    assert there == "/sign-in/second"
    assert second(other, code=phone.code()).location == "/"
    assert is_in(other)


@on_sqlite
def test_the_last_one_is_not_removed_where_the_post_needs_it(strict):
    client, _there = knock(strict)
    set_up(client)
    answer = client.post(f"{HERE}/code/remove")
    assert answer.status_code == 422
    assert "先加一种新的" in answer.text
    assert knock(strict)[1] == "/sign-in/second"


@on_sqlite
def test_a_first_password_is_changed_before(strict):
    run(strict, update(Person).where(Person.login == "zhao").values(must_change=True))
    client, _there = knock(strict)
    assert client.get("/").location == "/me/password"
    new = "vier ganz andere worte"
    form = {"current": cast.PASSWORD, "new": new, "again": new}
    assert client.post("/me/password", data=form).location == "/"
    assert client.get("/").location == HERE


@on_sqlite
def test_whoever_is_given_such_a_post_needs_one_from_then_on(strict):
    client, _there = knock(strict, "yuan")
    assert client.get("/").status_code == 200
    run(strict, update(Person).where(Person.login == "yuan").values(role=Role.SALESPERSON))
    assert client.get("/").location == HERE


@on_sqlite
def test_one_may_leave_or_choose_a_language_before(strict):
    client, _there = knock(strict)
    assert client.post("/me/language", data={"language": "en"}).location == "/"
    assert client.post("/sign-out").location == "/sign-in"


@pytest.mark.parametrize(
    ("said", "demo", "asked"),
    [
        ("", False, True),
        ("", True, False),
        ("required", True, True),
        ("required", False, True),
        ("off", False, False),
    ],
)
def test_a_demonstration_company_starts_without(templates, tmp_path, said, demo, asked):
    given = templates.settings("sqlite", tmp_path / "house") | {"CRM_SECOND_FACTOR": said}
    if demo:
        (tmp_path / "house" / "demo").touch()
    there = create_app(given)
    assert bool(there.extensions["kedang.must_prove"]) is asked
    with there.app_context():
        db.engine.dispose()


def test_another_word_is_refused(tmp_path):
    with pytest.raises(ValueError, match="CRM_SECOND_FACTOR"):
        config.read({"CRM_SECOND_FACTOR": "sometimes", "CRM_INSTANCE": str(tmp_path)})
