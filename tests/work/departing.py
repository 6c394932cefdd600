"""Departing: a notice's form, a checklist's ticks, and what the house sees of both."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from crm import clock
from crm.accounts import people
from crm.db import db
from crm.work.leaving import ending
from crm.work.leaving.departures import Departure
from tests import cast

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

REASON = "离职密由记号寅"
NOTICE = {"kind": "notice", "reason": REASON}


def day(ahead: int) -> str:
    """A day from today, as a form has it."""
    return str(clock.today() + timedelta(days=ahead))


def given(client: FlaskClient, path: str = "/work/leaving/new", **more: str) -> str:
    """A departure that was begun: its page."""
    answer = client.post(path, data=NOTICE | more)
    assert answer.status_code == 303, answer.text
    return answer.location


def entered(app: Flask, client: FlaskClient, login: str, kind: str = "notice", **more: str) -> str:
    """A colleague's departure, entered by this client: its page."""
    return given(client, "/work/leaving/enter", person=person_id(app, login), kind=kind, **more)


def person_id(app: Flask, login: str) -> str:
    """One of the cast, as a form names them."""
    with app.app_context():
        return str(cast.viewer(login).id)


def tick(client: FlaskClient, page: str, item: str, **more: str) -> TestResponse:
    """Tick an item."""
    return client.post(f"{page}/tick", data={"item": item} | more)


def hand_over(client: FlaskClient, app: Flask, login: str, to: str = "wang") -> TestResponse:
    """All cards of somebody's to a colleague, through the form that the departure links to."""
    form = f"/customers/handover?from={person_id(app, login)}&why=leaving"
    page = client.get(form).text
    count = re.search(r'name="count" value="(\d+)"', page)
    assert count, page
    assert re.search(r'name="why" value="leaving" checked', page)
    sent = {"from": person_id(app, login), "count": count[1], "to": to, "why": "leaving"}
    return client.post("/customers/handover", data=sent)


def completed(app: Flask, signed_in, page: str, *, leaver: str = "zhao") -> None:
    """Everything of the list, each item by whose it is; the cards go to wang."""
    lin = signed_in("lin")
    assert tick(signed_in("cai"), page, "accounts").status_code == 303
    assert tick(signed_in("he"), page, "originals").status_code == 303
    assert tick(lin, page, "tasks", to="wang").status_code == 303
    assert tick(signed_in(leaver), page, "secrecy").status_code == 303
    if "家未移交" in lin.get(page).text:
        assert hand_over(lin, app, leaver).status_code == 303


def found(app: Flask, page: str) -> Departure:
    """The departure of a page."""
    with app.app_context():
        return db.session.get_one(Departure, UUID(page.rpartition("/")[2]))


def by_night(app: Flask) -> int:
    """The chore of the night: how many accounts it shut."""
    with app.test_request_context():
        return ending.nightly()


def frozen(app: Flask, login: str) -> bool:
    """Whether an account is shut."""
    with app.app_context():
        person = people.by_login(login)
        assert person
        return person.disabled_at is not None
