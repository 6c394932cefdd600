"""Sessions: they end by themselves, and at once when somebody says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import func, select, update

from crm import clock
from crm.accounts import sessions
from crm.accounts.people import Person, Team
from crm.accounts.sessions import ABSOLUTE, IDLE, SignIn
from crm.web import unit
from tests import cast
from tests.audit.written import entries, last
from tests.crypto.meddling import run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MINUTE = timedelta(minutes=1)


def is_in(client) -> bool:
    return client.get("/me").status_code == 200


def ids(app, login: str) -> list[object]:
    """The ids of a person's sessions, oldest first."""
    wanted = select(SignIn.id).join(Person, Person.id == SignIn.person_id)
    return [one for (one,) in run(app, wanted.where(Person.login == login).order_by(SignIn.id))]


def person_id(app, login: str):
    ((found,),) = run(app, select(Person.id).where(Person.login == login))
    return found


def test_a_session_that_is_not_used_ends(signed_in):
    zhao = signed_in("zhao")
    with clock.turned(IDLE - MINUTE):
        assert is_in(zhao)
    with clock.turned(IDLE - MINUTE + IDLE - MINUTE):
        assert is_in(zhao), "its use was noted"
    with clock.turned(3 * IDLE):
        assert not is_in(zhao)
    assert is_in(zhao), "the clock went back: nothing was lost"


@on_sqlite
def test_a_session_grows_no_older_than_half_a_day_however_much_it_is_used(signed_in):
    zhao = signed_in("zhao")
    for hours in range(1, 12):
        with clock.turned(timedelta(hours=hours)):
            assert is_in(zhao)
    with clock.turned(ABSOLUTE + MINUTE):
        assert not is_in(zhao)
    assert timedelta(hours=12) == ABSOLUTE


@on_sqlite
def test_its_use_is_noted_once_a_minute(app, signed_in):
    zhao = signed_in("zhao")

    def seen():
        return run(app, select(func.max(SignIn.seen_at)))

    before = seen()
    with clock.turned(timedelta(seconds=50)):
        assert is_in(zhao)
    assert seen() == before
    with clock.turned(timedelta(seconds=70)):
        assert is_in(zhao)
    assert seen() > before


def test_signing_out_ends_it_for_every_copy_of_the_cookie(app, signed_in):
    zhao, copy = signed_in("zhao"), app.test_client()
    copy.set_cookie("kedang", zhao.get_cookie("kedang").value)
    assert is_in(copy)
    assert zhao.post("/sign-out").location == "/sign-in"
    assert not is_in(zhao)
    assert not is_in(copy)
    assert last(app, "session_ended")["detail"] == {"by": "out"}


@on_sqlite
def test_a_session_is_listed_and_ended_from_another(app, signed_in):
    here, there = signed_in("zhao"), signed_in("zhao")
    first, second = ids(app, "zhao")
    page = here.get("/me").text
    assert str(second) in page
    assert here.post(f"/me/sessions/{second}/end").status_code == 302
    assert is_in(here)
    assert not is_in(there)
    assert str(second) not in here.get("/me").text
    assert last(app, "session_ended")["subject_ids"] == [str(second)]
    assert here.post(f"/me/sessions/{second}/end").status_code == 404
    assert here.post(f"/me/sessions/{first}/end").status_code == 302
    assert not is_in(here)


@on_sqlite
def test_nobody_ends_the_session_of_another_but_the_administrator(app, signed_in):
    wang, zhao, xi = signed_in("wang"), signed_in("zhao"), signed_in("xi")
    (session,) = ids(app, "wang")
    wangs = person_id(app, "wang")
    assert zhao.post(f"/me/sessions/{session}/end").status_code == 404
    assert zhao.post(f"/admin/people/{wangs}/sessions/{session}/end").status_code == 403
    assert is_in(wang)
    assert (
        xi.post(f"/admin/people/{person_id(app, 'zhao')}/sessions/{session}/end").status_code == 404
    )
    assert xi.post(f"/admin/people/{wangs}/sessions/{session}/end").status_code == 303
    assert not is_in(wang)
    assert last(app, "session_ended")["detail"] == {"by": "administrator"}


@on_sqlite
def test_what_has_ended_does_not_end_again(app, signed_in):
    signed_in("zhao")
    (session,) = ids(app, "zhao")
    number = len(entries(app))
    with app.test_request_context(), unit.work():
        sessions.end(session, by="owner")
        sessions.end(session, by="owner")
        sessions.end_all(person_id(app, "zhao"), by="owner")
    assert len(entries(app)) == number + 1


@on_sqlite
def test_a_purpose_is_kept_for_one_session(app, signed_in):
    here, there = signed_in("zong"), signed_in("zong")
    first, _second = ids(app, "zong")
    with app.test_request_context(), unit.work():
        sessions.keep_purpose(first, "management")
    rows = dict(tuple(row) for row in run(app, select(SignIn.id, SignIn.purpose)))
    assert sorted(rows.values(), key=str) == [None, "management"]
    assert is_in(here)
    assert is_in(there)


ENDING = {
    "another post": ("", {"name": "赵小外", "role": "staff"}),
    "another password": ("/reset", {}),
    "frozen": ("/freeze", {"frozen": "1"}),
}


@pytest.mark.parametrize("how", ENDING)
def test_the_administrators_word_ends_every_session_at_once(app, signed_in, how):
    one, two, xi = signed_in("zhao"), signed_in("zhao"), signed_in("xi")
    path, form = ENDING[how]
    answer = xi.post(f"/admin/people/{person_id(app, 'zhao')}{path}", data=form)
    assert answer.status_code in {200, 303}, answer.text
    assert not is_in(one)
    assert not is_in(two)
    ended = [entry for entry in entries(app, "session_ended") if entry["actor"] == "xi"]
    assert {entry["detail"]["by"] for entry in ended} == {"administrator"}
    assert len(ended) == 2


@on_sqlite
def test_another_name_or_team_ends_none_and_counts_at_once(app, signed_in):
    zhao, xi = signed_in("zhao"), signed_in("xi")
    form = {"name": "赵改名", "role": "salesperson", "team": "三组"}
    xi.post(f"/admin/people/{person_id(app, 'zhao')}", data=form)
    assert "赵改名" in zhao.get("/me").text
    assert ("三组",) in run(app, select(Team.name))


@on_sqlite
def test_who_is_frozen_in_the_database_is_out_at_the_next_request(app, signed_in):
    zhao = signed_in("zhao")
    run(app, update(Person).where(Person.login == "zhao").values(disabled_at=clock.now()))
    assert not is_in(zhao)


@on_sqlite
def test_the_database_keeps_no_token(app, signed_in):
    zhao = signed_in("zhao")
    cookie = zhao.get_cookie("kedang").value
    with app.test_request_context(headers={"Cookie": f"kedang={cookie}"}) as context:
        token = context.session[sessions.COOKIE_KEY]
    assert len(token) >= 43
    rows = run(app, select(SignIn.__table__))
    assert token not in str(rows)
    assert len(rows[0].token_hash) == 32


@on_sqlite
def test_signing_in_begins_a_session_that_nobody_could_have_prepared(app):
    client = app.test_client()
    client.get("/sign-in")
    with client.session_transaction() as prepared:
        prepared[sessions.COOKIE_KEY] = "known to somebody else"
        prepared["planted"] = "1"
    client.post("/sign-in", data={"login": "zhao", "password": cast.PASSWORD})
    with client.session_transaction() as held:
        assert held[sessions.COOKIE_KEY] != "known to somebody else"
        assert "planted" not in held


@on_sqlite
@pytest.mark.parametrize("token", ["", "0", "guess", "x" * 43])
def test_a_guessed_token_is_nobodys(app, token):
    client = app.test_client()
    with client.session_transaction() as held:
        held[sessions.COOKIE_KEY] = token
    assert not is_in(client)


@on_sqlite
def test_a_cookie_signed_with_another_key_is_nobodys(app, signed_in):
    zhao = signed_in("zhao")
    cookie = zhao.get_cookie("kedang").value
    with app.test_request_context(headers={"Cookie": f"kedang={cookie}"}) as context:
        held = dict(context.session)
    app.secret_key = b"another"
    forged = SecureCookieSessionInterface().get_signing_serializer(app).dumps(held)
    app.secret_key = app.extensions["kedang.keyring"].derive("cookies")
    client = app.test_client()
    client.set_cookie("kedang", forged)
    assert not is_in(client)


@on_sqlite
def test_the_list_shows_what_can_still_be_used_the_latest_first(app, signed_in):
    signed_in("zhao")
    with app.app_context():
        zhao = cast.viewer("zhao")
        with clock.turned(timedelta(minutes=30)):
            signed_in("zhao")
        first, second = ids(app, "zhao")
        with clock.turned(timedelta(minutes=31)):
            assert [one.id for one in sessions.open_ones(zhao.id)] == [second, first]
        with clock.turned(IDLE + MINUTE):
            assert [one.id for one in sessions.open_ones(zhao.id)] == [second]
        with clock.turned(ABSOLUTE + IDLE):
            assert sessions.open_ones(zhao.id) == []


AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537 Edg/120": "Windows Edge",
    "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36": "Android Chrome",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17) Safari/604.1 MicroMessenger/8.0": "iPhone 微信",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Version/17 Safari/605.1": "Mac Safari",
    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0": "Linux Firefox",
    "curl/8.0": "",
    "": "",
    "x" * 5000: "",
}


@on_sqlite
@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent[:20])
def test_a_device_is_kept_in_two_words(app, agent):
    form = {"login": "zhao", "password": cast.PASSWORD}
    app.test_client().post("/sign-in", data=form, headers={"User-Agent": agent})
    assert run(app, select(SignIn.device)) == [(AGENTS[agent],)]
