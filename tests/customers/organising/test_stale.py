"""档案质量: what is old, quiet, incomplete or nobody's; noted as checked without being opened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from crm import clock
from crm.customers import stale
from crm.customers.cards import Customer
from crm.db import db, run
from crm.web import unit
from tests import cast
from tests.entries import said


def change(app, card, **values) -> None:
    with app.test_request_context(), unit.work():
        db.session.execute(update(Customer).where(Customer.id == card).values(**values))


def days_ago(days: int):
    return clock.now() - timedelta(days=days)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("never", {"verified_on": None}),
        ("year", {"verified_on": days_ago(400).date()}),
        ("half", {"verified_on": days_ago(200).date()}),
        ("quiet-a", {"level": "A", "last_at": days_ago(31)}),
        ("quiet-d", {"level": "D", "last_at": days_ago(181)}),
        ("gaps", {"phone": None}),
    ],
)
def test_each_kind_finds_its_card_for_the_owner_and_nobody_elses(
    app, planted, signed_in, kind, values
):
    zhao, sun = signed_in("zhao"), signed_in("sun")
    change(app, planted.customer_id, industry="林业", region="重庆市")
    if kind != "gaps":
        assert cast.NAME not in zhao.get(f"/customers/stale?kind={kind}").text
    change(app, planted.customer_id, **values)
    assert cast.NAME in zhao.get(f"/customers/stale?kind={kind}").text
    assert cast.NAME in signed_in("lin").get(f"/customers/stale?kind={kind}").text
    assert cast.NAME not in sun.get(f"/customers/stale?kind={kind}").text


def test_the_board_begins_with_the_first_kind_that_has_a_card(app, planted, signed_in):
    chosen = {"verified_on": clock.today(), "industry": "林业", "region": "重庆市"}
    change(app, planted.customer_id, level="D", last_at=days_ago(181), **chosen)
    assert cast.NAME in signed_in("zhao").get("/customers/stale").text


def test_unassigned_cards_and_those_of_people_who_left_are_for_the_supervisor(
    app, planted, signed_in
):
    lin = signed_in("lin")
    change(app, planted.customer_id, owner_id=None)
    assert cast.NAME in lin.get("/customers/stale?kind=nobody").text
    assert signed_in("zhao").get("/customers/stale?kind=nobody").status_code == 422


def test_checked_today_is_noted_with_its_source_and_nothing_is_opened(app, planted, signed_in):
    change(app, planted.customer_id, verified_on=None)
    lin = signed_in("lin")
    page = lin.get(f"/customers/{planted.customer_id}/verify").text
    assert not [one for one in cast.SECRETS.values() if one in page]
    data = {"field": ["phone"], "source": "客户拜访"}
    assert lin.post(f"/customers/{planted.customer_id}/verify", data=data).status_code == 303
    with app.app_context():
        card = db.session.get(Customer, planted.customer_id)
        assert card.facts["phone"] == ["客户拜访", clock.today().isoformat(), "lin"]
        assert card.verified_on == clock.today()
    assert [one["fields"] for one in said(app, "verify")] == [["phone"]]


def test_many_are_checked_at_once_and_a_strangers_is_refused(planted, signed_in):
    data = {"id": [str(planted.customer_id)], "source": "客户拜访", "kind": "never"}
    assert signed_in("lin").post("/customers/stale/verify", data=data).status_code == 303
    assert signed_in("sun").post("/customers/stale/verify", data=data).status_code == 404
    assert signed_in("lin").post("/customers/stale/verify", data={"id": "x"}).status_code == 422


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("owned", [True, False])
@pytest.mark.parametrize("kind", stale.KINDS)
def test_every_question_of_the_board_goes_through_an_index(app, planted, kind, owned):
    """SQLite says how it would look: through an index that gives the order too."""
    asked = stale._page(kind, owned=owned, by_key=False)
    with app.app_context():
        values = stale._values(planted.customer_id) | {"limit": 51}
        seen: list[str] = []

        def explain(connection, _cursor, statement, parameters, *_):
            plan = connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            seen.extend(row[3] for row in plan)

        event.listen(db.engine, "before_cursor_execute", explain)
        try:
            run(asked, values).all()
        finally:
            event.remove(db.engine, "before_cursor_execute", explain)
    assert any("customers USING INDEX ix_customers" in line for line in seen), seen
    assert not any("TEMP B-TREE" in line for line in seen), seen
