"""Letting in again: who has lost every factor is let in by two others, by a literal table."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from crm import clock
from crm.accounts.factors.devices import TrustedDevice
from crm.accounts.factors.recovery import RecoveryCode
from crm.accounts.factors.resetting import LASTS, FactorRecovery
from crm.accounts.factors.totp import TotpSecret
from crm.accounts.people import Person
from tests.accounts.factored import is_in, knock, set_up
from tests.audit.written import entries, last
from tests.crypto.meddling import run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DOOR = "/admin/second-factor"

PAIRS = {
    "zong": {
        (one, two)
        for one, two in product(("dong", "zhuli", "zongjian", "an"), repeat=2)
        if one != two
    },
    "zhao": {("xi", "an"), ("xi", "zong")},
    "dong": {("xi", "an"), ("xi", "zong")},
    "an": {("xi", "zong")},
    "xi": {("an", "zong")},
}
"""Whose factors → every two that may reset them: who proposes, who approves."""
OTHERS = ("dong", "zong", "zhuli", "zongjian", "an", "xi", "lin", "zhao", "yuan")


def of(app, login: str):
    ((found,),) = run(app, select(Person.id).where(Person.login == login))
    return found


def propose(client, person):
    return client.post(f"{DOOR}/people/{person}")


def waiting(app):
    ((found,),) = run(
        app, select(FactorRecovery.id).where(FactorRecovery.decided_at.is_(None)).order_by("id")
    )
    return found


def decide(client, recovery, decision: str = "approve"):
    return client.post(f"{DOOR}/{recovery}", data={"decision": decision})


def give(app, login: str) -> None:
    """Somebody has a factor: as if they had set it up."""
    run(app, update(Person).where(Person.login == login).values(second_factor=True))


@pytest.mark.parametrize("lost", PAIRS)
@on_sqlite
def test_exactly_these_two_may(app, signed_in, lost):
    people = {login: signed_in(login) for login in OTHERS}
    give(app, lost)
    person, may = of(app, lost), set()
    for one in OTHERS:
        for two in OTHERS:
            if propose(people[one], person).status_code != 303:
                continue
            recovery = waiting(app)
            if decide(people[two], recovery).status_code == 303:
                may.add((one, two))
                give(app, lost)
                _sign_in_anew(app, people, lost)
            else:
                run(app, update(FactorRecovery).values(decided_at=clock.now()))
    assert may == PAIRS[lost]


def _sign_in_anew(app, people, login: str) -> None:
    run(app, update(Person).where(Person.login == login).values(second_factor=False))
    people[login] = knock(app, login)[0]
    give(app, login)


def test_a_manager_who_lost_the_phone_is_let_in_by_two_and_the_log_says_so(app, signed_in):
    zong = signed_in("zong")
    set_up(zong)
    assert propose(signed_in("dong"), of(app, "zong")).status_code == 303
    assert "董远 提出重置您的第二重验证" in zong.get("/notices").text
    an = signed_in("an")
    for login in ("an", "zhuli", "zongjian"):
        assert "宗明 的第二重验证要重置，等您同意" in signed_in(login).get("/notices").text
    assert "等您同意" not in signed_in("xi").get("/notices").text
    page = an.get(DOOR).text
    assert "宗明" in page
    assert "同意重置" in page
    assert decide(an, waiting(app)).status_code == 303
    assert not is_in(zong), "every session ends"
    for table in (TotpSecret, RecoveryCode, TrustedDevice):
        assert run(app, select(func.count()).select_from(table)) == [(0,)]
    client, there = knock(app, "zong")
    assert there == "/", "the password alone, until there is another factor"
    assert "您的第二重验证已重置，由 安安全 同意" in client.get("/notices").text
    told = [
        (one["action"], one["actor"], one["subject_ids"], one["detail"])
        for one in entries(app)
        if one["action"].startswith("recovery_")
    ]
    zongs = [str(of(app, "zong"))]
    assert told == [
        ("recovery_proposed", "dong", zongs, {}),
        ("recovery_decided", "an", zongs, {"decision": "approved"}),
    ]


def test_a_refusal_leaves_everything_as_it_is(app, signed_in):
    zhao = signed_in("zhao")
    set_up(zhao)
    propose(signed_in("xi"), of(app, "zhao"))
    an, recovery = signed_in("an"), waiting(app)
    assert decide(an, recovery, "reject").status_code == 303
    assert last(app, "recovery_decided")["detail"] == {"decision": "rejected"}
    assert decide(an, recovery).status_code == 404
    assert is_in(zhao)
    assert knock(app)[1] == "/sign-in/second"


@on_sqlite
def test_a_proposal_may_be_taken_back_by_who_made_it(app, signed_in):
    give(app, "wang")
    xi = signed_in("xi")
    propose(xi, of(app, "wang"))
    assert "撤回" in xi.get(DOOR).text
    assert decide(xi, waiting(app)).status_code == 403
    assert decide(xi, waiting(app), "reject").status_code == 303
    assert propose(xi, of(app, "wang")).status_code == 303


@on_sqlite
def test_a_proposal_lasts_a_day_and_a_clock_set_back_brings_none_from_the_future(app, signed_in):
    give(app, "wang")
    xi, an = signed_in("xi"), signed_in("an")
    with clock.turned(timedelta(minutes=5)):
        propose(xi, of(app, "wang"))
    recovery = waiting(app)
    assert decide(an, recovery).status_code == 404
    with clock.turned(LASTS + timedelta(minutes=6)):
        late, _there = knock(app, "an")
        assert decide(late, recovery).status_code == 404
        again, _there = knock(app, "xi")
        assert propose(again, of(app, "wang")).status_code == 303


@on_sqlite
def test_one_proposal_waits_for_each_and_only_for_who_has_lost_something(app, signed_in):
    xi = signed_in("xi")
    assert propose(xi, of(app, "wang")).status_code == 422
    give(app, "wang")
    assert propose(xi, of(app, "wang")).status_code == 303
    assert propose(xi, of(app, "wang")).status_code == 422
    assert "孙路人" not in xi.get(DOOR).text
    assert propose(xi, UUID(int=7)).status_code == 404
    run(app, update(Person).where(Person.login == "sun").values(disabled_at=clock.now()))
    assert propose(xi, of(app, "sun")).status_code == 404


@on_sqlite
def test_who_may_not_is_refused_and_named(app, signed_in):
    give(app, "zhao")
    assert propose(signed_in("an"), of(app, "zhao")).status_code == 403
    said = last(app, "recovery_proposed")
    assert (said["actor"], said["result"], said["detail"]) == ("an", "refused", {"why": "the law"})
    assert signed_in("lin").get(DOOR).status_code == 403


@on_sqlite
def test_it_asks_for_a_fresh_session(app, signed_in):
    give(app, "zhao")
    xi = signed_in("xi")
    with clock.turned(timedelta(minutes=11)):
        assert propose(xi, of(app, "zhao")).location.startswith("/me/confirm")


@on_sqlite
def test_a_reset_password_leaves_the_factor(app, signed_in):
    """The system administrator alone opens no account that has one."""
    set_up(signed_in("zhao"))
    signed_in("xi").post(f"/admin/people/{of(app, 'zhao')}/reset")
    assert run(app, select(Person.second_factor).where(Person.login == "zhao")) == [(True,)]
    assert run(app, select(func.count()).select_from(TotpSecret)) == [(1,)]
