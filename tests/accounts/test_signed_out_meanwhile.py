"""Signed out meanwhile: who is frozen while their request waits for the lock is shown nothing."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from crm import clock
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.accounts.sessions import SignIn
from crm.db import TAKE_LOCK, WRITES, db
from tests import cast
from tests.audit.written import last

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy import Connection

WAITING = 0.5
"""Seconds in which a request on a busy machine comes to wait for the lock."""


@contextmanager
def lock_held(app: Flask) -> Iterator[Connection]:
    """Hold the writer's lock as another process does; what is written with it is committed."""
    with app.app_context():
        engine = db.engine.execution_options(**{WRITES: True})
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(TAKE_LOCK)
            yield connection


def changed(app: Flask, client, path: str, form: dict[str, str] | None, change) -> tuple[int, str]:
    """What a request is answered that waits for the lock while its person is changed."""
    told: list[tuple[int, str]] = []

    def ask() -> None:
        answer = client.get(path) if form is None else client.post(path, data=form)
        told.append((answer.status_code, answer.text))

    asking = threading.Thread(target=ask)
    with lock_held(app) as connection:
        asking.start()
        time.sleep(WAITING)
        assert not told
        connection.execute(change)
    asking.join()
    return told[0]


def of_zhao() -> tuple:
    zhao = Person.login == "zhao"
    return (
        update(Person).where(zhao).values(disabled_at=clock.now()),
        update(Person).where(zhao).values(role=Role.STAFF.value),
        update(SignIn).values(ended_at=clock.now()),
    )


@pytest.mark.parametrize("what", range(3), ids=["frozen", "another post", "session ended"])
def test_a_value_does_not_leave_after_its_reader_was_sent_away(app, signed_in, planted, what):
    zhao = signed_in("zhao")
    card = f"/customers/{planted.customer_id}"
    zhao.post(f"{card}/open", data={"purpose": "visit"})
    mobile = {"field": f"contact.{planted.contact_id}.mobile", "purpose": "visit"}
    status, text = changed(app, zhao, f"{card}/reveal", mobile, of_zhao()[what])
    assert status == 302
    assert cast.CONTACT_SECRETS["mobile"] not in text
    assert "/pictures/" not in text
    assert last(app, "reveal")["result"] == "failed"


def test_a_card_and_a_list_are_not_shown_either(app, signed_in, planted):
    for path in (f"/customers/{planted.customer_id}", "/customers"):
        zhao = signed_in("zhao")
        end = update(SignIn).values(ended_at=clock.now())
        assert changed(app, zhao, path, None, end)[0] == 302
        assert last(app)["result"] == "failed"


def test_ending_ones_own_session_is_said_as_it_was_meant(app, signed_in):
    zhao = signed_in("zhao")
    assert zhao.post("/sign-out").status_code in {302, 303}
    assert last(app)["action"] == "session_ended"
    assert last(app)["result"] == "ok"
