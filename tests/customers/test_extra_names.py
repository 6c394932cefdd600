"""Names of extra fields as a browser may send them: one that is none breaks nothing."""

from __future__ import annotations

import pytest

from crm.customers import contacts
from crm.customers.contacts import ExtraField
from crm.db import db
from crm.web import unit


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name",
    [
        "extra.{field}.01a20430-5aba-7a0d-b3e6-b3a29e20c6b5",
        "extra.{field}.garbage",
        "extra.{field}.",
        "extra.garbage-clear",
        "extra.-clear",
        "extra",
    ],
)
def test_a_made_up_name_of_an_extra_field_is_not_taken(app, signed_in, planted, name):
    with app.test_request_context(), unit.work():
        row = ExtraField(label="门牌", kind="text", about="customer", choices=[])
        db.session.add(row)
        db.session.flush()
        sent = {"version": "1", name.format(field=row.id): "x"}
    answer = signed_in("zhao").post(f"/customers/{planted.customer_id}/edit", data=sent)
    assert answer.status_code == 303
    with app.app_context():
        assert list(contacts.extra_values(planted.customer_id)) == []


def test_the_history_tells_which_extra_field_was_changed(app, signed_in, planted):
    with app.test_request_context(), unit.work():
        row = ExtraField(label="采购预算", kind="text", about="customer", choices=[])
        db.session.add(row)
        db.session.flush()
        sent = {"version": "1", f"extra.{row.id}": "四十万"}
    zhao, card = signed_in("zhao"), f"/customers/{planted.customer_id}"
    assert zhao.post(f"{card}/edit", data=sent).status_code == 303
    page = zhao.get(f"{card}/history").text
    assert "采购预算" in page
    assert "四十万" not in page
