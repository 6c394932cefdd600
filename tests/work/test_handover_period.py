"""The handover period: what it closes by post and by grant, what it leaves, the look back."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from crm import clock
from crm.access.grants import Grant
from crm.db import db
from tests import cast
from tests.authority.paper import asked, exported, granted, state
from tests.entries import said
from tests.pictured import tokens
from tests.work.departing import (
    given,
    person_id,
)

SHOWN = cast.SECRETS["traits"]


def test_what_is_open_and_granted_ends_with_the_notice(app, signed_in, url, mobile):
    zhao, zong = signed_in("zhao"), signed_in("zong")
    copying = granted(app, zhao, zong, act=["copy"])
    waiting = asked(app, zhao)
    zhao.post(f"{url}/open", data={"purpose": "visit"})
    assert SHOWN in zhao.get(url).text
    given(zhao)
    assert (state(app, copying), state(app, waiting)) == ("revoked", "withdrawn")
    assert SHOWN not in zhao.get(url).text
    # Nor does a new one help: who decided did not know.
    granted(app, zhao, zong, act=["copy", "reveal", "print"])
    look = {"field": mobile, "purpose": "visit"}
    for act in ("copy", "reveal"):
        assert zhao.post(f"{url}/reveal", data=look | {"act": act}).status_code == 403
    assert zhao.post(f"{url}/print").status_code == 403
    with app.app_context():
        assert db.session.scalar(select(Grant.used).where(Grant.id == copying)) == 0


def test_secrets_are_closed_on_every_page_of_a_card(signed_in, url):
    zhao = signed_in("zhao")
    assert "139****5678" in zhao.get(url).text
    given(zhao)
    zhao.post(f"{url}/open", data={"purpose": "visit"})
    secrets = [cast.CONTACT_SECRETS[one] for one in ("mobile", "hobbies", "family", "other")]
    for path in (url, f"{url}/history", f"{url}/edit"):
        page = zhao.get(path)
        assert page.status_code == 200, path
        assert not [one for one in [*secrets, "139****5678"] if one in page.text], path
    saved = zhao.post(f"{url}/edit", data={"version": "1", "name": cast.NAME, "level": "A"})
    assert saved.status_code in {303, 422}
    assert zhao.post(f"{url}/edit", data={"version": "0"}).status_code == 409


def test_an_executive_who_leaves_keeps_their_own_cards_alone(app, signed_in, url):
    own = cast.customer(app, "zongjian", "台州水杉示例有限公司")
    zongjian = signed_in("zongjian")
    assert zongjian.post(f"{url}/open", data={"purpose": "visit"}).status_code == 303
    given(zongjian)
    assert zongjian.post(f"{url}/open", data={"purpose": "visit"}).status_code == 403
    assert zongjian.post(f"/customers/{own}/open", data={"purpose": "visit"}).status_code == 303
    number = cast.CONTACT_SECRETS["mobile"]
    assert cast.NAME not in zongjian.get(f"/customers?scene=all&q={number}").text


def test_a_collaborator_who_leaves_opens_nothing_of_others(signed_in, url):
    wang = signed_in("wang")
    given(wang)
    assert wang.get(url).status_code == 200
    assert wang.post(f"{url}/open", data={"purpose": "visit"}).status_code == 403


def test_who_reads_the_log_carries_none_of_it_away(signed_in):
    lin = signed_in("lin")
    assert lin.post("/audit/export", data={}).status_code == 200
    given(lin)
    assert lin.post("/audit/export", data={}).status_code == 403
    assert lin.get("/audit").status_code == 200


@pytest.mark.usefixtures("planted")
def test_nobody_hands_cards_to_who_is_leaving(app, signed_in):
    given(signed_in("wang"))
    lin = signed_in("lin")
    given(signed_in("zhao"))
    page = lin.get(f"/customers/handover?from={person_id(app, 'zhao')}").text
    assert 'name="to" value="wang"' not in page
    assert 'name="to" value="sun"' in page
    sent = {"from": person_id(app, "zhao"), "count": "1", "to": "wang", "why": "leaving"}
    assert lin.post("/customers/handover", data=sent).status_code == 422


def test_the_supervisor_looks_back_sixty_days(app, signed_in, url, mobile):
    signed_in("zhao").post(f"{url}/open", data={"purpose": "contract"})
    with clock.turned(timedelta(days=70)):
        zhao, lin = signed_in("zhao"), signed_in("lin")
        zhao.post(f"{url}/open", data={"purpose": "visit"})
        zhao.post(f"{url}/reveal", data={"field": mobile, "act": "dial"})
        page = given(zhao)
        back = lin.get(f"{page}/looks")
        assert back.status_code == 200
        assert cast.NAME in back.text
        assert "拜访" in back.text
        assert "合同" not in back.text.partition("<main")[2]
        assert said(app, "log_read")[-1]["detail"] == {"view": "leaving"}
        assert signed_in("cai").get(f"{page}/looks").status_code == 403
        mine = given(lin)
        assert lin.get(f"{mine}/looks").status_code == 403
        assert "没有查阅过客户" in signed_in("dong").get(f"{mine}/looks").text


@pytest.mark.usefixtures("planted")
def test_copies_that_wait_to_be_fetched_are_shredded(app, signed_in):
    copy = "/exports/" + exported(app, signed_in, "yuan")
    yuan = signed_in("yuan")
    until = time.monotonic() + 20
    while f"{copy}/download" not in yuan.get(copy).text:
        assert time.monotonic() < until
        time.sleep(0.05)
    given(yuan)
    assert f"{copy}/download" not in yuan.get(copy).text
    assert yuan.post(f"{copy}/download").status_code == 403
    assert yuan.post("/exports", data={"grant": str(uuid4())}).status_code == 403


def test_a_picture_of_a_secret_goes_with_the_notice(signed_in, url, mobile):
    zhao = signed_in("zhao")
    look = {"field": mobile, "purpose": "visit"}
    picture = tokens(zhao.post(f"{url}/reveal", data=look).text)[-1]
    assert zhao.get(f"/pictures/{picture}").status_code == 200
    given(zhao)
    assert zhao.get(f"/pictures/{picture}").status_code == 404
