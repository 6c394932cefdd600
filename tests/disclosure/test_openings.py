"""Openings and the quota: how long a card stays open, for whom, and how many a day."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from crm import clock
from crm.access import law
from crm.accounts.roles import Role
from crm.audit.entry import LogEntry
from crm.crypto import keyring
from crm.crypto.sealed import Place
from crm.db import db
from tests import cast
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]


def test_a_card_closes_by_itself_after_fifteen_minutes(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    zhao.post(url + "/open", data={"purpose": "visit"})
    with clock.turned(timedelta(minutes=14)):
        assert cast.SECRETS["traits"] in zhao.get(url).text
    with clock.turned(timedelta(minutes=16)):
        assert cast.SECRETS["traits"] not in zhao.get(url).text


def test_a_card_is_open_for_one_session_of_one_person(
    signed_in: SignedIn, planted: Planted
) -> None:
    url = f"/customers/{planted.customer_id}"
    signed_in("zhao").post(url + "/open", data={"purpose": "visit"})
    for other in (signed_in("zhao"), signed_in("wang"), signed_in("zong")):
        assert cast.SECRETS["traits"] not in other.get(url).text


def test_a_reveal_on_an_open_card_needs_no_second_purpose(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    field = f"contact.{planted.contact_id}.family"
    assert zhao.post(url + "/reveal", data={"field": field}).status_code == 422
    zhao.post(url + "/open", data={"purpose": "care"})
    assert cast.CONTACT_SECRETS["family"] in zhao.post(url + "/reveal", data={"field": field}).text
    assert [entry["purpose"] for entry in said(app, "reveal")] == [None, "care"]


def test_the_quota_counts_customers_once_a_day_and_says_what_to_do(
    app: Flask, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(law.QUOTAS, Role.SALESPERSON, 2)
    first = cast.planted(app)
    others = [
        cast.customer(app, "zhao", f"配额{number}号", phone="0571-12345678") for number in range(2)
    ]
    zhao = signed_in("zhao")
    for _again in range(3):
        assert (
            zhao.post(f"/customers/{first.customer_id}/open", data={"purpose": "visit"}).status_code
            == 303
        )
    assert (
        zhao.post(
            f"/customers/{others[0]}/reveal", data={"field": "phone", "purpose": "visit"}
        ).status_code
        == 200
    )
    for act, form in (
        ("open", {"purpose": "visit"}),
        ("reveal", {"field": "phone", "purpose": "visit"}),
    ):
        over = zhao.post(f"/customers/{others[1]}/{act}", data=form)
        assert over.status_code == 429
        assert "每日上限" in over.text
        assert "0571-12345678" not in over.text
    dial = zhao.post(f"/customers/{others[1]}/reveal", data={"field": "phone", "act": "dial"})
    assert "0571-12345678" in dial.text
    assert {
        entry["detail"].get("why") for entry in said(app, "open") if entry["result"] == "refused"
    } == {"OverQuota"}
    with clock.turned(timedelta(days=1)):
        tomorrow = signed_in("zhao")
        assert (
            tomorrow.post(f"/customers/{others[1]}/open", data={"purpose": "visit"}).status_code
            == 303
        )


def test_another_purpose_needs_a_note_and_the_note_is_sealed(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}/open"
    assert zhao.post(url, data={"purpose": "other"}).status_code == 422
    assert zhao.post(url, data={"purpose": "other", "note": "长" * 201}).status_code == 422
    note = "代李经理核对合同抬头"
    assert zhao.post(url, data={"purpose": "other", "note": note}).status_code == 303
    with app.app_context():
        entry = db.session.scalars(
            select(LogEntry).where(LogEntry.action == "open", LogEntry.result == "ok")
        ).one()
        assert note not in entry.text
        assert entry.note is not None
        assert entry.actor_id is not None
        key = keyring.current().record_key(entry.actor_id)
        assert key.unseal(Place("log_entries", "note", entry.id), entry.note) == note
        assert json.loads(entry.text)["note"]


def test_acts_that_go_by_grant_are_refused_and_logged(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    for login in ("zhao", "zong"):
        url = f"/customers/{planted.customer_id}/reveal"
        answer = signed_in(login).post(
            url, data={"field": "phone", "purpose": "visit", "act": "copy"}
        )
        assert answer.status_code == 403
        assert cast.SECRETS["phone"] not in answer.text
    assert [entry["result"] for entry in said(app, "copy")] == ["refused", "refused"]


def test_a_reveal_names_few_values_of_its_own_card(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    other = cast.customer(app, "zhao", "另一家", phone="0571-12345678")
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}/reveal"
    many = [f"contact.{planted.contact_id}.mobile"] * 21
    assert zhao.post(url, data={"field": many, "purpose": "visit"}).status_code == 422
    for name in (
        f"contact.{other}.mobile",
        f"follow_up.{other}",
        f"extra.{other}",
        f"change.{other}.old",
        "contact.x.mobile",
        f"contact.{planted.contact_id}.nothing",
        "open",
    ):
        assert zhao.post(url, data={"field": name, "purpose": "visit"}).status_code == 404
    both = zhao.post(
        url, data={"field": ["phone", f"follow_up.{planted.follow_up_id}"], "purpose": "visit"}
    )
    assert cast.SECRETS["phone"] in both.text
    assert both.headers["Refresh"].startswith("60;")
    elsewhere = zhao.post(
        f"/customers/{other}/reveal",
        data={"field": f"contact.{planted.contact_id}.mobile", "purpose": "visit"},
    )
    assert elsewhere.status_code == 404
