"""The pool: cards come back by the rules, one colleague takes each, and every step is written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from crm import clock
from crm.customers import owners
from crm.customers.beside import Collaborator
from crm.customers.cards import Customer
from crm.customers.pool import PoolCard, falling, looking
from crm.customers.pool.rules import rules
from crm.db import db
from tests import cast
from tests.customers.house import owner_of, pool_on, put
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from flask import Flask
    from flask.testing import FlaskClient

    SignedIn = Callable[[str], FlaskClient]

DAYS = {"A": 30, "B": 60, "C": 90, "D": 180}


def fall(app: Flask, after: int) -> int:
    """The nightly function, so many days from now."""
    with app.app_context(), clock.turned(timedelta(days=after)):
        return falling.nightly()


def of(app: Flask, customer_id: UUID) -> list[Any]:
    with app.test_request_context():
        return [(one.how, one.giver, one.taker) for one in owners.of(customer_id)]


def test_without_a_pool_nothing_falls_and_its_pages_are_not_there(app, signed_in, planted):
    zhao, lin = signed_in("zhao"), signed_in("lin")
    assert fall(app, 400) == 0
    assert zhao.get("/customers/pool").status_code == 404
    assert zhao.get("/customers?scene=pool", follow_redirects=True).status_code == 404
    assert zhao.post(f"/customers/pool/{planted.customer_id}/claim").status_code == 404
    assert zhao.post(f"/customers/{planted.customer_id}/release").status_code == 404
    assert lin.post("/customers/pool/fall").status_code == 404
    assert "公海" not in zhao.get("/customers").text


@pytest.mark.parametrize("level", DAYS)
def test_a_card_falls_after_its_levels_days_and_not_before(app, level):
    pool_on(app)
    mine = cast.customer(app, "zhao", level=level)
    assert fall(app, DAYS[level] - 1) == 0
    assert fall(app, DAYS[level]) == 1
    assert owner_of(app, mine) is None
    assert of(app, mine)[0] == ("到期回公海", "赵小外", "公海")
    assert fall(app, DAYS[level] + 1) == 0


def test_a_customer_that_was_won_stays_with_its_owner(app):
    pool_on(app)
    won = cast.customer(app, "zhao", status="won")
    assert fall(app, 1000) == 0
    assert owner_of(app, won) == "zhao"


def test_a_new_rule_takes_nothing_back_before_it_has_warned(app, signed_in):
    old = cast.customer(app, "zhao")
    with clock.turned(timedelta(days=300)):
        pool_on(app)
    assert fall(app, 302) == 0
    assert owner_of(app, old) == "zhao"
    page = signed_in("zhao").get("/notices").text
    assert "1 家客户快要回公海了" in page
    assert fall(app, 303) == 1


def test_its_owner_is_warned_on_the_first_page_and_in_the_list(app, signed_in):
    pool_on(app)
    cast.customer(app, "zhao", level="A")
    zhao = signed_in("zhao")
    with clock.turned(timedelta(days=26)):
        assert "天后回公海" not in signed_in("zhao").get("/customers").text
    with clock.turned(timedelta(days=27)):
        zhao = signed_in("zhao")
        assert "3 天后回公海" in zhao.get("/customers").text
        assert "写一笔跟进就能留住" in zhao.get("/").text
    with clock.turned(timedelta(days=30)):
        assert "今晚回公海" in signed_in("zhao").get("/customers").text


def test_collaborators_let_go_too_and_a_stranger_still_gets_404(app, signed_in, planted):
    pool_on(app)
    put(app, planted.customer_id)
    with app.app_context():
        assert db.session.scalars(select(Collaborator)).all() == []
    for login in ("zhao", "wang", "sun"):
        assert signed_in(login).get(f"/customers/{planted.customer_id}").status_code == 404
    assert signed_in("lin").get(f"/customers/{planted.customer_id}").status_code == 200


def test_before_claiming_one_sees_open_facts_and_nothing_else(app, signed_in, planted):
    pool_on(app)
    put(app, planted.customer_id)
    page = signed_in("sun").get("/customers/pool").text
    assert cast.NAME in page
    hidden = [*cast.SECRETS.values(), *cast.CONTACT_SECRETS.values(), cast.FOLLOW_UP]
    assert [one for one in hidden if len(one) > 2 and one in page] == []
    entry = said(app, "list")[-1]
    assert entry["detail"] == {"scene": "pool"}
    assert entry["subject_ids"] == [str(planted.customer_id)]


def test_whoever_claims_is_responsible_from_then_on(app, signed_in, planted):
    pool_on(app)
    put(app, planted.customer_id)
    sun = signed_in("sun")
    answer = sun.post(f"/customers/pool/{planted.customer_id}/claim", follow_redirects=True)
    assert answer.status_code == 200
    assert "归您负责了" in answer.text
    with app.app_context():
        card = db.session.scalars(select(Customer)).one()
        assert card.next_contact == clock.today() + timedelta(days=1)
        assert card.team_id == cast.viewer("sun").team_id
        assert db.session.scalars(select(PoolCard)).all() == []
    assert of(app, planted.customer_id)[0] == ("认领", "公海", "孙路人")
    assert "历任负责人" in sun.get(f"/customers/{planted.customer_id}/history").text
    assert "已被同事从公海认领" in signed_in("zhao").get("/notices").text
    assert said(app, "claim")[-1]["subject_ids"] == [str(planted.customer_id)]


def test_a_claimed_card_has_its_full_time_again(app, signed_in):
    pool_on(app)
    card = cast.customer(app, "zhao", level="A")
    with app.app_context(), clock.turned(timedelta(days=40)):
        falling.nightly()
    with clock.turned(timedelta(days=40)):
        assert signed_in("sun").post(f"/customers/pool/{card}/claim").status_code == 303
    assert fall(app, 69) == 0
    assert fall(app, 70) == 1


def test_the_second_who_claims_is_told_in_a_sentence(app, signed_in, planted):
    pool_on(app)
    put(app, planted.customer_id)
    claim = f"/customers/pool/{planted.customer_id}/claim"
    assert signed_in("sun").post(claim).status_code == 303
    late = signed_in("wang").post(claim)
    assert late.status_code == 409
    assert "已不在公海" in late.text
    assert owner_of(app, planted.customer_id) == "sun"
    again = signed_in("sun").post(claim)
    assert again.status_code == 409
    refused = [one for one in said(app, "claim") if one["result"] == "refused"]
    assert [one["detail"]["why"] for one in refused] == ["gone", "gone"]


def test_a_card_that_is_not_in_the_pool_answers_like_one_that_is_not_there(app, signed_in, planted):
    pool_on(app)
    sun = signed_in("sun")
    answers = [
        sun.post(f"/customers/pool/{one}/claim")
        for one in (planted.customer_id, planted.contact_id)
    ]
    assert [one.status_code for one in answers] == [409, 409]
    assert cast.NAME not in answers[0].text
    assert sun.post("/customers/pool/not-an-id/claim").status_code == 404


def test_one_cannot_claim_more_a_day_than_the_rules_say(app, signed_in):
    pool_on(app, **{"pool.claims": "2"})
    cards = [cast.customer(app, "zhao", f"第{n}号示例有限公司") for n in range(3)]
    put(app, *cards)
    sun = signed_in("sun")
    codes = [sun.post(f"/customers/pool/{one}/claim").status_code for one in cards]
    assert codes == [303, 303, 429]
    page = sun.post(f"/customers/pool/{cards[2]}/claim").text
    assert "今天已认领 2 家，达到每日上限" in page
    with clock.turned(timedelta(days=1)):
        assert signed_in("sun").post(f"/customers/pool/{cards[2]}/claim").status_code == 303


def test_the_former_owner_waits_before_claiming_it_back(app, signed_in, planted):
    pool_on(app)
    put(app, planted.customer_id)
    claim = f"/customers/pool/{planted.customer_id}/claim"
    cooling = signed_in("zhao").post(claim)
    assert cooling.status_code == 422
    assert "满 30 天后才能再认领" in cooling.text
    with clock.turned(timedelta(days=31)):
        assert signed_in("zhao").post(claim).status_code == 303


def test_an_owner_puts_a_card_back_with_a_reason(app, signed_in, planted):
    pool_on(app)
    path = f"/customers/{planted.customer_id}/release"
    zhao = signed_in("zhao")
    assert "请选择退回的原因" in zhao.post(path).text
    assert zhao.post(path, data={"reason": "编一个"}).status_code == 422
    assert signed_in("wang").post(path, data={"reason": "busy"}).status_code == 422
    assert signed_in("sun").post(path, data={"reason": "busy"}).status_code == 404
    assert zhao.post(path, data={"reason": "busy"}).status_code == 303
    assert owner_of(app, planted.customer_id) is None
    lin = signed_in("lin")
    assert "跟进不过来" in lin.get(f"/customers/{planted.customer_id}/history").text
    assert zhao.post(path, data={"reason": "busy"}).status_code == 404


def test_the_supervisor_gives_a_card_to_somebody_who_is_told(app, signed_in, planted):
    pool_on(app)
    put(app, planted.customer_id)
    path = f"/customers/pool/{planted.customer_id}/assign"
    lin = signed_in("lin")
    assert lin.post(path, data={"to": "cai"}).status_code == 422
    assert lin.post(path).status_code == 422
    assert signed_in("sun").post(path, data={"to": "sun"}).status_code == 403
    assert lin.post(path, data={"to": "sun"}).status_code == 303
    assert owner_of(app, planted.customer_id) == "sun"
    assert "分给您负责了" in signed_in("sun").get("/").text


def test_the_supervisor_lets_the_rules_work_now(app, signed_in):
    pool_on(app)
    cast.customer(app, "zhao")
    with clock.turned(timedelta(days=100)):
        page = signed_in("lin").post("/customers/pool/fall", follow_redirects=True).text
    assert "有 1 家客户回了公海" in page
    assert said(app, "pool_run")[-1]["detail"] == {"fallen": 1}


def test_one_sees_so_many_lines_a_day_and_searches_among_them(app, signed_in):
    pool_on(app, **{"pool.lines": "2"})
    cards = [cast.customer(app, "zhao", f"{n}甲子示例有限公司") for n in "春夏秋"]
    put(app, *cards)
    sun = signed_in("sun")
    page = sun.get("/customers/pool").text
    assert [name in page for name in ("秋甲子", "夏甲子", "春甲子")] == [True, True, False]
    assert "今天的 2 条已经看完" in page
    assert "秋甲子" in sun.get("/customers/pool?q=秋甲子").text
    assert "春甲子示例" not in sun.get("/customers/pool?q=春甲子").text
    assert "春甲子示例" in signed_in("lin").get("/customers/pool?q=cjz").text
    with clock.turned(timedelta(days=1)):
        assert "春甲子示例" in signed_in("sun").get("/customers/pool?q=春甲子").text


def test_pages_of_the_pool_are_turned_by_key(app, signed_in):
    pool_on(app)
    put(app, *(cast.customer(app, "zhao", f"第{n:02}号示例有限公司") for n in range(25)))
    sun = signed_in("sun")
    first = sun.get("/customers/pool").text
    after = first.split("after=")[1].split('"')[0]
    second = sun.get(f"/customers/pool?q=&after={after}").text
    seen = [sum(f"第{n:02}号" in page for n in range(25)) for page in (first, second)]
    assert seen == [looking.PAGE, 5]
    assert sun.get("/customers/pool?after=never~x").status_code == 422


def test_a_run_that_is_cut_off_goes_on_where_it_stopped(app, monkeypatch):
    pool_on(app)
    for n in range(5):
        cast.customer(app, "zhao", f"第{n}号示例有限公司")
    monkeypatch.setattr(falling, "CHUNK", 2)
    with app.app_context(), clock.turned(timedelta(days=365)):
        assert falling.fall(most=2) == 2
        assert falling.fall() == 3
        assert falling.fall() == 0
        with app.test_request_context():
            assert rules().on
        assert db.session.scalar(select(db.func.count()).select_from(PoolCard)) == 5


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("statement", [falling.DUE, falling.SOON])
def test_what_falls_is_found_by_an_index_and_never_by_a_scan(app, statement):
    with app.app_context():
        asked = str(statement.compile(db.engine))
        values = ("A", "lost", "2026", "2026", 1, 0)[: asked.count("?")]
        connection = db.session.connection()
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)
        told = " ".join(row[-1] for row in rows)
    assert "ix_customers_level_status_last_at_id (level=? AND status=? AND last_at<?)" in told
    assert "SCAN" not in told


def test_an_assigned_card_has_left_the_pool_however_it_was_assigned(app, signed_in, planted):
    pool_on(app)
    put(app, planted.customer_id)
    lin = signed_in("lin")
    form = lin.get(f"/customers/{planted.customer_id}/edit").text
    version = form.split('name="version" value="')[1].split('"')[0]
    data = {"version": version, "name": cast.NAME, "level": "B", "owner": "wang"}
    assert lin.post(f"/customers/{planted.customer_id}/edit", data=data).status_code == 303
    assert owner_of(app, planted.customer_id) == "wang"
    assert cast.NAME not in signed_in("sun").get("/customers/pool").text
    late = signed_in("sun").post(f"/customers/pool/{planted.customer_id}/claim")
    assert late.status_code == 409
