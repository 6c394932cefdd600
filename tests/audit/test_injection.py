"""Names that try to forge a line of the log: they never reach the desk as they were sent."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from crm.accounts.people import Person
from crm.customers.cards import Customer
from crm.disclosure import seen
from tests import cast
from tests.audit.written import entries, last
from tests.crypto.meddling import run

FORGED = "甲\n乙\r\x1b[2J\x85\u202e丙\u2066\u200b丁<b>\u2028"
UNSEEN = "\x1b\u202e\u2066\u200b\x85\u2028"
PAGES = ("/audit", "/audit/entries", "/")


@pytest.fixture(params=[Person, Customer])
def forged(request, app, signed_in, planted):
    """Names that were put past every form, straight into the database; zhao opens a card."""
    whose = Person.login == "zhao" if request.param is Person else Customer.name == cast.NAME
    run(app, update(request.param).where(whose).values(name=FORGED))
    zhao = signed_in("zhao")
    zhao.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})
    zhao.post(f"/customers/{planted.customer_id}/open")
    return planted.customer_id


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_desk_prints_a_name_on_one_line_without_what_is_unseen(signed_in, forged, subtests):
    lin = signed_in("lin")
    for url in (*PAGES, f"/audit/entries?customer={forged}"):
        with subtests.test(url):
            page = lin.get(url).text
            assert not set(page) & set(UNSEEN)
            assert "甲\n乙" not in page
            assert "丙丁&lt;b&gt;" in page


def test_who_looked_is_told_on_one_line(app, forged):
    with app.app_context():
        told = {look.person for look in seen.by(forged, 50)}
    assert told <= {"赵小外", "甲 乙 [2J 丙丁<b>"}


@pytest.mark.parametrize("login", ["zhao\nlin ok", "\u202ezhao", "赵" * 64, "' OR 1=1 --"])
def test_a_login_that_is_nobodys_is_not_written_down(app, login):
    answer = app.test_client().post("/sign-in", data={"login": login, "password": "passwort-x9"})
    assert answer.status_code == 422
    said = last(app, "sign_in")
    assert (said["actor"], said["role"], said["result"]) == ("-", "-", "refused")
    assert said["detail"] == {"why": "unknown"}
    told = json.dumps(entries(app), ensure_ascii=False)
    assert login not in told
    assert "passwort" not in told


def test_a_filter_that_is_none_is_refused_and_not_written_down(app, signed_in):
    lin = signed_in("lin")
    for filtered in ("action=x%0Ay%E2%80%AE", "result=%0A", "person=%0A", "customer=x%0A"):
        assert lin.get(f"/audit/entries?{filtered}").status_code == 422
    assert "log_read" not in {one["action"] for one in entries(app)}
