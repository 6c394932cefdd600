"""Passkeys: bound to this address, to this session's challenge, and to their owner."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from crm import clock, create_app
from crm.accounts.factors import passkeys
from crm.accounts.factors.passkeys import Passkey
from crm.accounts.sessions import SignIn
from crm.db import db
from tests import cast
from tests.accounts.authenticator import PRESENT, Authenticator
from tests.accounts.factored import HERE, is_in, knock, second, set_up
from tests.audit.written import last
from tests.crypto.meddling import run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ADDRESS = "https://crm.example.com"


@pytest.fixture
def app(database, templates, tmp_path):
    """The application at a name of its own: passkeys need one."""
    given = templates.settings(database, tmp_path / "instance")
    made = create_app(given | {"CRM_PUBLIC_URL": ADDRESS})
    made.config.update(WTF_CSRF_ENABLED=False, SESSION_COOKIE_SECURE=False)
    yield made
    with made.app_context():
        db.engine.dispose()
    templates.drop(made)


def added(client, authenticator: Authenticator, name: str = "办公室电脑"):
    """Add a passkey, as the page does."""
    options = client.post(f"{HERE}/passkeys/new").json
    form = {"passkey": authenticator.make(options), "name": name}
    return client.post(f"{HERE}/passkeys", data=form)


def asked(client) -> dict:
    """The challenge of the second step."""
    return client.post("/sign-in/second/passkey").json


@pytest.fixture
def key(signed_in) -> Authenticator:
    """Zhao's passkey."""
    made = Authenticator()
    assert added(signed_in("zhao"), made).status_code == 200
    return made


def test_a_passkey_is_the_second_step(app, key):
    client, there = knock(app)
    assert there == "/sign-in/second"
    options = asked(client)
    assert options["rpId"] == "crm.example.com"
    assert second(client, passkey=key.sign(options)).location == "/"
    assert is_in(client)
    assert last(app, "sign_in")["detail"] == {"factor": "passkey"}
    assert last(app, "factor_added")["detail"] == {"kind": "passkey"}


def test_a_challenge_is_answered_once(app, key):
    one, two = knock(app)[0], knock(app)[0]
    said = key.sign(asked(one))
    assert second(one, passkey=said).location == "/"
    assert second(two, passkey=said).status_code == 422, "another session was asked nothing"
    asked(two)
    assert second(two, passkey=said).status_code == 422, "another session was asked other things"
    assert last(app, "second_factor")["detail"] == {"why": "passkey"}
    assert not is_in(two)


@on_sqlite
def test_a_wrong_answer_takes_the_challenge_away_too(app, key):
    client, _there = knock(app)
    options = asked(client)
    assert second(client, passkey="{}").status_code == 422
    assert second(client, passkey=key.sign(options)).status_code == 422


@on_sqlite
def test_a_challenge_waits_five_minutes(app, key):
    client, _there = knock(app)
    options = asked(client)
    with clock.turned(timedelta(minutes=5, seconds=1)):
        assert second(client, passkey=key.sign(options)).status_code == 422
    with clock.turned(timedelta(minutes=6)):
        options = asked(client)
    assert second(client, passkey=key.sign(options)).status_code == 422, "it is of the future"


@on_sqlite
@pytest.mark.parametrize(
    "other",
    [
        {"origin": "https://crm.example.com.evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "http://crm.example.com"},
        {"origin": "https://crm.example.com:8443"},
        {"rp_id": "evil.example"},
        {"flags": 0},
    ],
    ids=str,
)
def test_what_was_signed_elsewhere_counts_for_nothing(app, signed_in, key, other):
    for name, value in other.items():
        setattr(key, name, value)
    client, _there = knock(app)
    assert second(client, passkey=key.sign(asked(client))).status_code == 422
    assert not is_in(client)
    zhao = signed_in("wang")
    assert added(zhao, Authenticator(**other)).status_code == 422


@on_sqlite
def test_nobody_signs_with_the_key_of_another(app, signed_in, key):
    own = Authenticator()
    added(signed_in("wang"), own)
    client, _there = knock(app, "wang")
    assert second(client, passkey=key.sign(asked(client))).status_code == 422
    assert second(client, passkey=own.sign(asked(client))).location == "/"


@on_sqlite
def test_another_key_of_the_same_name_does_not_sign(app, key):
    client, _there = knock(app)
    forged = Authenticator(id=key.id)
    assert second(client, passkey=forged.sign(asked(client))).status_code == 422


@on_sqlite
def test_a_counter_that_goes_back_is_a_copy(app, key):
    key.count = 7
    client, _there = knock(app)
    assert second(client, passkey=key.sign(asked(client))).location == "/"
    key.count = 3
    client, _there = knock(app)
    assert second(client, passkey=key.sign(asked(client))).status_code == 422


@on_sqlite
@pytest.mark.parametrize(
    "rubbish",
    ["{}", "[]", "null", "x", "9" * 20_000, '{"id": 1}', '{"id":"AA","rawId":"AA"}', "{" * 999],
)
@pytest.mark.usefixtures("key")
def test_rubbish_is_refused_and_breaks_nothing(app, signed_in, rubbish):
    client, _there = knock(app)
    asked(client)
    assert second(client, passkey=rubbish).status_code == 422
    wang = signed_in("wang")
    wang.post(f"{HERE}/passkeys/new")
    assert wang.post(f"{HERE}/passkeys", data={"passkey": rubbish}).status_code == 422


@on_sqlite
def test_an_answer_bent_anywhere_proves_nothing(app, key):
    client, _there = knock(app)
    for part in ("signature", "authenticatorData", "clientDataJSON"):
        said = json.loads(key.sign(asked(client)))
        text = said["response"][part]
        said["response"][part] = text[:-8] + ("AAAAAAAA" if text[-8:] != "AAAAAAAA" else "BBBBBBBB")
        assert second(client, passkey=json.dumps(said)).status_code == 422


@on_sqlite
def test_a_key_is_added_once_and_for_one_person(app, signed_in, key):
    assert added(signed_in("wang"), key).status_code == 422
    assert len(run(app, select(Passkey.id))) == 1


@on_sqlite
def test_a_key_without_a_challenge_is_not_added(app, signed_in):
    zhao, made = signed_in("zhao"), Authenticator()
    options = zhao.post(f"{HERE}/passkeys/new").json
    run(app, update(SignIn).values(challenge=None))
    form = {"passkey": made.make(options)}
    assert zhao.post(f"{HERE}/passkeys", data=form).status_code == 422


@on_sqlite
@pytest.mark.usefixtures("app")
def test_a_key_may_do_without_a_finger(signed_in):
    """The password was the first factor; that somebody is there is enough of the second."""
    zhao, made = signed_in("zhao"), Authenticator(flags=PRESENT)
    assert added(zhao, made).status_code == 200


@on_sqlite
def test_keys_are_listed_renamed_and_removed_by_their_owner(app, signed_in):
    zhao, wang = signed_in("zhao"), signed_in("wang")
    set_up(zhao)
    assert added(zhao, Authenticator(), "一个很长很长的名字" * 9).status_code == 303
    ((one,),) = run(app, select(Passkey.id))
    assert zhao.post(f"{HERE}/passkeys/{one}/rename", data={"name": "新名字"}).status_code == 303
    assert "新名字" in zhao.get(HERE).text
    assert zhao.post(f"{HERE}/passkeys/{one}/rename", data={"name": " "}).status_code == 303
    assert "新名字" in zhao.get(HERE).text
    assert wang.post(f"{HERE}/passkeys/{one}/rename", data={"name": "x"}).status_code == 404
    assert wang.post(f"{HERE}/passkeys/{one}/remove").status_code == 404
    assert zhao.post(f"{HERE}/passkeys/{one}/remove").status_code == 303
    assert last(app, "factor_removed")["detail"] == {"kind": "passkey"}
    assert run(app, select(Passkey.id)) == []


@on_sqlite
def test_without_a_name_it_is_called_what_it_is(app, signed_in):
    added(signed_in("zhao"), Authenticator(), "  ")
    assert run(app, select(Passkey.name)) == [("我的通行密钥",)]


@on_sqlite
@pytest.mark.usefixtures("app")
def test_nobody_keeps_more_than_ten(signed_in):
    zhao = signed_in("zhao")
    answers = [added(zhao, Authenticator()).status_code for _ in range(11)]
    assert answers == [200, *[303] * 9, 422]
    assert "先删一把再加" in zhao.get(HERE).text


@on_sqlite
@pytest.mark.usefixtures("signed_in")
def test_the_browser_is_told_which_keys_are_there_already(app, key):
    client, _there = knock(app)
    second(client, passkey=key.sign(asked(client)))
    client.post("/me/confirm/passkey")
    options = client.post(f"{HERE}/passkeys/new").json
    assert len(options["excludeCredentials"]) == 1
    assert options["user"]["name"] == "zhao"
    assert cast.PASSWORD not in str(options)


@pytest.mark.parametrize(
    ("url", "origin", "usable"),
    [
        ("https://CRM.example.com/", "https://crm.example.com", True),
        ("https://crm.example.com:443", "https://crm.example.com", True),
        ("https://crm.example.com:8443", "https://crm.example.com:8443", True),
        ("http://crm.example.com:80", "http://crm.example.com", False),
        ("http://localhost:8000", "http://localhost:8000", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", False),
        ("https://192.168.1.10", "https://192.168.1.10", False),
    ],
)
def test_the_address_is_read_as_a_browser_reads_it(templates, tmp_path, url, origin, usable):
    given = templates.settings("sqlite", tmp_path / "named")
    there = create_app(given | {"CRM_PUBLIC_URL": url})
    with there.app_context():
        assert (passkeys.origin(), passkeys.usable()) == (origin, usable)
        db.engine.dispose()
