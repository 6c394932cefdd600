"""Leaving: a whole month with the clock turned, shorter notice, dismissal, forged words."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from crm import clock
from crm.cli.tidy import CHORES
from crm.work.leaving import ending
from tests import cast
from tests.authority.paper import granted, state
from tests.entries import said
from tests.work.departing import (
    NOTICE,
    REASON,
    by_night,
    completed,
    day,
    entered,
    found,
    frozen,
    given,
    hand_over,
    person_id,
    tick,
)

SHOWN = cast.SECRETS["traits"]


def only_calls_are_left(zhao, url: str, mobile: str) -> None:
    """What is left: opening and dialling one's own. What is not: any secret, and carrying out."""
    assert zhao.post(f"{url}/open", data={"purpose": "follow_up"}).status_code == 303
    assert SHOWN in zhao.get(url).text
    call = {"field": mobile, "act": "dial"}
    assert cast.CONTACT_SECRETS["mobile"] in zhao.post(f"{url}/reveal", data=call).text
    for act in ("reveal", "copy", "edit"):
        refused = zhao.post(f"{url}/reveal", data=call | {"act": act, "purpose": "visit"})
        assert refused.status_code == 403, act
        assert "细则第二章·7" in refused.text
    assert zhao.post(f"{url}/print").status_code == 403


def test_a_leavers_whole_month(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    page = given(zhao)
    assert "最后工作日" in zhao.get(page).text
    assert "交接期" in zhao.get("/").text
    assert REASON in zhao.get(page).text
    assert zhao.get("/work/leaving/new").location == page
    assert "的离职交接开始了" in signed_in("cai").get("/notices").text
    only_calls_are_left(zhao, url, mobile)
    with clock.turned(timedelta(days=20)):
        completed(app, signed_in, page)
        lin, zhao = signed_in("lin"), signed_in("zhao")
        assert "已办齐，等您签字" in lin.get("/notices").text or "签字" in lin.get(page).text
        assert zhao.get(url).status_code == 404, "a card that was handed over is nobody else's"
        assert zhao.post(f"{url}/reveal", data={"field": mobile, "act": "dial"}).status_code == 404
        assert lin.post(f"{page}/sign").status_code == 303
        assert zhao.get("/me").status_code == 200, "until the last day is over"
        assert by_night(app) == 0
    with clock.turned(timedelta(days=30)):
        zhao = signed_in("zhao")
        assert by_night(app) == 0, "the last working day is worked"
        assert zhao.get("/me").status_code == 200
    with clock.turned(timedelta(days=31)):
        assert by_night(app) == 1
        assert zhao.get("/me").status_code == 302
        assert frozen(app, "zhao")
        assert by_night(app) == 0
        assert "已办结" in signed_in("lin").get(page).text
        assert "离职移交" in signed_in("wang").get(f"{url}/history").text
    assert [one["action"] for one in said(app) if one["action"].startswith("leaving_")] == [
        "leaving_given", *["leaving_ticked"] * 4, "leaving_signed", "leaving_closed"
    ]  # fmt: skip
    assert REASON not in str(said(app))


@pytest.mark.usefixtures("planted")
def test_shorter_notice_counts_once_the_signer_agrees(app, signed_in):
    zhao, lin = signed_in("zhao"), signed_in("lin")
    page = given(zhao, last_day=day(5))
    assert found(app, page).ends_on == clock.today() + timedelta(days=30)
    assert "等市场主管同意" in zhao.get(page).text
    assert zhao.post(f"{page}/consent").status_code == 403
    assert signed_in("zong").post(f"{page}/consent").status_code == 403
    assert lin.post(f"{page}/consent").status_code == 303
    assert lin.post(f"{page}/consent").status_code == 422
    assert found(app, page).ends_on == clock.today() + timedelta(days=5)
    with clock.turned(timedelta(days=6)):
        assert by_night(app) == 1
        assert frozen(app, "zhao")
        assert "已冻结，未办完" in signed_in("lin").get("/work/leaving").text
        assert "离职未办完" in str(signed_in("lin").get("/audit/entries").text)
    assert found(app, page).is_unfinished


@pytest.mark.usefixtures("planted")
def test_signed_on_the_last_day_closes_at_once(app, signed_in):
    page = entered(app, signed_in("lin"), "zhao", last_day=day(1))
    assert found(app, page).consented_at, "who signs has agreed by entering it"
    with clock.turned(timedelta(days=1)):
        completed(app, signed_in, page)
        zhao, lin = signed_in("zhao"), signed_in("lin")
        assert lin.post(f"{page}/sign").status_code == 303
        assert zhao.get("/me").status_code == 302
        assert lin.post(f"{page}/sign").status_code == 422
    assert found(app, page).state == "closed"


@pytest.mark.usefixtures("planted")
def test_nothing_is_signed_before_everything_is_done(app, signed_in):
    page = given(signed_in("zhao"))
    lin = signed_in("lin")
    refused = lin.post(f"{page}/sign")
    assert refused.status_code == 422
    assert "账务结清、合同和原件归还、客户全部移交、待办与跟进交代、保密义务确认" in refused.text
    completed(app, signed_in, page)
    cast.customer(app, "zhao", "丽水山茶示例有限公司")
    assert "客户全部移交" in lin.post(f"{page}/sign").text
    assert hand_over(lin, app, "zhao").status_code == 303
    assert tick(signed_in("cai"), page, "accounts", done="0").status_code == 303
    assert "账务结清" in lin.post(f"{page}/sign").text
    assert tick(signed_in("cai"), page, "accounts").status_code == 303
    assert lin.post(f"{page}/sign").status_code == 303
    assert tick(signed_in("cai"), page, "accounts").status_code == 422


@pytest.mark.usefixtures("planted")
def test_forged_ticks_are_refused_and_logged(app, signed_in):
    zhao = signed_in("zhao")
    page = given(zhao)
    for login, item, status in (
        ("zhao", "accounts", 403), ("zhao", "tasks", 403), ("cai", "originals", 403),
        ("he", "accounts", 403), ("lin", "secrecy", 403), ("lin", "customers", 403),
        ("lin", "accounts", 403), ("cai", "nothing", 422), ("wang", "accounts", 404),
        ("lin", "tasks", 422),
    ):  # fmt: skip
        assert tick(signed_in(login), page, item).status_code == status, (login, item)
    assert tick(signed_in("lin"), page, "tasks", to="zhao").status_code == 422
    assert signed_in("cai").post(f"{page}/sign").status_code == 403
    assert signed_in("zong").post(f"{page}/sign").status_code == 403
    assert zhao.post(f"{page}/sign").status_code == 403
    refused = [one for one in said(app, "leaving_ticked") if one["result"] == "refused"]
    assert len(refused) == 7
    assert zhao.get(f"/work/leaving/{uuid4()}").status_code == 404


def test_nobody_signs_or_ticks_their_own(signed_in):
    page = given(signed_in("lin"))
    lin = signed_in("lin")
    assert "由市场总监签字" in lin.get(page).text
    assert lin.post(f"{page}/sign").status_code == 403
    assert tick(lin, page, "tasks", to="wang").status_code == 403
    assert tick(signed_in("zongjian"), page, "tasks", to="wang").status_code == 303
    mine = given(signed_in("cai"))
    assert tick(signed_in("cai"), mine, "accounts").status_code == 403
    assert tick(signed_in("zongjian"), mine, "accounts").status_code == 303, "no other finance"
    top = given(signed_in("dong"))
    assert "由总经理签字" in signed_in("zong").get(top).text


@pytest.mark.usefixtures("planted")
def test_the_house_lets_the_director_sign(app, signed_in):
    lin = signed_in("lin")
    kept = {"group": "leaving", "leaving.days": "20", "leaving.director": "1"}
    assert lin.post("/admin/settings", data=kept).status_code == 303
    page = given(signed_in("zhao"))
    assert found(app, page).last_day == clock.today() + timedelta(days=20)
    assert "由市场总监签字" in lin.get(page).text
    assert lin.post(f"{page}/sign").status_code == 403
    assert REASON not in lin.get(page).text
    assert REASON in signed_in("zongjian").get(page).text


def test_the_reason_is_read_by_who_signs_alone(app, signed_in):
    page = given(signed_in("zhao"))
    assert REASON in signed_in("lin").get(page).text
    assert [one["actor"] for one in said(app, "hear")] == ["lin"]
    for login in ("cai", "he", "xing", "zong", "dong"):
        assert REASON not in signed_in(login).get(page).text, login
    assert signed_in("wang").get(page).status_code == 404
    assert signed_in("wang").get("/work/leaving").status_code == 403


def test_dismissal_freezes_at_once(app, signed_in, url):
    zhao, lin = signed_in("zhao"), signed_in("lin")
    grant = granted(app, zhao, signed_in("zong"), act=["copy"])
    page = entered(app, lin, "zhao", "dismissal")
    assert zhao.get(url).status_code == 302
    assert app.test_client().post(
        "/sign-in", data={"login": "zhao", "password": cast.PASSWORD}
    ).status_code == 422  # fmt: skip
    assert state(app, grant) == "revoked"
    shown = lin.get(page).text
    assert "还有 1 家未移交" in shown
    assert cast.NAME in shown
    assert cast.NAME not in signed_in("cai").get(page).text
    assert by_night(app) == 0
    person = person_id(app, "zhao")
    thawed = signed_in("xi").post(f"/admin/people/{person}/freeze", data={"frozen": "0"})
    assert thawed.status_code == 422
    assert tick(lin, page, "secrecy").status_code == 403
    assert tick(signed_in("xing"), page, "secrecy").status_code == 303, "told on paper"
    assert tick(signed_in("cai"), page, "accounts").status_code == 303
    assert tick(signed_in("he"), page, "originals").status_code == 303
    assert tick(lin, page, "tasks", to="wang").status_code == 303
    assert hand_over(lin, app, "zhao").status_code == 303
    assert lin.post(f"{page}/sign").status_code == 303
    assert found(app, page).state == "closed"
    assert frozen(app, "zhao")
    assert signed_in("wang").get(url).status_code == 200


def test_a_dismissal_that_was_a_mistake_is_taken_back(app, signed_in):
    page = entered(app, signed_in("xing"), "zhao", "walked_out")
    assert frozen(app, "zhao")
    assert signed_in("cai").post(f"{page}/withdraw").status_code == 403
    assert signed_in("lin").post(f"{page}/withdraw").status_code == 303
    assert not frozen(app, "zhao")
    assert signed_in("zhao").get("/").status_code == 200


def test_who_may_dismiss_whom(app, signed_in):
    form = {"kind": "dismissal", "person": person_id(app, "zong")}
    lin = signed_in("lin")
    assert lin.post("/work/leaving/enter", data=form).status_code == 403
    assert not frozen(app, "zong")
    own = form | {"person": person_id(app, "lin")}
    assert lin.post("/work/leaving/enter", data=own).status_code == 422
    assert lin.post("/work/leaving/new", data=NOTICE | {"kind": "dismissal"}).status_code == 422
    assert lin.post("/work/leaving/enter", data=form | {"person": str(uuid4())}).status_code == 404
    assert signed_in("zhao").post("/work/leaving/enter", data=form).status_code == 403
    entered(app, signed_in("dong"), "zong", "dismissal")
    assert frozen(app, "zong")
    late = form | {"kind": "notice"}
    assert lin.post("/work/leaving/enter", data=late).status_code == 422


def test_a_withdrawn_notice_restores_everything_but_grants(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    page = given(zhao)
    assert zhao.post(f"{page}/withdraw").status_code == 303
    look = {"field": mobile, "purpose": "visit"}
    assert zhao.post(f"{url}/reveal", data=look).status_code == 200
    assert "交接期" not in zhao.get("/").text
    assert zhao.post(f"{page}/withdraw").status_code == 422
    assert zhao.get("/work/leaving/new").status_code == 200
    with clock.turned(timedelta(days=40)):
        assert by_night(app) == 0
    again = entered(app, signed_in("lin"), "zhao")
    assert zhao.post(f"{again}/withdraw").status_code == 403, "what others entered is theirs"
    assert "登记了您的离职交接" in zhao.get("/notices").text
    assert signed_in("lin").post(f"{again}/withdraw").status_code == 303


def test_a_form_sent_twice_is_one_notice(app, signed_in):
    zhao, once = signed_in("zhao"), str(uuid4())
    page = given(zhao, once=once)
    assert page == f"/work/leaving/{once}"
    assert given(zhao, once=once) == page
    assert zhao.post("/work/leaving/new", data=NOTICE).status_code == 422
    assert (
        signed_in("wang").post("/work/leaving/new", data=NOTICE | {"once": once}).status_code == 404
    )
    assert len(said(app, "leaving_given")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "holiday"}, {"kind": ""}, {"last_day": "x"}, {"last_day": "2020-01-01"},
        {"last_day": "2199-01-01"}, {"reason": ""}, {"reason": "长" * 1001},
    ],
)  # fmt: skip
def test_what_cannot_be_taken_stays_on_the_form(signed_in, wrong):
    answer = signed_in("zhao").post("/work/leaving/new", data=NOTICE | wrong)
    assert answer.status_code == 422
    assert "处要改" in answer.text


@pytest.mark.usefixtures("planted")
def test_a_transfer_keeps_the_account(app, signed_in):
    page = given(signed_in("zhao"), kind="transfer")
    with clock.turned(timedelta(days=31)):
        assert by_night(app) == 0
        completed(app, signed_in, page)
        assert signed_in("lin").post(f"{page}/sign").status_code == 303
        assert not frozen(app, "zhao")
        assert "交接期" not in signed_in("zhao").get("/").text


@pytest.mark.usefixtures("planted")
def test_cards_that_come_after_the_signature_keep_it_unfinished(app, signed_in):
    page = given(signed_in("zhao"))
    completed(app, signed_in, page)
    signed_in("lin").post(f"{page}/sign")
    cast.customer(app, "zhao", "衢州香榧示例有限公司")
    with clock.turned(timedelta(days=31)):
        assert by_night(app) == 1
        assert frozen(app, "zhao")
        assert found(app, page).is_unfinished
    assert CHORES["leaving"] is ending.nightly
