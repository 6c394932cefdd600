"""The pledge: nothing can be reached before it, it is asked for once a year, and it is an entry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm import clock
from crm.accounts import people, pledge
from crm.accounts.roles import Role
from crm.web import unit
from tests import cast
from tests.entries import said

NEW = "brand new words here"


@pytest.fixture
def newcomer(app):
    """Somebody whose first password has been changed, who has pledged nothing yet."""
    with app.test_request_context(), unit.work():
        people.add("new.one", "新人", Role.STAFF, cast.PASSWORD)
    client = app.test_client()
    client.post("/sign-in", data={"login": "new.one", "password": cast.PASSWORD})
    assert client.get("/me/pledge").location == "/me/password"
    changed = {"current": cast.PASSWORD, "new": NEW, "again": NEW}
    assert client.post("/me/password", data=changed).status_code == 302
    return client


def test_nothing_can_be_reached_before_the_pledge(app, newcomer):
    for path in ("/", "/me", "/grants", "/notices", "/work/leaving/new"):
        assert newcomer.get(path).location == "/me/pledge", path
    assert newcomer.post("/contributions/new", data={}).location == "/me/pledge"
    page = newcomer.get("/me/pledge").text
    for clause in ("(3)", "(5)(9)"):
        assert f"细则第二章·客户档案管理{clause}" in page
    assert newcomer.post("/me/pledge", data={}).status_code == 422
    assert newcomer.get("/").status_code == 302
    assert newcomer.post("/me/pledge", data={"agreed": "1"}).status_code == 303
    assert newcomer.get("/").status_code == 200
    assert [one["detail"] for one in said(app, "pledged")] == [{"version": pledge.VERSION}]


def test_who_has_not_pledged_may_leave(newcomer):
    assert newcomer.post("/sign-out").location == "/sign-in"


def test_it_is_asked_for_again_after_a_year_at_the_next_sign_in(newcomer, signed_in):
    signed_in("zhao").post("/me/pledge", data={"agreed": "1"})  # the cast pledged when it was hired
    newcomer.post("/me/pledge", data={"agreed": "1"})
    with clock.turned(timedelta(days=364)):
        assert signed_in("zhao").get("/").status_code == 200
    with clock.turned(pledge.YEAR - timedelta(minutes=1)):
        zhao = signed_in("zhao")
    with clock.turned(pledge.YEAR + timedelta(minutes=10)):
        assert zhao.get("/").status_code == 200, "nobody is stopped in the middle of a session"
        again = signed_in("zhao")
        assert again.get("/").location == "/me/pledge"
        again.post("/me/pledge", data={"agreed": "1"})
        assert again.get("/").status_code == 200
        assert "上次确认" in again.get("/me/pledge").text


def test_who_need_not_change_the_password_has_pledged(app, signed_in):
    assert signed_in("zhao").get("/").status_code == 200
    assert said(app, "pledged") == []
