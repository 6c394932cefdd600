"""Whoever contributes in these tests: what they write, and how their pages are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select

from crm.customers.contributing.records import ContributedFact, Contribution
from crm.db import db
from tests import cast

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

WORDS = {
    "name": cast.NAME,
    "source": "市场调查",
    "phone": "0571-86660001",
    "prose": "听说要搬新厂",
    "contact.1.name": "甘新示",
    "contact.1.mobile": "13600001111",
}
"""A staff member's facts about zhao's customer: two of the company, two of a new contact."""

FILLED = {
    "name": "重庆银杏",
    "phone": "0571-86660009",
    "contact.1.name": "容自填示",
    "contact.1.mobile": "13600009999",
    "agree.contact.mobile": "1",
}
"""A customer's own facts, as they fill in the form behind a link."""


def contribute(client: FlaskClient, **facts: str) -> TestResponse:
    """Write these facts beside, or instead of, the usual ones; an empty one is left out."""
    given = {name: text for name, text in (WORDS | facts).items() if text}
    return client.post("/contributions/new", data=given)


def only(app: Flask) -> tuple[Contribution, dict[str, ContributedFact]]:
    """The one contribution there is, and its facts by code."""
    with app.app_context():
        found = db.session.scalars(select(Contribution)).one()
        wanted = select(ContributedFact).where(ContributedFact.contribution_id == found.id)
        return found, {fact.code: fact for fact in db.session.scalars(wanted)}


def how_many(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Contribution)) or 0


def decisions(app: Flask, **said: str) -> dict[str, Any]:
    """A form that decides: code with dots as double underscores → accept, reject or a reason."""
    found, facts = only(app)
    form: dict[str, Any] = {"version": str(found.version), "do": "decide"}
    for code, chosen in said.items():
        fact = facts[code.replace("__", ".")]
        verb, _colon, why = chosen.partition(":")
        form[f"fact.{fact.id}"] = verb
        form[f"fact.{fact.id}.reason"] = why
    return form


def path(app: Flask) -> str:
    """The page on which the one contribution is decided."""
    return f"/contributions/{only(app)[0].id}"


def link_of(page: str) -> str:
    """The address behind a link that was just made, as a customer's browser asks for it."""
    found = re.search(r">(?:http://[^/<]+)(/intake/[\w-]+)<", page)
    assert found, page
    return found[1]


def contact_ids(app: Flask, customer_id: UUID) -> list[UUID]:
    """A card's contacts in their order."""
    from crm.customers import contacts  # noqa: PLC0415 - the tests' own architecture keeps loads inside

    with app.app_context():
        return [one.id for one in contacts.of(customer_id)]


def made(client: FlaskClient, **form: str) -> str:
    """The address of a new link."""
    answer = client.post("/intake-links", data=form)
    assert answer.status_code == 200, answer.text
    return link_of(answer.text)
