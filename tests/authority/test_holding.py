"""Holding a grant: what it opens, how it is used up, how it ends, and that it ends at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from crm import clock
from crm.access import holding
from crm.access.grants import GIVES, Grant, State
from crm.access.holding import Held
from crm.access.knobs import law_of
from crm.authority import standing
from crm.db import db
from crm.web import unit
from tests import cast
from tests.authority.paper import asked, decide, granted, state

SHOWN = cast.SECRETS["traits"]


@pytest.fixture
def url(planted) -> str:
    return f"/customers/{planted.customer_id}"


@pytest.fixture
def mobile(planted) -> str:
    return f"contact.{planted.contact_id}.mobile"


def test_a_grant_is_used_up_by_openings_and_not_by_looks_within_them(app, signed_in, url, mobile):
    yuan = signed_in("yuan")
    granted(app, yuan, signed_in("zong"), most="2")
    look = {"field": mobile, "purpose": "visit"}
    assert yuan.post(f"{url}/open", data={"purpose": "visit"}).status_code == 303
    assert yuan.post(f"{url}/reveal", data=look).status_code == 200
    assert "还可打开 1 次" in yuan.get(url).text
    with clock.turned(timedelta(minutes=20)):
        assert yuan.post(f"{url}/reveal", data=look).status_code == 200
        page = yuan.get(url).text
        assert "还可打开 0 次" in page
        assert yuan.post(f"{url}/open", data={"purpose": "visit"}).status_code == 403
        assert yuan.post(f"{url}/reveal", data=look).status_code == 403
        assert "次数已用完" in yuan.get("/grants").text


def test_the_last_opening_lasts_its_quarter_of_an_hour(app, signed_in, url):
    yuan = signed_in("yuan")
    granted(app, yuan, signed_in("zong"), most="1")
    yuan.post(f"{url}/open", data={"purpose": "visit"})
    assert SHOWN in yuan.get(url).text
    with clock.turned(timedelta(minutes=16)):
        assert SHOWN not in yuan.get(url).text


def test_a_grant_ends_by_its_date(app, signed_in, url):
    granted(app, signed_in("yuan"), signed_in("zong"), days="1")
    with clock.turned(timedelta(hours=23)):
        yuan = signed_in("yuan")
        assert yuan.get(url).status_code == 200
        assert "小时" in yuan.get("/grants").text
        yuan.post(f"{url}/open", data={"purpose": "visit"})
    with clock.turned(timedelta(hours=24)):
        yuan = signed_in("yuan")
        assert yuan.get(url).status_code == 403
        assert "已到期" in yuan.get("/grants").text


def test_revoking_shuts_what_is_open(app, signed_in, url, mobile):
    yuan, zong = signed_in("yuan"), signed_in("zong")
    grant_id = granted(app, yuan, zong)
    yuan.post(f"{url}/open", data={"purpose": "visit"})
    assert SHOWN in yuan.get(url).text
    assert signed_in("he").post(f"/grants/{grant_id}/revoke").status_code == 404
    assert signed_in("zhuli").post(f"/grants/{grant_id}/revoke").status_code == 404
    assert zong.post(f"/grants/{grant_id}/revoke").status_code == 303
    assert yuan.get(url).status_code == 404
    assert yuan.post(f"{url}/reveal", data={"field": mobile, "purpose": "visit"}).status_code == 404
    assert "撤销了您的授权单" in yuan.get("/notices").text
    assert zong.post(f"/grants/{grant_id}/revoke").status_code == 422


def test_an_opening_by_grant_dies_with_it_where_the_post_sees_the_card(app, signed_in, url):
    lin, zong = signed_in("lin"), signed_in("zong")
    grant_id = granted(app, lin, zong)
    lin.post(f"{url}/open", data={"purpose": "maintain"})
    assert SHOWN in lin.get(url).text
    zong.post(f"/grants/{grant_id}/revoke")
    page = lin.get(url)
    assert page.status_code == 200
    assert SHOWN not in page.text


def test_its_holder_gives_it_back(app, signed_in, url):
    yuan = signed_in("yuan")
    grant_id = granted(app, yuan, signed_in("zong"))
    assert yuan.post(f"/grants/{grant_id}/revoke").status_code == 303
    assert state(app, grant_id) == "revoked"
    assert yuan.get(url).status_code == 404


def test_a_grant_of_one_field_opens_one_field(app, signed_in, url, mobile):
    yuan = signed_in("yuan")
    granted(app, yuan, signed_in("zong"), what="fields", field=["traits", "contact.hobbies"])
    yuan.post(f"{url}/open", data={"purpose": "visit"})
    page = yuan.get(url).text
    assert SHOWN in page
    assert cast.SECRETS["business"] not in page
    assert "138****" not in page
    hobbies = mobile.replace("mobile", "hobbies")
    assert (
        yuan.post(f"{url}/reveal", data={"field": hobbies, "purpose": "visit"}).status_code == 200
    )
    for one in (mobile, "phone"):
        assert (
            yuan.post(f"{url}/reveal", data={"field": one, "purpose": "visit"}).status_code == 403
        )
    both = {"field": [hobbies, mobile], "purpose": "visit"}
    assert yuan.post(f"{url}/reveal", data=both).status_code == 403


def test_a_grant_of_one_act_gives_no_other(app, signed_in, url, mobile):
    yuan = signed_in("yuan")
    granted(app, yuan, signed_in("zong"), act=["dial"])
    assert yuan.post(f"{url}/open", data={"purpose": "visit"}).status_code == 403
    look = {"field": mobile, "purpose": "visit"}
    assert yuan.post(f"{url}/reveal", data=look).status_code == 403
    assert yuan.post(f"{url}/reveal", data=look | {"act": "dial"}).status_code == 200
    assert yuan.post(f"{url}/reveal", data=look | {"act": "copy"}).status_code == 403
    assert yuan.post(f"{url}/print").status_code == 403
    assert yuan.post(f"{url}/follow-ups", data={"kind": "phone", "text": "x"}).status_code == 403


def test_copying_is_granted_on_ones_own_cards_too(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    copying = {"field": mobile, "purpose": "visit", "act": "copy"}
    assert zhao.post(f"{url}/reveal", data=copying).status_code == 403
    granted(app, zhao, signed_in("zong"), act=["copy"])
    page = zhao.post(f"{url}/reveal", data=copying)
    assert page.status_code == 200
    assert cast.CONTACT_SECRETS["mobile"] in page.text


def test_printing_prints_what_was_granted(app, signed_in, url):
    yuan = signed_in("yuan")
    granted(app, yuan, signed_in("zong"), act=["print"], what="fields", field=["traits"])
    page = yuan.post(f"{url}/print")
    assert page.status_code == 200
    assert SHOWN in page.text
    assert cast.SECRETS["business"] not in page.text


def test_who_has_no_quota_has_a_small_one_by_grant(app, signed_in, url, monkeypatch):
    monkeypatch.setattr("crm.access.versions.SHIPPED", law_of({"grant.quota": 1}))
    other = cast.customer(app, "sun", "苏州白果示例有限公司")
    yuan = signed_in("yuan")
    granted(app, yuan, signed_in("zong"), names=f"{cast.NAME}\n苏州白果示例有限公司")
    assert yuan.post(f"{url}/open", data={"purpose": "visit"}).status_code == 303
    assert yuan.post(f"/customers/{other}/open", data={"purpose": "visit"}).status_code == 429


def test_a_standing_grant_is_for_two_posts_and_up_to_a_year(app, signed_in, url):
    zong, dong, lin = signed_in("zong"), signed_in("dong"), signed_in("lin")
    with app.test_request_context():
        who = {login: str(cast.viewer(login).id) for login in ("lin", "ke", "zhao")}
    today = clock.today()
    year = str(today + timedelta(days=366))
    assert "林主管" in zong.get("/approvals/standing").text
    for bad in (
        {"holder": who["zhao"], "until": year}, {"holder": "", "until": year},
        {"holder": who["lin"], "until": str(today)}, {"holder": who["lin"], "until": ""},
        {"holder": who["lin"], "until": str(today + timedelta(days=367))},
        {"holder": who["lin"], "until": year, "most": "x"},
    ):  # fmt: skip
        assert zong.post("/approvals/standing", data=bad).status_code == 422, bad
    give = {"holder": who["lin"], "until": year}
    assert dong.post("/approvals/standing", data=give).status_code == 403
    assert zong.post("/approvals/standing", data=give | {"most": "500"}).status_code == 303
    assert lin.post(f"{url}/open", data={"purpose": "maintain"}).status_code == 303
    assert SHOWN in lin.get(url).text
    assert "常设" in lin.get("/grants").text
    assert "全部客户" in zong.get("/approvals").text
    with clock.turned(timedelta(days=367)):
        lin = signed_in("lin")
        lin.post("/me/pledge", data={"agreed": "1"})
        assert lin.post(f"{url}/open", data={"purpose": "maintain"}).status_code == 403


def test_service_opens_only_about_an_open_task(app, signed_in, url, mobile, planted):
    open_tasks: set = set()
    app.extensions["kedang.tasks"] = (lambda _person, card: card in open_tasks,)
    zong, ke = signed_in("zong"), signed_in("ke")
    with app.test_request_context():
        holder = str(cast.viewer("ke").id)
    until = str(clock.today() + timedelta(days=300))
    zong.post("/approvals/standing", data={"holder": holder, "until": until})
    assert ke.get(url).status_code == 404
    open_tasks.add(planted.customer_id)
    assert ke.get(url).status_code == 200
    call = {"field": mobile, "act": "dial"}
    assert ke.post(f"{url}/reveal", data=call).status_code == 200
    assert (
        ke.post(f"{url}/reveal", data={"field": mobile, "purpose": "complaint"}).status_code == 403
    )
    ke.post(f"{url}/open", data={"purpose": "complaint"})
    page = ke.get(url).text
    assert SHOWN not in page
    open_tasks.clear()
    assert ke.get(url).status_code == 404


def test_standing_grants_need_somebody_to_hold_them(signed_in, monkeypatch):
    monkeypatch.setattr(standing, "candidates", list)
    assert "还没有市场主管" in signed_in("zong").get("/approvals/standing").text


def test_pages_without_grants_say_what_to_do(signed_in):
    assert "还没有授权单" in signed_in("yuan").get("/grants").text
    assert "没有等您审批的申请" in signed_in("dong").get("/approvals").text


def test_a_grant_that_ended_meanwhile_is_not_spent(app, signed_in, planted):
    yuan, zong = signed_in("yuan"), signed_in("zong")
    grant_id = granted(app, yuan, zong)
    with app.test_request_context():
        held = holding.held(cast.viewer("yuan"), planted.customer_id)[0]
        assert held.time_left == "还有 2 天"
    zong.post(f"/grants/{grant_id}/revoke")
    with app.test_request_context(), unit.work():
        assert holding.spend(held) is False


def test_time_left_is_told_in_the_largest_whole_unit(app):
    with app.test_request_context():
        for ahead, words in (
            (timedelta(days=2, minutes=1), "还有 2 天"),
            (timedelta(hours=5, minutes=1), "还有 5 小时"),
            (timedelta(minutes=5), "不到 1 小时"),
        ):
            assert holding.time_left(clock.now() + ahead) == words
        assert holding.time_left(None) == "不到 1 小时"


def test_every_state_has_words(app):
    with app.test_request_context():
        assert len({one.label for one in State}) == len(State)
    assert set(GIVES) == {"open", "reveal", "dial", "copy", "print", "export"}


@pytest.mark.usefixtures("planted")
def test_an_unknown_request_is_not_there(app, signed_in):
    zong = signed_in("zong")
    assert decide(zong, uuid4()).status_code == 404
    assert zong.get(f"/grants/{uuid4()}").status_code == 404
    grant_id = asked(app, signed_in("yuan"))
    assert signed_in("zhuli").post(f"/approvals/{grant_id}/confirm", data={}).status_code == 422
    with app.app_context():
        assert db.session.get(Grant, grant_id)
    assert Held.__doc__


def test_a_copy_comes_as_text_to_who_may_and_each_is_an_entry_of_its_own(
    app, signed_in, url, mobile
):
    zhao = signed_in("zhao")
    assert 'form="copy"' not in zhao.get(url).text
    granted(app, zhao, signed_in("zong"), act=["copy"], what="fields", field=["contact.mobile"])
    assert zhao.get(url).text.count('form="copy"') == 1
    part = zhao.post(
        f"{url}/reveal", data={"field": mobile, "act": "copy"}, headers={"HX-Request": "true"}
    ).text
    assert cast.CONTACT_SECRETS["mobile"] in part
    assert "data-copy" in part
    look = {"field": mobile, "purpose": "visit"}
    seen = zhao.post(f"{url}/reveal", data=look, headers={"HX-Request": "true"}).text
    assert cast.CONTACT_SECRETS["mobile"] not in seen
    assert zhao.post(f"{url}/reveal", data={"field": "phone", "act": "copy"}).status_code == 403
