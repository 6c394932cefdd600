"""A number somebody searched for is kept in the log, sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crm.accounts import people
from crm.audit.entry import LogEntry
from crm.crypto import keyring
from crm.crypto.sealed import Place
from crm.db import db
from tests import cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted


def test_a_searched_mobile_is_noted_sealed_and_finds_its_customer(
    app: Flask, signed_in: Callable[[str], FlaskClient], planted: Planted
) -> None:
    mobile = cast.CONTACT_SECRETS["mobile"]
    page = signed_in("zhao").get(f"/customers?q={mobile}").text
    assert str(planted.customer_id) in page
    with app.app_context():
        entry = db.session.scalars(select(LogEntry).order_by(LogEntry.seq.desc())).first()
        assert entry is not None
        assert entry.note is not None
        assert mobile not in entry.text
        person = people.by_login("zhao")
        assert person is not None
        key = keyring.current().record_key(person.id)
        assert key.unseal(Place("log_entries", "note", entry.id), entry.note) == mobile


def test_a_strangers_search_for_the_mobile_finds_nothing(
    signed_in: Callable[[str], FlaskClient], planted: Planted
) -> None:
    page = signed_in("sun").get(f"/customers?q={cast.CONTACT_SECRETS['mobile']}").text
    assert str(planted.customer_id) not in page
