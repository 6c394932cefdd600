"""How many statements a page costs: a literal number, the same with few and with many customers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select

from crm.customers import importing
from crm.customers.cards import Customer
from crm.customers.imports.outcome import ContactDraft, CustomerDraft
from crm.db import db
from tests import cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    SignedIn = Callable[[str], FlaskClient]

FEW, MANY = 60, 600
PAGES = {
    "list": 6,
    "search": 6,
    "card": 13,
    "opened card": 13,
    "open": 9,
    "reveal": 7,
    "today": 6,
    "first page": 12,
    "audit": 11,
    "entries": 7,
}
"""Statements of each page, BEGIN and PRAGMA not counted."""


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    ran: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            ran.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield ran
    event.remove(engine, "before_cursor_execute", note)


def fill(app: Flask, number: int) -> str:
    """So many customers of zhao's, with two contacts each; the id of one of them."""
    drafts = [
        CustomerDraft(
            f"数目{one:04d}号",
            phone="0571-88331199",
            traits="稳",
            contacts=[
                ContactDraft(one, name="周一", mobile=f"138{one:08d}"),
                ContactDraft(one, name="吴二"),
            ],
            rows=[one],
        )
        for one in range(number)
    ]
    with app.test_request_context():
        importing.run(cast.viewer("zhao"), drafts)
        return str(
            db.session.scalars(select(Customer.id).where(Customer.name == "数目0007号")).one()
        )


def visit(zhao: FlaskClient, lin: FlaskClient, customer_id: str) -> dict[str, Callable[[], object]]:
    """Every page of the table, as a click."""
    url = f"/customers/{customer_id}"
    reveal = {"field": "phone", "purpose": "visit"}
    return {
        "list": lambda: zhao.get("/customers"),
        "search": lambda: zhao.get("/customers?q=sm0"),
        "card": lambda: zhao.get(url),
        "open": lambda: zhao.post(url + "/open", data={"purpose": "visit"}),
        "opened card": lambda: zhao.get(url),
        "reveal": lambda: zhao.post(url + "/reveal", data=reveal, headers={"HX-Request": "true"}),
        "today": lambda: zhao.get("/today"),
        "first page": lambda: zhao.get("/"),
        "audit": lambda: lin.get("/audit"),
        "entries": lambda: lin.get("/audit/entries"),
    }


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("number", [FEW, MANY])
def test_a_page_costs_as_many_statements_with_many_customers_as_with_few(
    app: Flask, signed_in: SignedIn, number: int
) -> None:
    customer_id = fill(app, number)
    pages = visit(signed_in("zhao"), signed_in("lin"), customer_id)
    cost = {}
    for name, click in pages.items():
        with counted(app) as ran:
            click()
        cost[name] = len(ran)
    assert cost == PAGES
