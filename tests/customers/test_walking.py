"""Walking: a list in its order and a name by its rare parts find what going through all would."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from crm import clock
from crm.customers import listing, searching
from crm.customers.cards import Customer
from crm.customers.listing import Asked
from crm.db import db
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from flask import Flask

BEFORE = 3
"""Days before today from which on customers are due, one a day."""
NAMES = ("杭州云谷科技", "杭州云谷贸易", "杭州谷云科技", "云谷杭州科技", "杭州云杭谷科技", "云谷")


@pytest.fixture
def due(app: Flask) -> list[str]:
    """Customers due from three days ago to eleven days ahead; what was met last is due first."""
    names = [f"排期{number:02d}号" for number in range(15)]
    ids = [cast.customer(app, "zhao", name) for name in names]
    with app.test_request_context(), unit.work():
        for number, one in enumerate(ids):
            when = {
                "next_contact": clock.today() + timedelta(days=number - BEFORE),
                "last_at": clock.now() - timedelta(hours=number),
            }
            db.session.execute(update(Customer).where(Customer.id == one).values(when))
    return names


def asked(app: Flask, login: str, **wanted: Any) -> list[str]:
    with app.test_request_context():
        return [row.name for row in listing.page(Asked(**wanted), cast.viewer(login)).rows]


@pytest.mark.parametrize("direction", ["desc", "asc"])
def test_a_week_is_today_and_seven_days_in_the_lists_order_page_by_page(
    app, due, direction, monkeypatch
):
    monkeypatch.setattr(listing, "PAGE", 3)
    week = due[BEFORE : BEFORE + 8]
    wanted = week if direction == "desc" else week[::-1]
    options = {"scene": "all", "filters": {"next": "week"}, "direction": direction}
    for login in ("lin", "zhao"):
        pages = [asked(app, login, page=page, **options) for page in (1, 2, 3, 4)]
        assert pages == [wanted[:3], wanted[3:6], wanted[6:], []]


def test_a_week_is_turned_by_key_and_narrowed_further(app, due, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 3)
    with app.test_request_context(), unit.work():
        db.session.execute(update(Customer).where(Customer.name == due[BEFORE]).values(level="A"))
    with app.test_request_context():
        lin = cast.viewer("lin")
        first = listing.page(Asked(scene="all", filters={"next": "week"}), lin)
        after = listing.key_after(first.rows[-1], "recent")
        second = listing.page(Asked(scene="all", filters={"next": "week"}, after=after), lin)
    assert [row.name for row in second.rows] == due[BEFORE + 3 : BEFORE + 6]
    narrowed = {"next": "week", "level": "A"}
    assert asked(app, "lin", scene="all", filters=narrowed) == [due[BEFORE]]


@pytest.mark.parametrize("probed", [(200, 1_000, 4_000), (1, 2, 4), (1, 1, 1)])
@pytest.mark.parametrize(
    "q", ["云", "云谷", "杭州云谷", "云谷科技", "杭州云谷科技", "州云", "hzyg", "ygkj", "没有这家"]
)
def test_a_name_is_found_by_any_part_however_common_its_parts_are(app, monkeypatch, probed, q):
    monkeypatch.setattr(searching, "PROBED", probed)
    for name in NAMES:
        cast.customer(app, "zhao", name)
    initials = {"hzyg": "杭州云谷", "ygkj": "云谷科技"}
    wanted = sorted(name for name in NAMES if initials.get(q, q) in name)
    found = asked(app, "lin", scene="all", q=q)
    assert sorted(found) == wanted
    assert [len(name) for name in found] == sorted(len(name) for name in wanted)
