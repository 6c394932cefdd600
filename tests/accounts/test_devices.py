"""Trusted devices: for thirty days and one person; the trust ends wherever all sessions end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.accounts.factors.devices import TRUSTED_FOR, TrustedDevice
from crm.accounts.people import Person
from tests import cast
from tests.accounts.factored import HERE, Phone, is_in, knock, second, set_up
from tests.audit.written import last
from tests.crypto.meddling import run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DAY = timedelta(days=1)


@pytest.fixture
def phone(signed_in) -> Phone:
    """Zhao's app of codes."""
    return set_up(signed_in("zhao"))[0]


@pytest.fixture
def trusted(app, phone):
    """Zhao's browser, trusted and signed in."""
    client, _there = knock(app)
    assert second(client, code=phone.code(), trust="1").location == "/"
    return client


def again(app, client) -> bool:
    """Whether signing in anew on this device asks for the password alone."""
    client.delete_cookie("kedang")
    return knock(app, client=client)[1] == "/"


def test_a_trusted_device_is_asked_for_the_password_alone(app, trusted):
    assert again(app, trusted)
    assert is_in(trusted)
    assert last(app, "sign_in")["detail"] == {"device": "trusted"}
    assert knock(app)[1] == "/sign-in/second", "every other device is asked"


@on_sqlite
def test_without_the_tick_no_device_is_trusted(app, phone):
    client, _there = knock(app)
    second(client, code=phone.code())
    assert not again(app, client)
    assert run(app, select(TrustedDevice.id)) == []


@on_sqlite
def test_the_trust_ends_after_thirty_days_and_does_not_come_back(app, trusted):
    with clock.turned(TRUSTED_FOR - timedelta(minutes=1)):
        assert again(app, trusted)
    assert not again(app, trusted), "used in what is now the future: the clock was set back"
    with clock.turned(TRUSTED_FOR + timedelta(minutes=1)):
        assert not again(app, trusted)


@on_sqlite
def test_the_cookie_is_for_the_sign_in_alone_and_no_script_reads_it(app, phone):
    client, _there = knock(app)
    said = second(client, code=phone.code(), trust="1").headers.getlist("Set-Cookie")
    (cookie,) = [one for one in said if one.startswith("kedang_device=")]
    assert "Path=/sign-in" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=2592000" in cookie


@on_sqlite
def test_the_database_keeps_no_token_of_a_device(app, trusted):
    token = trusted.get_cookie("kedang_device", path="/sign-in").value
    assert len(token) >= 43
    assert token not in str(run(app, select(TrustedDevice.__table__)))


@on_sqlite
@pytest.mark.parametrize("forged", ["", "x", "1", "x" * 43, "x" * 4000, "' OR 1=1 --"])
@pytest.mark.usefixtures("trusted")
def test_a_forged_cookie_is_trusted_nowhere(app, forged):
    client = app.test_client()
    client.set_cookie("kedang_device", forged, path="/sign-in")
    assert knock(app, client=client)[1] == "/sign-in/second"


@on_sqlite
def test_a_device_is_trusted_for_one_person(app, trusted, signed_in):
    wangs, _codes = set_up(signed_in("wang"))
    trusted.delete_cookie("kedang")
    client, there = knock(app, "wang", trusted)
    assert there == "/sign-in/second"
    assert second(client, code=wangs.code()).location == "/"


ENDS = {
    "password reset": ("/reset", {}),
    "another post": ("", {"name": "赵小外", "role": "staff"}),
    "frozen": ("/freeze", {"frozen": "1"}),
}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.usefixtures("trusted")
def test_the_administrators_word_ends_every_trust(app, signed_in, how):
    ((zhao,),) = run(app, select(Person.id).where(Person.login == "zhao"))
    path, form = ENDS[how]
    signed_in("xi").post(f"/admin/people/{zhao}{path}", data=form)
    assert run(app, select(TrustedDevice.id)) == []
    assert last(app, "device_forgotten")["detail"] == {"devices": 1}


@on_sqlite
def test_a_new_password_ends_every_trust(app, trusted):
    new = "vier ganz andere worte"
    form = {"current": cast.PASSWORD, "new": new, "again": new}
    assert trusted.post("/me/password", data=form).status_code == 302
    assert run(app, select(TrustedDevice.id)) == []


@pytest.mark.usefixtures("phone")
def test_a_trust_is_listed_and_ended_by_its_owner(app, trusted, signed_in):
    ((one,),) = run(app, select(TrustedDevice.id))
    assert str(one) in trusted.get(HERE).text
    assert signed_in("wang").post(f"{HERE}/devices/{one}/forget").status_code == 404
    assert trusted.post(f"{HERE}/devices/{one}/forget").status_code == 303
    assert trusted.post(f"{HERE}/devices/{one}/forget").status_code == 404
    assert not again(app, trusted)


@on_sqlite
def test_all_are_forgotten_at_once(app, trusted, phone):
    other, _there = knock(app)
    assert second(other, code=phone.code(1), trust="1").location == "/"
    assert "全部不再信任" in trusted.get(HERE).text
    assert trusted.post(f"{HERE}/devices/forget").status_code == 303
    assert run(app, select(TrustedDevice.id)) == []
    assert is_in(other), "its session goes on"


@on_sqlite
@pytest.mark.usefixtures("trusted")
def test_what_has_run_out_is_cleared_away_when_another_is_trusted(app, phone):
    with clock.turned(TRUSTED_FOR + DAY):
        client, _there = knock(app)
        assert second(client, code=phone.code(), trust="1").location == "/"
    assert len(run(app, select(TrustedDevice.id))) == 1
