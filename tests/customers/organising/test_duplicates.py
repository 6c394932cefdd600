"""Duplicates: the nightly run finds them, a person decides, and nobody learns a value by it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crm.customers import duplicates
from crm.customers.cards import Customer
from crm.customers.duplicates import Pair, likeness, scan, shape
from crm.db import db
from crm.web import unit
from tests import cast
from tests.audit.written import entries
from tests.entries import said

SAME = [
    ("东莞市青岚科技股份有限公司", "東莞青嵐科技有限公司"),
    ("青岚科技有限公司", "青岚科技（集团）有限责任公司"),
    ("杭州松禾包装有限公司", "松禾包装"),
    ("松禾（杭州）包装有限公司", "杭州市松禾包装有限公司"),
    ("杭州松禾包装有限公司", "杭州松和包装有限公司"),
    ("云鹭生物医药有限公司", "云鹭医药生物有限公司"),
    ("远岫环保科技有限公司", "远岫"),
    ("晴川仪器仪表有限公司", "晴川仪器义表有限公司"),
    ("中国北辰化学工业公司", "中北化"),
    ("ＡＢＣ纸业有限公司", "abc 纸业"),
]
APART = [
    ("杭州松禾包装有限公司", "宁波松禾包装有限公司"),
    ("松禾包装有限公司", "松禾包装有限公司杭州分公司"),
    ("松禾包装有限公司杭州分公司", "松禾包装有限公司宁波分公司"),
    ("松禾包装有限公司", "松禾物流有限公司"),
    ("晨曦一厂", "晨曦二厂"),
    ("北建第三工程局", "北建第五工程局"),
    ("青岚科技有限公司", "青松科技有限公司"),
    ("云鹭商贸", "望舒商贸"),
]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_names_of_one_customer_are_near(database):
    del database
    missed = [pair for pair in SAME if likeness.between(*map(shape.of, pair)) is None]
    assert len(missed) <= 1, missed


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_names_of_two_customers_are_not(database):
    del database
    wrong = [pair for pair in APART if likeness.between(*map(shape.of, pair)) is not None]
    assert wrong == []


def look(app) -> list[tuple[str, str, list[str]]]:
    with app.test_request_context():
        scan.run(cast.viewer("lin").actor())
        named = {row[0]: row[1] for row in db.session.execute(select(Customer.id, Customer.name))}
        return sorted(
            (*sorted((named[one.low_id], named[one.high_id])), one.reasons)
            for one in db.session.scalars(select(Pair).where(Pair.state == "open"))
        )


def test_a_run_finds_near_names_and_equal_numbers(app):
    cast.customer(app, "zhao", "杭州松禾包装有限公司", phone="0571-88001122")
    cast.customer(app, "sun", "松禾包装")
    cast.customer(
        app,
        "wang",
        "望舒商贸有限公司",
        **{"contact.new1.mobile": "13700002222", "contact.new1.name": "甲"},
    )
    cast.customer(
        app,
        "sun",
        "盛云食品有限公司",
        **{"contact.new1.mobile": "13700002222", "contact.new1.name": "乙"},
    )
    assert sorted(row[2][0] for row in look(app)) == ["mobile", "place"]


def test_a_second_run_looks_only_at_what_changed(app):
    cast.customer(app, "zhao", "杭州松禾包装有限公司")
    assert look(app) == []
    cast.customer(app, "sun", "杭州松禾包裝有限公司集团")
    assert len(look(app)) == 1
    with app.app_context():
        assert scan._changed() == []


def test_what_is_said_to_be_apart_is_never_asked_again(app, signed_in):
    one = cast.customer(app, "zhao", "杭州松禾包装有限公司")
    other = cast.customer(app, "sun", "松禾包装")
    look(app)
    lin = signed_in("lin")
    low, high = duplicates.ordered(one, other)
    assert "松禾包装" in lin.get("/customers/duplicates").text
    lin.post("/customers/duplicates/apart", data={"low": str(low), "high": str(high)})
    with app.test_request_context(), unit.work():
        duplicates.again(one)
    assert look(app) == []


def test_the_supervisor_compares_merges_and_undoes(app, planted, signed_in):
    """相同 and 不同 are told of sealed facts; no value is."""
    other = cast.customer(
        app, "sun", "银杏示例（重庆）", phone="023-1112223", address=cast.SECRETS["address"]
    )
    lin = signed_in("lin")
    page = lin.get(f"/customers/{planted.customer_id}/merge/{other}").text
    assert "相同" in page
    assert "不同" in page
    assert not [one for one in cast.SECRETS.values() if one in page]
    stale = lin.post(f"/customers/{planted.customer_id}/merge/{other}", data={"versions": "9-9"})
    assert stale.status_code == 409
    with app.app_context():
        versions = "-".join(
            str(db.session.get(Customer, one).version) for one in (planted.customer_id, other)
        )
    done = lin.post(
        f"/customers/{planted.customer_id}/merge/{other}",
        data={"versions": versions, "pick.phone": "right"},
    )
    assert done.status_code == 303
    assert lin.get(f"/customers/{other}").location == f"/customers/{planted.customer_id}"
    assert signed_in("sun").get(f"/customers/{planted.customer_id}").status_code == 200
    assert signed_in("he").get(f"/customers/{other}").status_code == 403
    again = lin.get(f"/customers/{other}/merge/{planted.customer_id}")
    assert again.status_code == 422
    assert "已并入" in again.text
    assert lin.post(f"{done.location}/undo").status_code == 303
    assert lin.post(f"{done.location}/undo").status_code == 422
    assert lin.get(f"/customers/{other}").status_code == 200
    assert {"merge", "unmerge"} <= {one["action"] for one in said(app)}


@pytest.mark.usefixtures("planted")
def test_a_name_that_is_there_is_told_while_it_is_typed_and_nothing_else(signed_in):
    sun = signed_in("sun")
    assert "赵小外" in sun.get("/customers/name-check", query_string={"name": cast.NAME}).text
    near = sun.get("/customers/name-check", query_string={"name": cast.NAME[:-2]}).text
    assert "赵小外" not in near
    assert "已有" not in near


def test_asking_for_names_without_end_is_refused(signed_in):
    sun = signed_in("sun")
    answers = [sun.get("/customers/name-check?name=某").status_code for _ in range(45)]
    assert 429 in answers


def test_asking_by_making_a_card_that_cannot_be_made_is_counted_and_logged(app, planted, signed_in):
    assert planted
    sun = signed_in("sun")
    form = {"name": cast.NAME, "collaborators": "nobody"}
    codes = [sun.post("/customers/new", data=form).status_code for _ in range(42)]
    assert codes == [422] * 40 + [429] * 2
    asked = entries(app, "name_check")
    assert len(asked) == 40
    assert asked[0]["detail"] == {"found": True}
