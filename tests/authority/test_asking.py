"""Asking and deciding: who asks whom, what may be narrowed, what both are told."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from crm import clock
from crm.access.grants import Grant
from crm.authority import asking, terms
from crm.db import db
from tests import cast
from tests.authority.paper import ask, asked, decide, granted, state


@pytest.fixture
def url(planted) -> str:
    return f"/customers/{planted.customer_id}"


def last(app, action: str) -> dict:
    """The latest entry of an action."""
    with app.app_context():
        row = db.session.execute(
            text("SELECT text FROM log_entries WHERE action = :a ORDER BY seq DESC LIMIT 1"),
            {"a": action},
        ).one()
    return json.loads(row.text)


def test_anyone_asks_and_the_general_manager_lets_them(app, signed_in, url):
    yuan, zong = signed_in("yuan"), signed_in("zong")
    assert yuan.get(url).status_code == 403
    grant_id = asked(app, yuan, most="2")
    assert "1 份授权申请等您审批" in zong.get("/").text
    page = zong.get(f"/approvals/{grant_id}").text
    assert "替王专员送样品" in page
    assert cast.NAME in page
    assert decide(zong, grant_id).status_code == 303
    assert "已生效" in yuan.get("/notices").text
    page = yuan.get("/grants").text
    assert "还有 2 天" in page
    assert "还可打开 2 次" in page
    card = yuan.get(url)
    assert card.status_code == 200
    assert cast.SECRETS["address"] not in card.text
    assert yuan.post(f"{url}/open", data={"purpose": "follow_up"}).status_code == 303
    assert cast.SECRETS["traits"] in yuan.get(url).text
    said = last(app, "open")
    assert (said["actor"], said["grant_id"]) == ("yuan", str(grant_id))


def test_a_request_says_nothing_of_whether_the_customer_is_there(app, signed_in, planted):
    yuan = signed_in("yuan")
    ids = [asked(app, yuan), asked(app, yuan, names="没有这样的公司")]
    page = yuan.get("/grants").text
    assert page.count("1 家客户") == 2
    assert str(planted.customer_id) not in page
    for grant_id in ids:
        assert str(planted.customer_id) not in yuan.get(f"/grants/{grant_id}").text
        assert cast.NAME not in yuan.get(f"/grants/{grant_id}").text
        assert "1 家客户" in yuan.get(f"/grants/{grant_id}").text


@pytest.mark.usefixtures("planted")
def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(signed_in):
    yuan = signed_in("yuan")
    bad = {"names": "", "what": "fields", "field": ["contact.nothing"], "act": ["fly"],
           "purpose": "other", "reason": "", "days": "91", "most": "0"}  # fmt: skip
    answer = ask(yuan, **bad)
    assert answer.status_code == 422
    for sentence in (
        "请至少选一种方式", "请从列出的项目里选", "请选择查看用途", "请写一句为什么需要", "1 到 90",
        "请写明是哪些客户", "1 到 999",
    ):  # fmt: skip
        assert sentence in answer.text, sentence
    assert "没有这种查看方式" in ask(yuan, act=["open", "fly"]).text
    assert ask(yuan, what="nothing").status_code == 422
    assert ask(yuan, act=[]).status_code == 422
    assert ask(yuan, days="三").status_code == 422
    assert "最多 500 字" in ask(yuan, reason="长" * 501).text
    kept = ask(yuan, days="", reason="这句话还在").text
    assert "这句话还在" in kept
    assert cast.NAME in kept
    assert (
        "一次最多写 100 家" in ask(yuan, names="\n".join(f"某某{n}公司" for n in range(101))).text
    )


@pytest.mark.usefixtures("planted")
def test_the_same_form_sent_twice_is_one_request(app, signed_in):
    yuan, once = signed_in("yuan"), str(uuid4())
    assert ask(yuan, once=once).status_code == ask(yuan, once=once).status_code == 303
    with app.app_context():
        assert len(db.session.scalars(select(Grant)).all()) == 1
    assert ask(signed_in("he"), once=once).status_code == 404


@pytest.mark.usefixtures("planted")
def test_too_many_requests_wait_at_once(signed_in, monkeypatch):
    monkeypatch.setattr(asking, "MOST_WAITING", 2)
    yuan = signed_in("yuan")
    assert [ask(yuan).status_code for _ in range(3)] == [303, 303, 422]


@pytest.mark.usefixtures("planted")
def test_numbers_have_no_gaps(app, signed_in):
    yuan = signed_in("yuan")
    ids = [asked(app, yuan) for _ in range(3)]
    assert ask(yuan, reason="").status_code == 422
    ids.append(asked(app, yuan))
    year = clock.today().year
    with app.app_context():
        numbers = [db.session.get_one(Grant, one).number for one in ids]
    assert numbers == [f"SQ-{year}-{n:04}" for n in range(1, 5)]


def test_who_lists_customers_asks_by_filter_and_from_a_card(app, signed_in, planted, url):
    lin, zong = signed_in("lin"), signed_in("zong")
    cast.customer(app, "sun", "苏州白果示例有限公司", level="A", region="江苏")
    assert "申请授权" in lin.get(url).text
    page = lin.get(f"/grants/new?customer={planted.customer_id}&level=A&customer=x").text
    assert cast.NAME in page
    by_filter = asked(app, lin, names="", level="A")
    assert "苏州白果示例有限公司" in zong.get(f"/approvals/{by_filter}").text
    by_id = asked(app, lin, names="", customer=[str(planted.customer_id), str(uuid4())])
    assert "1 家客户" in zong.get("/approvals").text
    assert cast.NAME in zong.get(f"/approvals/{by_id}").text
    assert ask(signed_in("yuan"), names="", level="A").status_code == 422


@pytest.mark.usefixtures("planted")
def test_a_filter_that_means_too_many_is_refused(app, signed_in, monkeypatch):
    monkeypatch.setattr(asking, "MOST_CUSTOMERS", 1)
    cast.customer(app, "sun", "苏州白果示例有限公司", level="B")
    assert "请缩小条件" in ask(signed_in("lin"), names="", level="B").text


def test_a_decision_narrows_and_never_widens(app, signed_in, planted):
    yuan, zong = signed_in("yuan"), signed_in("zong")
    cast.customer(app, "sun", "苏州白果示例有限公司")
    both = f"{cast.NAME}\n苏州白果示例有限公司"
    grant_id = asked(app, yuan, names=both, most="9")
    for more in (
        {"days": "4"}, {"most": "10"}, {"most": ""}, {"act": ["open", "copy"]},
        {"customer": [str(uuid4())]}, {"customer": []}, {"days": "0"}, {"act": []},
        {"what": "everything"}, {"answer": "长" * 301},
    ):  # fmt: skip
        assert decide(zong, grant_id, **more).status_code == 422, more
    assert state(app, grant_id) == "asked"
    narrow = {"days": "1", "most": "1", "act": ["open"], "what": "confidential",
              "customer": [str(planted.customer_id)], "answer": "只看这一家"}  # fmt: skip
    assert decide(zong, grant_id, **narrow).status_code == 303
    with app.app_context():
        grant = db.session.get_one(Grant, grant_id)
        assert (grant.acts, grant.level, grant.days, grant.most) == ("open", "confidential", 1, 1)
    page = yuan.get("/grants").text
    assert "只看这一家" in page
    assert "苏州白果" not in page


@pytest.mark.usefixtures("planted")
def test_fields_are_narrowed_one_by_one(app, signed_in):
    grant_id = asked(app, signed_in("yuan"), what="fields", field=["phone", "contact.mobile"])
    zong = signed_in("zong")
    assert decide(zong, grant_id, field=["phone", "address"]).status_code == 422
    assert decide(zong, grant_id, field=["phone"]).status_code == 303
    with app.app_context():
        assert db.session.get_one(Grant, grant_id).fields == "phone"


@pytest.mark.usefixtures("planted")
def test_a_refusal_has_a_reason_and_is_final(app, signed_in):
    yuan, zong = signed_in("yuan"), signed_in("zong")
    grant_id = asked(app, yuan)
    assert decide(zong, grant_id, "refuse").status_code == 422
    assert decide(zong, grant_id, "perhaps").status_code == 422
    assert decide(zong, grant_id, "refuse", answer="改由负责人去").status_code == 303
    assert "改由负责人去" in yuan.get("/grants").text
    assert "未获批准" in yuan.get("/notices").text
    assert zong.get(f"/approvals/{grant_id}").status_code == 422
    assert yuan.post(f"/grants/{grant_id}/withdraw").status_code == 422


@pytest.mark.usefixtures("planted")
def test_nobody_decides_what_is_their_own(app, signed_in):
    zong, dong = signed_in("zong"), signed_in("dong")
    grant_id = asked(app, zong)
    assert decide(zong, grant_id).status_code == 403
    assert last(app, "grant_decided")["result"] == "refused"
    assert decide(dong, grant_id).status_code == 303
    theirs = asked(app, dong)
    assert decide(dong, theirs).status_code == 403
    assert decide(zong, theirs).status_code == 303


@pytest.mark.usefixtures("planted")
def test_the_director_decides_for_the_manager_only_between_two_dates(app, signed_in):
    yuan, zong, dong = signed_in("yuan"), signed_in("zong"), signed_in("dong")
    first = asked(app, yuan)
    assert decide(dong, first).status_code == 403
    today = clock.today()
    with app.test_request_context():
        to = str(cast.viewer("dong").id)
        lin = str(cast.viewer("lin").id)
    dates = {"first": str(today), "last": str(today + timedelta(days=1))}
    for bad in (
        {"to": lin} | dates, {"to": ""} | dates, {"to": to}, {"to": to, "first": "x", "last": "y"},
        {"to": to, "first": str(today), "last": str(today - timedelta(days=1))},
        {"to": to, "first": str(today), "last": str(today + timedelta(days=61))},
    ):  # fmt: skip
        assert zong.post("/approvals/delegations", data=bad).status_code == 422, bad
    assert dong.post("/approvals/delegations", data={"to": lin} | dates).status_code == 403
    assert zong.post("/approvals/delegations", data={"to": to} | dates).status_code == 303
    assert "委托您代行" in dong.get("/notices").text
    assert decide(dong, first).status_code == 303
    second = asked(app, yuan)
    with clock.turned(timedelta(days=2)):
        dong, zong = signed_in("dong"), signed_in("zong")
        assert decide(dong, second).status_code == 403
        again = {"to": to, "first": str(clock.today()), "last": str(clock.today())}
        assert zong.post("/approvals/delegations", data=again).status_code == 303
        page = zong.get("/approvals").text
        one = page.split("/approvals/delegations/")[1].split("/end")[0]
        assert dong.post(f"/approvals/delegations/{one}/end").status_code == 403
        assert zong.post(f"/approvals/delegations/{uuid4()}/end").status_code == 404
        assert zong.post(f"/approvals/delegations/{one}/end").status_code == 303
        assert zong.post(f"/approvals/delegations/{one}/end").status_code == 303
        assert decide(dong, second).status_code == 403


@pytest.mark.usefixtures("planted")
def test_several_are_approved_with_one_confirmation(app, signed_in):
    yuan, he, zong = signed_in("yuan"), signed_in("he"), signed_in("zong")
    ids = [str(asked(app, yuan)), str(asked(app, he))]
    assert zong.post("/approvals", data={}).status_code == 422
    page = zong.post("/approvals", data={"grant": [*ids, "x"]})
    assert "确认批准 2 份" in page.text
    assert {state(app, UUID(one)) for one in ids} == {"asked"}
    refused = asked(app, yuan)
    decide(zong, refused, "refuse", answer="不必")
    sure = {"grant": [*ids, str(refused)], "sure": "1"}
    answer = zong.post("/approvals", data=sure, follow_redirects=True).text
    assert "已批准 2 份。另有 1 份已处理过。" in answer
    assert {state(app, UUID(one)) for one in ids} == {"granted"}


def test_an_export_waits_for_a_second_person(app, signed_in, planted):
    yuan, zong, zhuli = signed_in("yuan"), signed_in("zong"), signed_in("zhuli")
    ids = [asked(app, yuan, act=["export"]) for _ in range(2)]
    assert "导出要第二人确认" in zong.get(f"/approvals/{ids[0]}").text
    for one in ids:
        assert decide(zong, one).status_code == 303
        assert state(app, one) == "second"
        assert zong.post(f"/approvals/{one}/confirm", data={"answer": "yes"}).status_code == 403
    assert yuan.get(f"/customers/{planted.customer_id}").status_code == 403
    assert "请您作为第二人确认" in zhuli.get("/notices").text
    assert "2 份授权申请等您审批" in zhuli.get("/").text
    assert zhuli.post(f"/approvals/{ids[0]}/confirm", data={"answer": "?"}).status_code == 422
    assert zhuli.post(f"/approvals/{ids[0]}/confirm", data={"answer": "yes"}).status_code == 303
    assert zhuli.post(f"/approvals/{ids[1]}/confirm", data={"answer": "no"}).status_code == 303
    assert [state(app, one) for one in ids] == ["granted", "refused"]
    assert zhuli.post(f"/approvals/{uuid4()}/confirm", data={"answer": "no"}).status_code == 404


@pytest.mark.usefixtures("planted")
def test_a_request_is_withdrawn_by_its_asker_alone(app, signed_in):
    yuan, zong = signed_in("yuan"), signed_in("zong")
    grant_id = asked(app, yuan)
    assert signed_in("he").post(f"/grants/{grant_id}/withdraw").status_code == 404
    assert zong.post(f"/grants/{grant_id}/withdraw").status_code == 404
    assert yuan.post(f"/grants/{grant_id}/withdraw").status_code == 303
    assert decide(zong, grant_id).status_code == 422


def test_a_slip_prints_for_its_holder_and_for_who_decides(app, signed_in, planted):
    yuan, zong = signed_in("yuan"), signed_in("zong")
    grant_id = granted(app, yuan, zong)
    for who in (yuan, zong, signed_in("zhuli")):
        page = who.get(f"/grants/{grant_id}")
        assert page.status_code == 200
        assert "SQ-" in page.text
        assert "客户档案管理(6)" in page.text
        assert cast.NAME in page.text
    assert signed_in("he").get(f"/grants/{grant_id}").status_code == 404
    assert last(app, "grant_shown")["subject_ids"] == [str(planted.customer_id)]


@pytest.mark.parametrize("login", ["xi", "an"])
@pytest.mark.usefixtures("planted")
def test_an_administrator_asks_for_nothing(signed_in, login):
    who = signed_in(login)
    assert who.get("/grants/new").status_code == 403
    assert ask(who).status_code == 403


def test_what_may_be_asked_for_one_by_one_is_above_open():
    assert all(one.level.value != "open" for one in terms.ASKABLE)
    assert len(terms.CODES) == len(terms.ASKABLE)
