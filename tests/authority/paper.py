"""Paper: a request's form, an approval's form, and what comes of them, for authority's tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from crm.access.grants import Grant
from crm.db import db
from tests import cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

REQUEST = {
    "names": cast.NAME,
    "what": "secret",
    "act": ["open", "reveal"],
    "purpose": "follow_up",
    "reason": "替王专员送样品",
    "days": "3",
}


def ask(client: FlaskClient, **more: str | list[str]) -> TestResponse:
    """Send a request."""
    return client.post("/grants/new", data=REQUEST | more)


def asked(app: Flask, client: FlaskClient, **more: str | list[str]) -> UUID:
    """A request that was filed: its id."""
    answer = ask(client, **more)
    assert answer.status_code == 303, answer.text
    with app.app_context():
        return db.session.scalars(select(Grant.id).order_by(Grant.asked_at.desc())).first()  # type: ignore[return-value] # there is one


def decide(client: FlaskClient, grant_id: UUID, word: str = "approve", **more: str | list[str]):
    """Open the request as its decider does, and send the form back, changed by `more`."""
    page = client.get(f"/approvals/{grant_id}")
    if page.status_code != 200:
        return page
    form = {
        "decide": word,
        "customer": re.findall(r'name="customer" value="([0-9a-f-]+)" checked', page.text),
        "act": re.findall(r'name="act" value="(\w+)" checked', page.text),
        "field": re.findall(r'name="field" value="([\w.]+)" checked', page.text),
        "what": re.findall(r'name="what" value="(\w+)" checked', page.text),
        "days": re.search(r'name="days"[^>]*value="(\d+)"', page.text)[1],
        "most": re.search(r'name="most"[^>]*value="(\d*)"', page.text)[1],
    }
    return client.post(f"/approvals/{grant_id}", data=form | more)


def granted(app: Flask, asker: FlaskClient, decider: FlaskClient, **more: str | list[str]) -> UUID:
    """A request that was filed and approved as asked."""
    grant_id = asked(app, asker, **more)
    assert decide(decider, grant_id).status_code == 303
    return grant_id


def state(app: Flask, grant_id: UUID) -> str:
    """Where a grant stands."""
    with app.app_context():
        return db.session.get_one(Grant, grant_id).state


def exported(
    app: Flask, sign_in: Callable[[str], FlaskClient], login: str, **more: str | list[str]
) -> str:
    """A person's copy that is being made: its job's id."""
    asker = sign_in(login)
    grant_id = asked(app, asker, act=["export"], **more)
    decide(sign_in("zong"), grant_id)
    sign_in("zhuli").post(f"/approvals/{grant_id}/confirm", data={"answer": "yes"})
    answer = asker.post("/exports", data={"grant": str(grant_id)})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]
