"""Fresh: what is worth it asks once more who one is – password and factor, for ten minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from flask import g
from sqlalchemy import update

from crm import clock
from crm.access.permissions import Permission
from crm.accounts import fresh
from crm.accounts.fresh import FRESH_FOR
from crm.accounts.people import Person, Viewer
from crm.accounts.roles import Role
from crm.web.guard import Blueprint, allow
from tests import cast
from tests.accounts.authenticator import Authenticator
from tests.accounts.factored import CODES, HERE, knock, second, set_up
from tests.accounts.test_signed_out_meanwhile import changed
from tests.audit.written import entries, last

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LATER = FRESH_FOR + timedelta(seconds=1)


@pytest.fixture
def worthy(app):
    """A room where something is done that is worth a second proof."""
    room = Blueprint("worthy", __name__)

    @room.route("/worthy", methods=["GET", "POST"])
    @allow(Permission.SIGNED_IN)
    @fresh.needed
    def view() -> str:
        return f"{g.viewer.login} was here"

    app.register_blueprint(room)
    return app


def confirm(client, password: str = cast.PASSWORD, url: str = "/me/confirm", **proof: str):
    return client.post(url, data={"password": password} | proof)


def test_for_ten_minutes_after_signing_in_nothing_is_asked(worthy, signed_in):
    zhao = signed_in("zhao")
    assert zhao.get("/worthy").text == "zhao was here"
    with clock.turned(FRESH_FOR - timedelta(seconds=5)):
        assert zhao.get("/worthy").status_code == 200
    with clock.turned(LATER):
        answer = zhao.get("/worthy?a=1&b=二")
        assert answer.status_code == 303
        assert answer.location == "/me/confirm?next=/worthy%3Fa%3D1%26b%3D%E4%BA%8C"
        assert confirm(zhao, url=answer.location).location == "/worthy?a=1&b=%E4%BA%8C"
        assert zhao.get("/worthy").status_code == 200
        assert last(worthy, "identity_confirmed")["result"] == "ok"
    with clock.turned(2 * LATER):
        assert zhao.get("/worthy").status_code == 303


@on_sqlite
def test_a_form_leads_back_to_the_page_it_stood_on(worthy, signed_in):
    zhao = signed_in("zhao")
    with clock.turned(LATER):
        for referrer, back in {
            "http://localhost/customers?q=1": "/me/confirm?next=/customers%3Fq%3D1",
            "http://localhost/me": "/me/confirm?next=/me",
            f"http://localhost{HERE}/code": "/me/confirm?next=/",
            "http://evil.example/me": "/me/confirm?next=/",
            "": "/me/confirm?next=/",
        }.items():
            answer = zhao.post("/worthy", headers={"Referer": referrer})
            assert (answer.status_code, answer.location) == (303, back)
    del worthy


@on_sqlite
def test_a_program_is_told_in_a_sentence(worthy, signed_in):
    zhao = signed_in("zhao")
    with clock.turned(LATER):
        answer = zhao.get("/worthy", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (403, {"error": "请先再次验证身份。"})
    del worthy


def test_whoever_has_a_factor_shows_it_too(worthy, signed_in):
    zhao = signed_in("zhao")
    phone, codes = set_up(zhao)
    with clock.turned(LATER):
        assert confirm(zhao).status_code == 422
        assert confirm(zhao, code="000000").status_code == 422
        assert confirm(zhao, "wrong password", code=phone.code()).status_code == 422
        assert zhao.get("/worthy").status_code == 303
        assert confirm(zhao, code=phone.code()).status_code == 303
        assert zhao.get("/worthy").status_code == 200
    with clock.turned(2 * LATER):
        assert confirm(zhao, recovery=codes[0]).status_code == 303
    whys = [one["detail"].get("why") for one in entries(worthy, "identity_confirmed")]
    assert whys == ["code", "code", "password", None, None]


@on_sqlite
def test_a_trusted_device_is_not_proof_enough(worthy, signed_in):
    phone, _codes = set_up(signed_in("zhao"))
    client, _there = knock(worthy)
    second(client, code=phone.code(), trust="1")
    assert client.get("/worthy").status_code == 200
    client.delete_cookie("kedang")
    assert knock(worthy, client=client)[1] == "/"
    assert client.get("/worthy").status_code == 303
    assert confirm(client, code=phone.code(1)).status_code == 303
    assert client.get("/worthy").status_code == 200


@on_sqlite
def test_a_proof_counts_for_its_own_session(worthy, signed_in):
    one, two = signed_in("zhao"), signed_in("zhao")
    with clock.turned(LATER):
        confirm(one)
        assert one.get("/worthy").status_code == 200
        assert two.get("/worthy").status_code == 303
    del worthy


@on_sqlite
def test_failures_count_and_lock_like_a_sign_in(worthy, signed_in):
    zhao = signed_in("zhao")
    for _ in range(5):
        assert confirm(zhao, "wrong password").status_code == 422
    assert confirm(zhao).status_code == 422
    assert last(worthy, "identity_confirmed")["detail"] == {"why": "locked"}
    form = {"login": "zhao", "password": cast.PASSWORD}
    assert worthy.test_client().post("/sign-in", data=form).status_code == 422


@on_sqlite
def test_a_clock_that_was_set_back_makes_nothing_fresh(worthy, signed_in):
    zhao = signed_in("zhao")
    with clock.turned(timedelta(minutes=30)):
        confirm(zhao)
        assert zhao.get("/worthy").status_code == 200
    assert zhao.get("/worthy").status_code == 303
    del worthy


def test_whom_a_command_acts_for_is_never_fresh():
    assert not fresh.is_fresh(
        Viewer(UUID(int=1), "me", "我", None, Role.STAFF, None, "zh", "", must_change=False)
    )


@on_sqlite
@pytest.mark.parametrize("trick", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_way_back_leads_to_no_other_house(signed_in, trick):
    answer = signed_in("zhao").post(
        "/me/confirm", query_string={"next": trick}, data={"password": cast.PASSWORD}
    )
    assert answer.location == "/"


@on_sqlite
@pytest.mark.parametrize("path", ["/code", "/passkeys", "/passkeys/new", "/recovery-codes"])
def test_ones_factors_are_changed_in_a_fresh_session_alone(signed_in, path):
    zhao = signed_in("zhao")
    set_up(zhao)
    with clock.turned(LATER):
        assert zhao.post(HERE + path).status_code == 303
        assert zhao.get(HERE).location.startswith("/me/confirm?next=/me/second-factor")
        assert zhao.post(f"{HERE}/code/remove").location.startswith("/me/confirm")


def test_new_recovery_codes_end_the_old_ones(app, signed_in):
    zhao = signed_in("zhao")
    _phone, old = set_up(zhao)
    new = CODES.findall(zhao.post(f"{HERE}/recovery-codes").text)
    assert len(set(old + new)) == 20
    client, _there = knock(app)
    assert second(client, recovery=old[0]).status_code == 422
    assert second(client, recovery=new[0]).location == "/"
    assert last(app, "recovery_codes_made")["actor"] == "zhao"


def test_a_recovery_code_is_good_once_however_it_is_written(app, signed_in):
    _phone, codes = set_up(signed_in("zhao"))
    client, _there = knock(app)
    assert second(client, recovery=f" {codes[3].lower().replace('-', ' ')} ").location == "/"
    assert last(app, "sign_in")["detail"] == {"factor": "recovery"}
    assert "还剩 9 个" in client.get("/notices").text
    other, _there = knock(app)
    assert second(other, recovery=codes[3]).status_code == 422
    assert last(app, "second_factor")["detail"] == {"why": "recovery"}
    assert second(other, recovery="A" * 65).status_code == 422
    assert codes[3] not in str(entries(app))


@on_sqlite
def test_a_recovery_code_is_its_owners(app, signed_in):
    _phone, codes = set_up(signed_in("zhao"))
    set_up(signed_in("wang"))
    client, _there = knock(app, "wang")
    assert second(client, recovery=codes[0]).status_code == 422


@on_sqlite
def test_who_has_no_factor_has_no_recovery_codes(signed_in):
    assert signed_in("zhao").post(f"{HERE}/recovery-codes").status_code == 404


@on_sqlite
def test_the_last_factor_takes_codes_and_trust_with_it(app, signed_in):
    zhao = signed_in("zhao")
    _phone, codes = set_up(zhao)
    assert "还剩 10 个" in zhao.get(HERE).text
    assert zhao.post(f"{HERE}/code/remove").status_code == 303
    assert "没有开启" in zhao.get(HERE).text
    assert knock(app)[1] == "/"
    assert zhao.post(f"{HERE}/code/remove").status_code == 404
    _phone, again = set_up(zhao)
    assert len(again) == 10
    client, _there = knock(app)
    assert second(client, recovery=codes[0]).status_code == 422


@on_sqlite
def test_a_passkey_signs_for_the_second_proof(app, signed_in):
    settings = app.extensions["kedang.settings"]
    app.extensions["kedang.settings"] = replace(settings, public_url="https://crm.example.com")
    zhao, key = signed_in("zhao"), Authenticator()
    form = {"passkey": key.make(zhao.post(f"{HERE}/passkeys/new").json)}
    assert zhao.post(f"{HERE}/passkeys", data=form).status_code == 200
    with clock.turned(LATER):
        options = zhao.post("/me/confirm/passkey").json
        assert "用通行密钥继续" in zhao.get("/me/confirm").text
        assert confirm(zhao, passkey=key.sign(options)).status_code == 303


def test_who_is_sent_away_while_the_proof_waits_for_the_lock_is_not_fresh(app, signed_in):
    zhao = signed_in("zhao")
    gone = update(Person).where(Person.login == "zhao").values(login="gone")
    form = {"password": cast.PASSWORD}
    status, _text = changed(app, zhao, "/me/confirm", form, gone)
    assert status == 422
    assert entries(app, "identity_confirmed") == []
