"""Statements per page: a literal number, the same for sixty customers and for six hundred."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import event, update

from crm import clock
from crm.customers import cards, followups, importing
from crm.customers.cards import Customer
from crm.customers.followups import Kind, Outcome
from crm.customers.imports.outcome import ContactDraft, CustomerDraft
from crm.db import db
from crm.web import unit
from tests import cast, pictured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

HTMX = {"HX-Request": "true"}
FEW, MANY = 60, 600
"""More than one page of either."""

STATEMENTS = {
    "sign-in page": 0,
    "first page, salesperson": 11,
    "first page, supervisor": 13,
    "list": 6,
    "list, second page": 6,
    "list, all": 6,
    "search by name": 6,
    "search by name, all": 6,  # which part of it is the rarest
    "search by mobile": 11,
    "search by contact": 9,
    "today": 6,
    "card": 9,  # one more where there are consents, one where there are extra fields
    "opening": 7,
    "opened card": 9,
    "reveal": 14,
    "picture of a revealed value": 3,  # who asks, the card with its key, the value
    "picture of an open card's value": 4,  # … and the opening
    "edit form": 13,
    "history": 8,
    "seen by": 6,
    "audit": 11,
    "entries": 7,
    "me": 3,
}
"""Statements that read or write rows, the session's look-up and the entry's insert among them."""

OVERHEAD = re.compile(r"BEGIN|SELECT pg_advisory_xact_lock")
"""How a transaction begins differs between databases; what it does does not."""


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent in the meantime."""
    sent: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not OVERHEAD.match(statement):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", count)


def bring_in(app: Flask, first: int, last: int) -> None:
    """Customers of zhao's with a contact each, all due today, the first sixty spoken with."""
    drafts = [
        CustomerDraft(
            f"第{at:04}号示例有限公司",
            phone=f"0571-8800{at:04}",
            contacts=[ContactDraft(at, name="周全", mobile=f"1380000{at:04}", family="一女")],
        )
        for at in range(first, last)
    ]
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        importing.run(zhao, drafts)
        with unit.work(zhao.actor()):
            db.session.execute(update(Customer).values(next_contact=clock.today()))
            for found in db.session.query(Customer).order_by(Customer.id).limit(FEW).all():
                card = cards.get(found.id, zhao)
                said = ("说了一句话", Outcome.REACHED, clock.today())
                followups.write(zhao, card, Kind.PHONE, *said)


def statements(app: Flask, people: dict[str, FlaskClient], planted: cast.Planted) -> dict[str, int]:
    """How many statements each page takes; wang has not opened the card."""
    zhao, wang, lin = (people[login] for login in ("zhao", "wang", "lin"))
    card = f"/customers/{planted.customer_id}"
    mobile = {"field": f"contact.{planted.contact_id}.mobile", "purpose": "visit"}
    pages = {
        "sign-in page": (app.test_client(), "/sign-in", None),
        "first page, salesperson": (zhao, "/", None),
        "first page, supervisor": (lin, "/", None),
        "list": (zhao, "/customers", None),
        "list, second page": (zhao, "/customers?page=2", None),
        "list, all": (lin, "/customers?scene=all", None),
        "search by name": (zhao, "/customers?q=号示例有限公司", None),
        "search by name, all": (lin, "/customers?q=第0007号示例", None),
        "search by mobile": (zhao, f"/customers?q={cast.CONTACT_SECRETS['mobile']}", None),
        "search by contact": (zhao, "/customers?q=国强&in=contacts", None),
        "today": (zhao, "/today", None),
        "card": (wang, card, None),
        "opening": (zhao, f"{card}/open", {"purpose": "visit"}),
        "opened card": (zhao, card, None),
        "reveal": (zhao, f"{card}/reveal", mobile),
        "edit form": (zhao, f"{card}/edit", None),
        "history": (zhao, f"{card}/history", None),
        "seen by": (zhao, f"{card}/seen-by", None),
        "audit": (lin, "/audit", None),
        "entries": (lin, "/audit/entries", None),
        "me": (zhao, "/me", None),
    }
    found = {name: taken(app, *page) for name, page in pages.items()}
    drawn = {
        "picture of a revealed value": picture(zhao, f"{card}/reveal", mobile),
        "picture of an open card's value": picture(zhao, card),
    }
    return found | {name: taken(app, zhao, path, None) for name, path in drawn.items()}


def picture(client: FlaskClient, path: str, form: dict[str, str] | None = None) -> str:
    """The address of the first picture on a page."""
    if form is None:
        client.post(f"{path}/open", data={"purpose": "visit"})
    answer = client.post(path, data=form, headers=HTMX) if form else client.get(path)
    return f"/pictures/{pictured.tokens(answer.text)[0]}"


def taken(app: Flask, client: FlaskClient, path: str, form: dict[str, str] | None) -> int:
    with counted(app) as sent:
        answer = client.get(path) if form is None else client.post(path, data=form)
    assert answer.status_code in {200, 303}, path
    return len(sent)


def test_a_page_takes_as_many_statements_however_large_the_archive(app, signed_in, planted):
    people = {login: signed_in(login) for login in ("zhao", "wang", "lin")}
    bring_in(app, 0, FEW)
    statements(app, people, planted)  # keys are loaded once, and the card is opened once
    few = statements(app, people, planted)
    bring_in(app, FEW, MANY)
    many = statements(app, people, planted)
    assert few == STATEMENTS
    assert many == STATEMENTS


def test_consents_are_asked_for_where_there_are_any(app, signed_in, planted):
    zhao = signed_in("zhao")
    card = f"/customers/{planted.customer_id}"
    taken(app, zhao, card, None)
    before = taken(app, zhao, card, None)
    agreed = {"contact": str(planted.contact_id), "agreed": ["contact.family"]}
    taken(app, zhao, f"{card}/consents", agreed)
    assert taken(app, zhao, card, None) == before + 1
    assert "同意：" in zhao.get(card).text
