"""The inbox and the settings of the house: what is told, what may be changed, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import DateTime, Uuid, bindparam, column, insert, table

from crm import clock, notices, settings
from crm.accounts import people, pledge
from crm.customers.pool.rules import TABLE, rules
from crm.db import db
from crm.notices import Kind
from crm.web import unit
from tests import cast
from tests.entries import said

if TYPE_CHECKING:
    from flask import Flask

POOL = {"group": "pool"} | {one.name: str(one.default) for one in TABLE if one.kind == "number"}


def tell(app: Flask, login: str, *kinds: str, about=None) -> None:
    with app.test_request_context():
        who = cast.viewer(login)
        with unit.work(who.actor()):
            for kind in kinds:
                notices.tell(who.id, kind, subject_id=about)


def unseen(app: Flask, login: str) -> int:
    with app.test_request_context():
        return cast.viewer(login).unseen or people.by_login(login).unseen


def test_the_bell_counts_and_the_page_marks(app, signed_in, planted):
    tell(app, "zhao", "assigned", "handed_over", about=planted.customer_id)
    zhao = signed_in("zhao")
    assert "通知，2 条未读" in zhao.get("/customers").text
    page = zhao.get("/notices").text
    assert f"{cast.NAME} 分给您负责了" in page
    assert said(app, "list")[-1]["detail"] == {"scene": "notices"}
    first = page.split('name="notice" value="')[1].split('"')[0]
    assert zhao.post("/notices/seen", data={"notice": first}).status_code == 303
    assert unseen(app, "zhao") == 1
    zhao.post("/notices/seen")
    assert unseen(app, "zhao") == 0
    assert "都看过了" in zhao.get("/notices").text


def test_many_a_day_of_the_same_are_one_notice(app, signed_in):
    with app.test_request_context():
        zhao, sun = cast.viewer("zhao"), cast.viewer("sun")
        for number, other, why in (
            (500, sun.id, "region"),
            (20, sun.id, "region"),
            (1, None, "new"),
        ):
            with unit.work():
                notices.tell_more(zhao.id, Kind.CARDS_CAME, number, other, why)
    assert unseen(app, "zhao") == 2
    page = signed_in("zhao").get("/notices").text
    assert "新到我名下 520 家客户，原负责人 孙路人（区域调整）。" in page
    assert "新到我名下 1 家客户，原负责人 未分配（新客户分配）。" in page


def test_what_an_earlier_release_told_of_handovers_comes_into_the_inbox(app, signed_in):
    with app.test_request_context():
        zhao, sun, lin = (cast.viewer(one).id for one in ("zhao", "sun", "lin"))
    with app.app_context():
        downgrade(revision="0008")
        old = table("owner_notices", *map(column, ("id", "from_id", "to_id", "by_id", "at", "why",
                                                   "customers")))  # fmt: skip
        for days, number in ((1, 7), (60, 9)):
            at = (clock.now() - timedelta(days=days)).replace(tzinfo=None)
            row = {"id": uuid4(), "from_id": zhao, "to_id": sun, "by_id": lin}
            row = {name: bindparam(None, one, Uuid()) for name, one in row.items()}
            row |= {"at": bindparam(None, at, DateTime()), "why": "leaving", "customers": number}
            with db.engine.begin() as connection:
                connection.execute(insert(old).values(row))
        upgrade()
    with app.test_request_context(), unit.work():
        for person_id in (zhao, sun):
            pledge.acknowledge(person_id)  # the way down forgot theirs
    assert (unseen(app, "zhao"), unseen(app, "sun"), unseen(app, "lin")) == (1, 1, 0)
    assert (
        "新到我名下 7 家客户，原负责人 赵小外（离职移交）" in signed_in("sun").get("/notices").text
    )
    assert "移交出去 9 家客户，接手人 孙路人（离职移交）" in signed_in("zhao").get("/notices").text


def test_nobody_marks_another_persons_notice(app, signed_in):
    tell(app, "zhao", "pool_fell_many")
    page = signed_in("zhao").get("/notices").text
    theirs = page.split('name="notice" value="')[1].split('"')[0]
    sun = signed_in("sun")
    for value in (theirs, str(uuid4()), "x"):
        assert sun.post("/notices/seen", data={"notice": value}).status_code == 303
    assert unseen(app, "zhao") == 1


def test_a_kind_that_is_none_cannot_be_told(app):
    with pytest.raises(ValueError, match="nonsense"):
        tell(app, "zhao", "nonsense")


def test_the_supervisor_changes_a_rule_and_the_log_says_from_what_to_what(app, signed_in):
    lin = signed_in("lin")
    answer = lin.post("/admin/settings", data=POOL | {"pool.on": "1", "pool.claims": "７"})
    assert answer.status_code == 303
    with app.app_context():
        now = rules()
        assert (now.on, now.claims, now.protected) == (True, 7, frozenset())
    told = {one["detail"]["name"]: one["detail"] for one in said(app, "setting_changed")}
    assert told["pool.claims"] == {"name": "pool.claims", "old": "5", "new": "7"}
    assert told["pool.on"] == {"name": "pool.on", "old": "0", "new": "1"}
    assert "公海" in lin.get("/customers").text


@pytest.mark.parametrize(
    "value", ["-1", "0", "1000000000", "9" * 30, "", "1.5", "x", "１ 2", "1e3"]
)
def test_a_number_out_of_its_limits_is_refused_and_nothing_is_kept(app, signed_in, value):
    answer = signed_in("lin").post(
        "/admin/settings", data=POOL | {"pool.on": "1", "pool.days.A": value}
    )
    assert answer.status_code == 422
    assert "请填 1 到 3650 的整数" in answer.text
    with app.app_context():
        assert not rules().on


@pytest.mark.parametrize("form", [{}, {"group": "none"}, POOL | {"pool.protected": "none"}])
def test_a_forged_form_is_refused(app, signed_in, form):
    assert signed_in("lin").post("/admin/settings", data=form).status_code == 422
    with app.app_context():
        assert settings.read(TABLE).changed_at is None


@pytest.mark.parametrize("login", ["zhao", "zong", "xi", "an", "cai"])
def test_nobody_else_sees_or_changes_them(signed_in, login):
    client = signed_in(login)
    assert client.get("/admin/settings").status_code == 403
    assert client.post("/admin/settings", data=POOL).status_code == 403


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("login", cast.CAST)
def test_nobodys_first_page_is_empty_or_leads_to_a_refusal(signed_in, login):
    client = signed_in(login)
    page = client.get("/").text
    main = page.split("<main")[1].split("</main>")[0]
    assert main.count("<section") + main.count('class="panel') >= 2
    links = {part.split('"')[0] for part in main.split('href="')[1:]}
    for link in links:
        if link.startswith("/") and not link.startswith("/static"):
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_a_notice_names_no_card_to_who_sees_no_customers_any_more(app, signed_in, planted):
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        with unit.work():
            notices.tell(zhao.id, Kind.ASSIGNED, planted.customer_id)
    assert cast.NAME in signed_in("zhao").get("/notices").text
    signed_in("lin").post(f"/customers/{planted.customer_id}/bin")
    page = signed_in("zhao").get("/notices").text
    assert cast.NAME not in page
    assert "一家客户 分给您负责了" in page


def test_whoever_makes_the_backups_sees_at_once_that_none_was_ever_tried(signed_in):
    page = signed_in("xi").get("/").text
    panel = page.split("<h2>备份</h2>")[1].split("</section>")[0]
    assert panel.count('class="late">还没有') == 2
    assert "<h2>备份</h2>" not in signed_in("an").get("/").text
