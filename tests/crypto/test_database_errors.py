"""Errors of the database: they name what is wrong, and print nothing that was bound."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import column, insert, literal, select, table, update
from sqlalchemy.exc import DBAPIError

from crm.customers.cards import Customer
from crm.db import db, uuid7
from crm.web import unit

if TYPE_CHECKING:
    from sqlalchemy import Executable

MARKER = "13977778888"


def row(**given: Any) -> dict[str, Any]:
    """A customer as the database wants one, straight into its table."""
    empty = dict.fromkeys(("sort_name", "search_text", "short_name", "credit_code", "region"), "")
    facts = {"industry": MARKER, "level": "C", "tags": "", "source": "", "status": "lost"}
    moment = db.session.scalar(select(Customer.last_at).limit(1))
    return (
        {"id": uuid7(), "name": MARKER, "name_key": MARKER, "facts": {}, "version": 1}
        | empty
        | facts
        | {"last_at": moment}
        | given
    )


def twice() -> Executable:
    return insert(Customer).values([row(), row()])


def missing() -> Executable:
    return insert(Customer).values(row(name=None))


def nowhere() -> Executable:
    return select(column("name")).select_from(table("nowhere")).where(column("name") == MARKER)


def too_long() -> Executable:
    return update(Customer).values(level=MARKER)


def of_another_type() -> Executable:
    return select(literal(f"x{MARKER}").op("::")(column("uuid")))


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(getattr(error, "orig", None))


@pytest.mark.parametrize("statement", [twice, missing, nowhere])
@pytest.mark.usefixtures("planted")
def test_it_prints_no_bound_value(app, statement):
    with app.app_context(), pytest.raises(DBAPIError) as broken, unit.work():
        db.session.execute(statement())
    assert MARKER not in told(broken.value)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", [too_long, of_another_type])
@pytest.mark.usefixtures("planted")
def test_postgresqls_own_words_print_none_either(app, statement):
    with app.app_context(), pytest.raises(DBAPIError) as broken, unit.work():
        db.session.execute(statement())
    assert MARKER not in told(broken.value)


@pytest.mark.usefixtures("planted")
def test_it_still_says_what_was_violated(app):
    with app.app_context(), pytest.raises(DBAPIError) as broken, unit.work():
        db.session.execute(twice())
    assert "customers" in str(broken.value.orig)
    assert "name_key" in str(broken.value.orig)
