"""Reindexing while people search and write: every look-up is right; killed, it goes on."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from crm import clock
from crm.crypto import blind
from crm.crypto.blind import BlindTerm, Generation
from crm.customers import reindex, searching
from crm.customers.contacts import Contact
from crm.db import db
from crm.web import unit
from tests import cast
from tests.crypto.meddling import run

if TYPE_CHECKING:
    from collections.abc import Callable

MOBILE = "contact.mobile"


def crowd(app, numbers: range) -> None:
    """Customers of zhao's with contacts of these numbers, forty a card."""
    for at in range(0, len(numbers), 40):
        facts: dict[str, str] = {}
        for n in numbers[at : at + 40]:
            facts |= {f"contact.new{n}.name": "曾国强", f"contact.new{n}.mobile": f"139{n:08}"}
        cast.customer(app, name=f"人多有限公司{numbers[at]}", **facts)


def held(app, n: int) -> int:
    """How many of zhao's customers a search for this number finds."""
    with app.test_request_context():
        found = searching.find(f"139{n:08}", cast.viewer("zhao"))
        return len(found.values["known"])


def fit(app) -> list[str]:
    with app.test_request_context():
        return reindex.fit()


def until(stop: threading.Event, act: Callable[[], None]) -> None:
    """Do it again and again."""
    while not stop.wait(0.01):
        act()


def test_while_it_is_rebuilt_every_search_is_right_and_writers_write(app, monkeypatch):
    monkeypatch.setattr(reindex, "BATCH", 10)
    crowd(app, range(64))
    stop, wrong, searched, written = threading.Event(), [], [], []

    def search() -> None:
        n = len(searched) % 64
        searched.append(n)
        wrong.extend([n] if held(app, n) != 1 else [])

    def write() -> None:
        n = 5000 + len(written)
        fresh = {"contact.new1.name": "新来", "contact.new1.mobile": f"139{n:08}"}
        cast.customer(app, name=f"新来有限公司{n}", **fresh)
        written.append(n)
        wrong.extend([n] if held(app, n) != 1 else [])

    threads = [threading.Thread(target=until, args=(stop, one)) for one in (search, write)]
    for thread in threads:
        thread.start()
    try:
        assert MOBILE in fit(app)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert searched
    assert written
    assert [n for n in (*range(64), *written) if held(app, n) != 1] == []


def test_killed_in_the_middle_it_goes_on_at_the_next_row(app, monkeypatch):
    monkeypatch.setattr(reindex, "BATCH", 10)
    crowd(app, range(64))
    indexes = reindex.indexes_of(MOBILE)
    with app.test_request_context():
        with unit.work():
            assert reindex._begin(indexes, 64)
        for _ in range(3):
            assert reindex._more(MOBILE, indexes, None, "")
    (after,) = run(app, select(Generation.after).where(Generation.state == blind.BUILDING))[0]
    third = run(app, select(Contact.id).order_by(Contact.id).limit(30))[-1][0]
    assert after == third
    assert held(app, 3) == held(app, 60) == 1
    assert MOBILE in fit(app)
    assert [n for n in range(64) if held(app, n) != 1] == []
    assert fit(app) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_was_erased_meanwhile_is_in_no_generation(app, planted, signed_in, monkeypatch):
    monkeypatch.setattr(reindex, "BATCH", 10)
    crowd(app, range(64))
    indexes = reindex.indexes_of(MOBILE)
    with app.test_request_context():
        with unit.work():
            reindex._begin(indexes, 65)
        while reindex._more(MOBILE, indexes, None, ""):
            pass
    erase = f"/customers/{planted.customer_id}/contacts/{planted.contact_id}/erase"
    assert signed_in("lin").post(erase, data={"checked": "1"}).status_code == 303
    assert run(app, select(BlindTerm.value).where(BlindTerm.row_id == planted.contact_id)) == []
    with clock.turned(timedelta(minutes=2)):
        fit(app)
    with app.app_context():
        known = {one.stored for one in db.session.scalars(select(Generation))}
        left = set(db.session.scalars(select(BlindTerm.index).distinct()))
    assert left <= known | {"phone", "contact.name"}
