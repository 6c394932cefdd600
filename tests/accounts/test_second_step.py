"""The second step: who has a factor is nobody until it is shown; failures lock like passwords."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from crm import clock, create_app
from crm.accounts.factors.totp import TotpSecret
from crm.accounts.people import Person
from crm.accounts.sessions import SECOND_STEP, SignIn
from crm.db import db
from crm.web.guard import permission_of
from tests.accounts.factored import HERE, STEP, Phone, begun, is_in, knock, second, set_up
from tests.accounts.test_signed_out_meanwhile import changed
from tests.audit.written import entries, last
from tests.crypto.meddling import run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def phone(signed_in) -> Phone:
    """Zhao's, of their own free will: the house does not ask for it."""
    return set_up(signed_in("zhao"))[0]


def test_after_the_password_comes_the_code_and_then_one_is_in(app, phone):
    client, there = knock(app)
    assert there == "/sign-in/second"
    assert not is_in(client)
    assert last(app, "sign_in_begun")["actor"] == "zhao"
    answer = second(client, code=phone.code())
    assert (answer.status_code, answer.location) == (302, "/")
    assert is_in(client)
    assert last(app, "sign_in")["detail"] == {"factor": "totp"}


@on_sqlite
def test_where_one_wanted_to_go_is_not_forgotten(app, phone):
    client = app.test_client()
    form = {"login": "zhao", "password": "correct horse staple"}
    there = client.post("/sign-in?next=/customers?q=x", data=form).location
    assert there == "/sign-in/second?next=/customers%3Fq%3Dx"
    assert client.post(there, data={"code": phone.code()}).location == "/customers?q=x"


OPEN_TO_ALL = {"/sign-in", "/sign-in/second", "/sign-in/second/passkey", "/sign-out",
    "/me/language", "/healthz"}  # fmt: skip


@on_sqlite
@pytest.mark.usefixtures("phone")
def test_between_the_steps_nothing_of_the_house_is_open(app):
    """Every route there is, whatever it will be: who is between the steps is nobody."""
    client, _there = knock(app)
    number = len(entries(app, "list"))
    some = "01900000-0000-7000-8000-000000000000"
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.rule in OPEN_TO_ALL or "intake/" in rule.rule:
            continue
        names = {name: some if name.endswith("_id") else "industry" for name in rule.arguments}
        path = rule.build(names)[1]
        method = "GET" if "GET" in rule.methods else "POST"
        answer = client.open(path, method=method)
        assert answer.status_code == 302, rule.rule
        assert answer.location.startswith("/sign-in/second"), rule.rule
        assert permission_of(app.view_functions[rule.endpoint]).needs_person, rule.rule
    assert len(entries(app, "list")) == number
    assert client.get("/customers", headers={"Accept": "application/json"}).status_code == 401


@on_sqlite
@pytest.mark.usefixtures("phone")
def test_who_knocked_and_asks_for_more_is_named(app):
    client, _there = knock(app)
    client.get("/customers")
    assert (last(app, "access")["actor"], last(app, "access")["result"]) == ("zhao", "refused")


def test_the_first_steps_cookie_opens_nothing_after_the_second(app, phone):
    client, _there = knock(app)
    copy = app.test_client()
    copy.set_cookie("kedang", client.get_cookie("kedang").value)
    second(client, code=phone.code())
    assert is_in(client)
    assert not is_in(copy)


@on_sqlite
def test_between_the_steps_one_may_turn_back_or_choose_a_language(app, phone):
    client, _there = knock(app)
    assert client.post("/me/language", data={"language": "en"}).status_code == 302
    assert client.get("/sign-in/second").status_code == 200
    assert client.get("/sign-in").location == "/sign-in/second"
    assert client.post("/sign-out").location == "/sign-in"
    assert (last(app)["action"], last(app)["actor"]) == ("session_ended", "zhao")
    assert second(client, code=phone.code()).location == "/sign-in"
    assert not is_in(client)


@on_sqlite
def test_the_second_step_waits_ten_minutes(app, phone):
    client, _there = knock(app)
    with clock.turned(SECOND_STEP + STEP):
        assert second(client, code=phone.code()).location == "/sign-in"
        assert not is_in(client)


@on_sqlite
def test_without_a_first_step_there_is_no_second(app, signed_in):
    assert app.test_client().get("/sign-in/second").location == "/sign-in"
    assert app.test_client().post("/sign-in/second/passkey").status_code == 401
    assert signed_in("zhao").get("/sign-in/second").location == "/"


def test_a_code_counts_once_whichever_session_brings_it(app, phone):
    one, two = knock(app)[0], knock(app)[0]
    code = phone.code()
    assert second(one, code=code).status_code == 302
    assert second(two, code=code).status_code == 422
    assert last(app, "second_factor")["detail"] == {"why": "used"}
    assert second(two, code=phone.code(1)).status_code == 302


def test_a_code_counts_once_in_another_process_too(app, phone):
    """What was used stands in the database: another application on it knows."""
    given = {"SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"]}
    mine = app.extensions["kedang.settings"]
    other = create_app(
        given
        | {
            "CRM_INSTANCE": str(mine.instance),
            "CRM_MASTER_KEY_FILE": str(mine.master_key_file),
            "CRM_DATABASE_URL": mine.database_url,
            "CRM_SECOND_FACTOR": "off",
            "TESTING": True,
            "WTF_CSRF_ENABLED": False,
        }
    )
    code = phone.code()
    assert second(knock(app)[0], code=code).status_code == 302
    assert second(knock(other)[0], code=code).status_code == 422
    with other.app_context():
        db.engine.dispose()


def test_a_code_counts_once_when_two_bring_it_at_the_same_moment(app, phone):
    clients = [knock(app)[0] for _ in range(4)]
    code = phone.code()
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda one: second(one, code=code).status_code, clients))
    assert sorted(answers) == [302, 422, 422, 422]


@on_sqlite
@pytest.mark.parametrize(("steps", "status"), [(-3, 422), (-2, 422), (0, 302), (1, 302), (2, 422)])
def test_a_phone_may_be_half_a_minute_off_and_no_more(app, phone, steps, status):
    client, _there = knock(app)
    assert second(client, code=phone.code(steps)).status_code == status


@on_sqlite
def test_a_step_before_the_last_used_one_is_gone(app, phone):
    assert second(knock(app)[0], code=phone.code(1)).status_code == 302
    client, _there = knock(app)
    assert second(client, code=phone.code()).status_code == 422
    assert last(app, "second_factor")["detail"] == {"why": "used"}


@on_sqlite
def test_a_clock_that_was_set_back_lets_no_code_of_before_in(app, phone):
    with clock.turned(timedelta(hours=2)):
        late, _there = knock(app)
        assert second(late, code=phone.code()).status_code == 302
    client, _there = knock(app)
    assert second(client, code=phone.code()).status_code == 422
    assert last(app, "second_factor")["detail"] == {"why": "used"}


@on_sqlite
@pytest.mark.parametrize(
    "code", ["000000", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "9" * 500]
)
def test_what_is_no_code_is_refused(app, phone, code):
    client, _there = knock(app)
    if code in {phone.code(steps) for steps in (-1, 0, 1)}:
        code = "0000000"  # one in a million is the right one
    assert second(client, code=code).status_code == 422
    assert not is_in(client)
    said = last(app, "second_factor")
    assert (said["result"], said["actor"], said["detail"]) == ("refused", "zhao", {"why": "code"})
    assert code not in str(said["detail"])


@on_sqlite
def test_a_code_may_be_typed_with_blanks(app, phone):
    client, _there = knock(app)
    code = phone.code()
    assert second(client, code=f" {code[:3]} {code[3:]} ").status_code == 302


@on_sqlite
def test_an_empty_form_is_no_attempt(app, phone):
    client, _there = knock(app)
    number = len(entries(app))
    for _ in range(7):
        assert second(client, code=" ").status_code == 422
    assert len(entries(app)) == number
    assert second(client, code=phone.code()).status_code == 302


def test_five_wrong_codes_lock_the_account_however_often_the_password_is_given(app, phone):
    for _ in range(5):
        assert second(knock(app)[0], code="000000").status_code == 422
    client = app.test_client()
    form = {"login": "zhao", "password": "correct horse staple"}
    assert client.post("/sign-in", data=form).status_code == 422
    assert last(app, "sign_in")["detail"] == {"why": "locked"}
    with clock.turned(timedelta(minutes=15, seconds=1)):
        assert second(knock(app)[0], code=phone.code()).status_code == 302


@on_sqlite
def test_a_lock_holds_for_who_is_between_the_steps(app, phone):
    client, _there = knock(app)
    for _ in range(5):
        second(client, code="000000")
    assert second(client, code=phone.code()).status_code == 422
    assert last(app, "second_factor")["detail"] == {"why": "locked"}


@on_sqlite
def test_a_success_forgets_the_failures_before(app, phone):
    client, _there = knock(app)
    for _ in range(4):
        second(client, code="000000")
    assert second(client, code=phone.code()).status_code == 302
    assert run(app, select(Person.failures).where(Person.login == "zhao")) == [(0,)]


@on_sqlite
def test_who_is_frozen_between_the_steps_stays_outside(app, phone):
    client, _there = knock(app)
    run(app, update(Person).where(Person.login == "zhao").values(disabled_at=clock.now()))
    assert second(client, code=phone.code()).location == "/sign-in"
    assert not is_in(client)


@on_sqlite
def test_a_session_that_was_ended_between_the_steps_is_not_proved(app, phone):
    client, _there = knock(app)
    run(app, update(SignIn).where(SignIn.pending).values(ended_at=clock.now()))
    assert second(client, code=phone.code()).location == "/sign-in"
    assert not is_in(client)


def test_a_session_that_ends_while_its_code_waits_for_the_lock_is_not_proved(app, phone):
    client, _there = knock(app)
    code = {"code": phone.code()}
    ended = update(SignIn).where(SignIn.pending).values(ended_at=clock.now())
    status, _text = changed(app, client, "/sign-in/second", code, ended)
    assert status == 422
    assert not is_in(client)
    assert second(knock(app)[0], **code).status_code == 302, "the code was not used up"


def test_the_secret_is_sealed_and_no_code_is_written_down(app, phone):
    secret = phone.totp.secret
    rows = run(app, select(TotpSecret.__table__))
    assert secret not in str(rows)
    assert secret.encode() not in rows[0].secret.box
    client, _there = knock(app)
    code = phone.code()
    second(client, code=code)
    told = [one["detail"] for one in entries(app)]
    assert code not in str(told)
    assert secret not in str(entries(app))


@on_sqlite
def test_a_secret_without_its_first_code_is_no_factor(app, signed_in):
    begun(signed_in("zhao"))
    assert knock(app)[1] == "/"
    assert run(app, select(func.count()).select_from(TotpSecret)) == [(1,)]


@on_sqlite
def test_a_first_code_that_is_wrong_or_late_sets_nothing_up(app, signed_in):
    zhao = signed_in("zhao")
    phone = begun(zhao)
    assert zhao.post(f"{HERE}/code/confirm", data={"code": "000000"}).status_code == 422
    with clock.turned(timedelta(minutes=16)):
        answer = zhao.post(f"{HERE}/code/confirm", data={"code": phone.code()})
        assert answer.status_code == 422
    assert knock(app)[1] == "/"


@on_sqlite
def test_a_second_secret_takes_the_place_of_the_first(app, signed_in):
    zhao = signed_in("zhao")
    old, codes = set_up(zhao)
    new, none = set_up(zhao)
    assert (len(codes), none) == (10, [])
    client, _there = knock(app)
    assert second(client, code=old.code()).status_code == 422
    assert second(client, code=new.code()).status_code == 302


def test_the_first_factor_ends_every_other_session(app, signed_in):
    here, there = signed_in("zhao"), signed_in("zhao")
    set_up(here)
    assert is_in(here)
    assert not is_in(there)
    assert last(app, "factor_added")["detail"] == {"kind": "totp"}
