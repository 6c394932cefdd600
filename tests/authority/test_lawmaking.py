"""Changing the law: who proposes, who approves, what holds from the next request on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from crm import create_app
from crm.access import law, versions
from crm.access.permissions import Permission
from crm.access.policy import DECIDERS, Scope
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.authority import lawmaking
from crm.db import db
from crm.errors import Denied
from crm.web import unit
from tests import cast
from tests.authority.changes import PROPOSALS, changed, propose, proposed, state, word
from tests.entries import said

ONE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def url(app) -> str:
    """A customer of zhao's without collaborators."""
    return f"/customers/{cast.customer(app, 'zhao', '丽江云杉示例有限公司')}"


def test_a_change_holds_from_the_next_request_on_and_so_does_taking_it_back(app, signed_in, url):
    an, zong, wang, sun = (signed_in(one) for one in ("an", "zong", "wang", "sun"))
    assert wang.get(url).status_code == 404
    proposal_id = proposed(app, an, "sales.reach", int(Scope.TEAM))
    assert wang.get(url).status_code == 404, "a proposal changes nothing"
    assert "1 项权限修改等您批准" in zong.get("/").text
    page = zong.get("/admin/policy").text
    assert "从批准起，业务员可查看、拨打、修改、跟进本团队的客户" in page
    assert "本公司放宽设置，原为本人负责和协作的客户" in page
    assert word(zong, proposal_id) == 303
    assert wang.get(url).status_code == 200
    assert wang.post(f"{url}/open", data={"purpose": "visit"}).status_code == 303
    assert sun.get(url).status_code == 404, "another team's"
    assert "本公司放宽设置" in wang.get("/me").text
    assert "本团队的" in wang.get("/me").text
    assert "从今天起" in zong.get("/admin/policy").text
    changed(app, an, zong, "sales.reach", int(Scope.OWN))
    assert wang.get(url).status_code == 404
    told = [(one["actor"], one["detail"]) for one in said(app, "law_approved")]
    assert told[0] == ("zong", {"knob": "sales.reach", "old": 1, "new": 2, "version": 1})
    assert told[1] == ("zong", {"knob": "sales.reach", "old": 2, "new": 1, "version": 2})
    assert "您岗位的权限规则改了，批准人 宗明" in wang.get("/notices").text
    assert "已生效" in an.get("/notices").text


def test_another_process_notices_at_its_next_request(app, signed_in, url, monkeypatch):
    """A second application on the same database, which knows none of the first one's versions."""
    given = {key: app.config[key] for key in ("TESTING", "SQLALCHEMY_DATABASE_URI")}
    settings = app.extensions["kedang.settings"]
    given |= {"CRM_INSTANCE": str(settings.instance), "CRM_SECOND_FACTOR": "off",
              "CRM_MASTER_KEY_FILE": str(settings.master_key_file)}  # fmt: skip
    if not str(given["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite"):
        given["CRM_DATABASE_URL"] = str(given["SQLALCHEMY_DATABASE_URI"])
    other = create_app(given)
    other.config["WTF_CSRF_ENABLED"] = False
    wang = other.test_client()
    wang.post("/sign-in", data={"login": "wang", "password": cast.PASSWORD})
    assert wang.get(url).status_code == 404
    changed(app, signed_in("an"), signed_in("zong"), "sales.reach", int(Scope.TEAM))
    monkeypatch.setattr(versions, "_known", {})
    assert wang.get(url).status_code == 200
    changed(app, signed_in("an"), signed_in("dong"), "sales.reach", int(Scope.OWN))
    monkeypatch.setattr(versions, "_known", {})
    assert wang.get(url).status_code == 404
    with other.app_context():
        db.engine.dispose()


def test_a_command_and_a_job_act_by_the_law_that_holds(app, signed_in):
    changed(app, signed_in("an"), signed_in("zong"), "sales.reach", int(Scope.ALL))
    with app.test_request_context():
        assert law.scope(cast.viewer("zhao"), Permission.CUSTOMER_LIST) is Scope.ALL
        assert law.scope(cast.viewer("zhao"), Permission.CUSTOMER_BIN) is Scope.OWN


@ONE
def test_a_smaller_quota_holds_at_once(app, signed_in):
    cards = [cast.customer(app, "zhao", f"丽江{one}示例有限公司") for one in "甲乙丙"]
    zhao = signed_in("zhao")
    opened = [zhao.post(f"/customers/{one}/open", data={"purpose": "visit"}) for one in cards[:2]]
    assert [one.status_code for one in opened] == [303, 303]
    changed(app, signed_in("an"), signed_in("zong"), "sales.quota", 2)
    answer = zhao.post(f"/customers/{cards[2]}/open", data={"purpose": "visit"})
    assert answer.status_code == 429
    assert ">2<" in zhao.get("/me").text or "/ 2" in zhao.get("/me").text
    changed(app, signed_in("an"), signed_in("zong"), "sales.quota", 3)
    assert zhao.post(f"/customers/{cards[2]}/open", data={"purpose": "visit"}).status_code == 303


@ONE
@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("sales.reach", 0), ("sales.reach", 4), ("sales.reach", "x"), ("sales.reach", ""),
        ("sales.reach", 1), ("sales.quota", 0), ("sales.quota", 501), ("sales.quota", "9" * 30),
        ("sales.quota", "-1"), ("sales.quota", 80), ("executives.dial", 2), ("nothing", 1),
        ("", ""), ("customer:copy", 3),
    ],
)  # fmt: skip
def test_a_forged_knob_or_value_is_refused(app, signed_in, knob, value):
    an = signed_in("an")
    assert propose(an, knob, value).status_code == 422
    assert "待批准的修改" not in an.get("/admin/policy").text
    assert said(app, "law_proposed") == [] or said(app, "law_proposed")[0]["result"] == "failed"


@ONE
def test_what_was_typed_wrongly_stays_in_its_form(signed_in):
    page = propose(signed_in("an"), "sales.quota", "9999").text
    assert 'value="9999"' in page
    assert "请填 1 到 500 的整数" in page


@ONE
def test_a_proposal_is_decided_once_and_not_after_it_was_withdrawn(app, signed_in):
    an, zong, dong = (signed_in(one) for one in ("an", "zong", "dong"))
    first = proposed(app, an, "sales.quota", 90)
    assert propose(an, "sales.quota", 91).status_code == 422, "one at a time"
    assert word(zong, first) == 303
    assert [word(one, first, verb) for one in (zong, dong) for verb in ("approve", "refuse")] == [
        422, 422, 422, 422,
    ]  # fmt: skip
    assert word(an, first, "withdraw") == 422
    second = proposed(app, an, "sales.quota", 100)
    assert word(an, second, "withdraw") == 303
    assert word(zong, second) == 422
    third = proposed(app, an, "sales.quota", 100)
    assert word(zong, third, "refuse") == 303
    assert [state(app, one) for one in (first, second, third)] == [
        "approved", "withdrawn", "refused",
    ]  # fmt: skip
    assert word(zong, uuid4()) == 404
    assert word(an, uuid4(), "withdraw") == 404
    page = an.get("/admin/policy").text
    assert "业务员每天最多查看 90 家客户" in page
    assert "第 1 版" in page
    assert "第 2 版" not in page


@ONE
def test_nobody_approves_what_they_proposed_whatever_post_they_have_by_then(app, signed_in):
    proposal_id = proposed(app, signed_in("an"), "sales.quota", 90)
    with app.test_request_context(), unit.work():
        person = db.session.get_one(Person, cast.viewer("an").id)
        person.role = Role.GENERAL_MANAGER.value
    an = signed_in("an")
    assert word(an, proposal_id) == 403
    assert word(an, proposal_id, "refuse") == 403
    assert state(app, proposal_id) == "asked"
    refused = said(app, "law_approved")[-1]
    assert (refused["result"], refused["actor"]) == ("refused", "an")
    assert "自己提出的" in an.post(f"{PROPOSALS}/{proposal_id}/approve").text


@ONE
def test_another_security_administrator_does_not_withdraw_it(app, signed_in):
    proposal_id = proposed(app, signed_in("an"), "sales.quota", 90)
    with app.test_request_context(), unit.work():
        person = db.session.get_one(Person, cast.viewer("xi").id)
        person.role = Role.SECURITY_ADMIN.value
    assert word(signed_in("xi"), proposal_id, "withdraw") == 404


@ONE
@pytest.mark.parametrize(
    ("knob", "value"), [("executives.dial", 3), ("executives.write", 3), ("executives.quota", 201)]
)
def test_where_an_approvers_own_post_gains_both_must_approve(app, signed_in, knob, value):
    an, zong, dong = (signed_in(one) for one in ("an", "zong", "dong"))
    proposal_id = proposed(app, an, knob, value)
    assert "总经理和执行董事都要批准" in dong.get("/admin/policy").text
    assert word(zong, proposal_id) == 303
    assert state(app, proposal_id) == "second"
    assert word(zong, proposal_id) == 403, "the same person twice is one person"
    assert "1 项权限修改等您批准" not in zong.get("/").text
    with app.app_context():
        assert versions.current().values[knob] != value
    assert "宗明 已批准" in dong.get("/admin/policy").text
    assert word(dong, proposal_id) == 303
    with app.app_context():
        assert versions.current().values[knob] == value
    narrower = proposed(app, an, knob, 1)
    assert word(zong, narrower) == 303
    assert state(app, narrower) == "approved", "who gives something up needs nobody's leave"


@ONE
def test_the_second_may_refuse_too(app, signed_in):
    proposal_id = proposed(app, signed_in("an"), "executives.quota", 300)
    assert word(signed_in("dong"), proposal_id) == 303
    assert word(signed_in("zong"), proposal_id, "refuse") == 303
    assert state(app, proposal_id) == "refused"
    assert "未获批准" in signed_in("an").get("/notices").text


@ONE
@pytest.mark.parametrize("login", ["zong", "zhao"])
def test_nobody_proposes_what_widens_their_own_post(app, login):
    knob = "executives.quota" if login == "zong" else "sales.quota"
    with app.test_request_context():
        who = cast.viewer(login)
        with unit.work(who.actor()), pytest.raises(Denied):
            lawmaking.propose(who, knob, 499)
        with unit.work(who.actor()):
            assert lawmaking.propose(who, knob, 10).new == 10
    assert {Role.GENERAL_MANAGER, Role.EXECUTIVE_DIRECTOR} == DECIDERS


@ONE
def test_two_who_approve_at_once_make_one_version(app, signed_in):
    an, zong, dong = (signed_in(one) for one in ("an", "zong", "dong"))
    both = proposed(app, an, "sales.quota", 90), proposed(app, an, "grant.quota", 50)
    assert [word(zong, both[0]), word(dong, both[1])] == [303, 303]
    with app.app_context():
        now = versions.current()
    assert (now.quotas[Role.SALESPERSON], now.by_grant) == (90, 50)
    assert "第 2 版" in an.get("/admin/policy").text


def test_two_who_approve_the_same_at_the_same_moment_make_one_version(app, signed_in):
    an, both = signed_in("an"), [signed_in("zong"), signed_in("dong")]
    proposal_id = proposed(app, an, "sales.quota", 90)
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda client: word(client, proposal_id), both))
    assert answers == [303, 422]
    assert "第 2 版" not in an.get("/admin/policy").text
    assert len([one for one in said(app, "law_approved") if one["result"] == "ok"]) == 1


def test_a_request_keeps_the_law_it_began_with(app, signed_in):
    an, zong = signed_in("an"), signed_in("zong")
    with app.test_request_context(), ThreadPoolExecutor(1) as elsewhere:
        who = cast.viewer("zhao")
        assert law.scope(who, Permission.CUSTOMER_LIST) is Scope.OWN
        db.session.rollback()
        elsewhere.submit(changed, app, an, zong, "sales.reach", int(Scope.ALL)).result()
        assert law.scope(who, Permission.CUSTOMER_LIST) is Scope.OWN
    with app.test_request_context():
        assert law.scope(who, Permission.CUSTOMER_LIST) is Scope.ALL
