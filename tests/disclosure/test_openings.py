"""Openings and the quota: how long a card stays open, for whom, and how many a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select

from crm import clock
from crm.access import law
from crm.crypto.keyring import DataKey
from crm.db import uuid7
from crm.disclosure import openings
from crm.disclosure.openings import DailyLook, Opening
from tests import cast, pictured
from tests.audit.written import entries, last
from tests.crypto.meddling import flipped, put, run, take

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
TRAITS = cast.SECRETS["traits"]


@pytest.fixture
def url(planted) -> str:
    return f"/customers/{planted.customer_id}"


def open_card(client, url: str, purpose: str = "visit", **more):
    return client.post(f"{url}/open", data={"purpose": purpose} | more)


def used(app, login: str = "zhao") -> int:
    with app.app_context():
        return openings.used_today(cast.viewer(login))


def spend(app, login: str, number: int, day: date | None = None) -> None:
    """Let a person have looked into so many other customers."""
    with app.app_context():
        person = cast.viewer(login).id
    rows = [
        {"person_id": person, "day": day or clock.today(), "customer_id": uuid7()}
        for _ in range(number)
    ]
    run(app, insert(DailyLook).values(rows))


def test_an_opened_card_shuts_after_a_quarter_of_an_hour(signed_in, url):
    zhao = signed_in("zhao")
    assert open_card(zhao, url).status_code == 303
    assert TRAITS in zhao.get(url).text
    with clock.turned(QUARTER - 5 * SECOND):
        assert TRAITS in zhao.get(url).text
    with clock.turned(QUARTER + SECOND):
        assert TRAITS not in zhao.get(url).text


@on_sqlite
def test_a_card_opened_again_stays_open_from_then_on(signed_in, url):
    zhao = signed_in("zhao")
    open_card(zhao, url)
    with clock.turned(timedelta(minutes=10)):
        open_card(zhao, url, "contract")
    with clock.turned(timedelta(minutes=24)):
        assert TRAITS in zhao.get(url).text
    with clock.turned(timedelta(minutes=26)):
        assert TRAITS not in zhao.get(url).text


def test_it_is_open_in_the_session_that_opened_it_and_in_no_other(app, signed_in, url):
    here, there, wang = signed_in("zhao"), signed_in("zhao"), signed_in("wang")
    open_card(here, url)
    assert TRAITS in here.get(url).text
    assert TRAITS not in there.get(url).text
    assert TRAITS not in wang.get(url).text
    other = cast.customer(app, name="另一家示例有限公司", traits=TRAITS)
    assert TRAITS not in here.get(f"/customers/{other}").text


@on_sqlite
def test_it_shuts_with_its_session(signed_in, url):
    zhao = signed_in("zhao")
    open_card(zhao, url)
    zhao.post("/sign-out")
    assert TRAITS not in signed_in("zhao").get(url).text


@on_sqlite
def test_what_an_open_card_shows_stands_in_the_log_under_its_opening(app, signed_in, url):
    zhao = signed_in("zhao")
    open_card(zhao, url, "contract")
    opened = last(app, "open")
    zhao.get(url)
    shown = last(app, "list")
    assert (shown["code"], shown["purpose"]) == (opened["code"], "contract")
    assert {"traits", "phone", "contact.title", "follow_up.text"} <= set(shown["fields"])
    assert "contact.mobile" not in shown["fields"]
    assert "contact.mobile" in shown["detail"]["masked"]


@on_sqlite
def test_secrets_stay_sealed_on_an_open_card(app, signed_in, url):
    zhao = signed_in("zhao")
    open_card(zhao, url)
    page = pictured.read(app, zhao.get(url).text)
    for column in ("mobile", "birth_date", "education", "home_address", "hobbies", "family"):
        assert cast.CONTACT_SECRETS[column] not in page
    for secret in (*cast.SECRETS.values(), cast.SHAREHOLDER):
        assert secret in page


def test_a_customer_counts_once_a_day_whatever_is_opened_of_it(app, signed_in, url, planted):
    zhao = signed_in("zhao")
    mobile = f"contact.{planted.contact_id}.mobile"
    for _ in range(2):
        open_card(zhao, url)
        zhao.post(f"{url}/reveal", data={"field": mobile, "purpose": "visit"})
        zhao.get(f"{url}/edit")
    assert used(app) == 1


@on_sqlite
def test_lists_cards_calls_and_refusals_do_not_count(app, signed_in, url, planted):
    zhao = signed_in("zhao")
    mobile = f"contact.{planted.contact_id}.mobile"
    zhao.get("/customers")
    zhao.get(url)
    zhao.post(f"{url}/open")
    zhao.post(f"{url}/reveal", data={"field": mobile, "act": "copy", "purpose": "visit"})
    for field, act in ((mobile, "dial"), ("address", "navigate")):
        assert zhao.post(f"{url}/reveal", data={"field": field, "act": act}).status_code == 200
    assert used(app) == 0


def test_over_the_quota_the_answer_is_a_sentence_and_the_log_says_so(app, signed_in, url, planted):
    zhao = signed_in("zhao")
    spend(app, "zhao", 80)
    for answer in (
        open_card(zhao, url),
        zhao.post(f"{url}/reveal", data={"field": "phone", "purpose": "visit"}),
        zhao.get(f"{url}/edit"),
    ):
        assert answer.status_code == 429
        assert "每日上限" in answer.text
        assert "市场主管" in answer.text, "what to do"
        assert cast.SECRETS["phone"] not in answer.text
        said = [one for one in entries(app) if one["result"] == "refused"][-1]
        assert said["detail"] == {"why": "OverQuota"}
        assert said["subject_ids"] == [str(planted.customer_id)]
    assert used(app) == 80


def test_the_last_of_the_quota_is_still_given(app, signed_in, url, planted):
    zhao = signed_in("zhao")
    spend(app, "zhao", 79)
    assert open_card(zhao, url).status_code == 303
    with app.app_context():
        assert openings.standing(cast.viewer("zhao"), planted.customer_id)[1] == 0
    assert open_card(zhao, url).status_code == 303, "the same customer is counted already"
    assert zhao.post(f"{url}/reveal", data={"field": "phone"}).status_code == 200


@on_sqlite
def test_over_the_quota_one_still_calls_and_writes_down_what_was_said(app, signed_in, url, planted):
    zhao = signed_in("zhao")
    spend(app, "zhao", 80)
    mobile = f"contact.{planted.contact_id}.mobile"
    answer = zhao.post(f"{url}/reveal", data={"field": mobile, "act": "dial"})
    assert cast.CONTACT_SECRETS["mobile"] in answer.text
    answer = zhao.post(f"{url}/follow-ups", data={"kind": "phone", "text": "约了下周"})
    assert answer.status_code == 303


@on_sqlite
def test_the_quota_is_each_persons_own_and_the_posts(app, signed_in, url, planted):
    spend(app, "zhao", 80)
    spend(app, "zong", 80)
    assert open_card(signed_in("wang"), url).status_code == 303
    assert open_card(signed_in("zong"), url, "management").status_code == 303
    with app.app_context():
        assert [law.quota(cast.viewer(login)) for login in ("zhao", "zong", "lin")] == [80, 200, 0]
        assert openings.standing(cast.viewer("lin"), planted.customer_id)[1] == 0


def test_the_quota_begins_anew_at_the_offices_midnight(app, signed_in, url):
    spend(app, "zhao", 80)
    to_midnight = clock.start_of(clock.next_day(clock.today())) - clock.now()
    with clock.turned(to_midnight - 2 * SECOND):
        assert open_card(signed_in("zhao"), url).status_code == 429
    with clock.turned(to_midnight + SECOND):
        assert used(app) == 0
        assert open_card(signed_in("zhao"), url).status_code == 303
        assert used(app) == 1
    assert used(app) == 80


@on_sqlite
def test_a_look_that_did_not_come_about_does_not_count(app, signed_in, planted, url):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    place = ("customers", "phone", planted.customer_id)
    put(app, *place, flipped(take(app, *place), 30))
    answer = signed_in("zhao").post(f"{url}/reveal", data={"field": "phone", "purpose": "visit"})
    assert answer.status_code == 500
    assert used(app) == 0
    assert last(app)["result"] == "failed"


@on_sqlite
def test_without_a_session_nothing_stays_open(app, planted):
    with app.app_context():
        assert openings.running(cast.viewer("zhao"), planted.customer_id) is None


@on_sqlite
def test_a_shredded_card_does_not_open(app, signed_in, planted, url):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    zhao = signed_in("zhao")
    open_card(zhao, url)
    run(app, DataKey.__table__.delete().where(DataKey.owner_id == planted.customer_id))
    answer = zhao.get(url)
    assert answer.status_code == 500
    assert "解不开" in answer.text
    assert TRAITS not in answer.text


@on_sqlite
def test_an_opening_is_kept_with_its_times_and_purpose(app, signed_in, url):
    zhao = signed_in("zhao")
    open_card(zhao, url, "other", note="老板要看")
    ((opened_at, until, purpose, code),) = run(
        app, select(Opening.opened_at, Opening.until, Opening.purpose, Opening.code)
    )
    assert until - opened_at == QUARTER
    assert (purpose, code) == ("other", last(app, "open")["code"])
    assert entries(app, "open")[0]["note"]
    assert run(app, select(func.count()).select_from(Opening)) == [(1,)]
