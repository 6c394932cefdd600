"""The card page: what is dots, what is a mask, what opens, and what the log says of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from crm.audit.entry import LogEntry
from crm.db import db
from tests import cast, pictured

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted


def entries(app: Flask, action: str) -> list[dict[str, Any]]:
    with app.app_context():
        texts = db.session.scalars(
            select(LogEntry.text).where(LogEntry.action == action).order_by(LogEntry.seq)
        )
        return [json.loads(text) for text in texts]


def test_an_unopened_card_shows_masks_and_the_contacts_name_only(
    signed_in: Callable[[str], FlaskClient], planted: Planted
) -> None:
    page = signed_in("zhao").get(f"/customers/{planted.customer_id}").text
    assert cast.CONTACT_SECRETS["name"] in page
    assert "139****5678" in page
    assert cast.FOLLOW_UP in page
    for secret in (
        *cast.SECRETS.values(),
        cast.CONTACT_SECRETS["mobile"],
        cast.CONTACT_SECRETS["family"],
    ):
        assert secret not in page


def test_opening_a_card_takes_a_purpose_and_is_one_entry(
    app: Flask, signed_in: Callable[[str], FlaskClient], planted: Planted
) -> None:
    zhao = signed_in("zhao")
    url = f"/customers/{planted.customer_id}"
    assert zhao.post(url + "/open").status_code == 422
    assert zhao.post(url + "/open", data={"purpose": "visit"}).status_code == 303
    page = zhao.get(url).text
    assert cast.SECRETS["traits"] in page
    assert cast.SECRETS["phone"] not in page
    assert cast.SECRETS["phone"] in pictured.texts(app, page)
    assert cast.CONTACT_SECRETS["mobile"] not in pictured.read(app, page)
    refused, opened = entries(app, "open")
    assert (refused["result"], opened["result"], opened["purpose"]) == ("refused", "ok", "visit")
    assert opened["subject_ids"] == [str(planted.customer_id)]


def test_the_heading_is_the_name_alone_and_no_line_begins_with_a_dot(
    signed_in: Callable[[str], FlaskClient], planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    zhao.post(url + "/open", data={"purpose": "follow_up"})
    page = zhao.get(url).text
    assert re.findall(r"<h1>(.*?)</h1>", page, re.DOTALL) == [cast.NAME]
    assert "商业秘密" in page
    noted = re.findall(r'<p class="note">([^<]*核实)</p>', page)
    assert noted
    assert [line for line in noted if line.strip().startswith("·")] == []


def test_a_revealed_mobile_leaves_with_its_entry(
    app: Flask, signed_in: Callable[[str], FlaskClient], planted: Planted
) -> None:
    field = f"contact.{planted.contact_id}.mobile"
    answer = signed_in("zhao").post(
        f"/customers/{planted.customer_id}/reveal",
        data={"field": field, "purpose": "follow_up"},
        headers={"HX-Request": "true"},
    )
    assert cast.CONTACT_SECRETS["mobile"] not in answer.text
    assert pictured.texts(app, answer.text) == [cast.CONTACT_SECRETS["mobile"]]
    (entry,) = entries(app, "reveal")
    assert entry["fields"] == [field]
    assert cast.CONTACT_SECRETS["mobile"] not in json.dumps(entry)


def test_a_strangers_card_answers_404_and_the_refusal_is_logged(
    app: Flask, signed_in: Callable[[str], FlaskClient], planted: Planted
) -> None:
    sun = signed_in("sun")
    assert sun.get(f"/customers/{planted.customer_id}").status_code == 404
    (entry,) = entries(app, "access")
    assert (entry["result"], entry["actor"]) == ("refused", "sun")
