"""Sealed values and their column: dots wherever they are printed, refusals that quote nothing."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from uuid import UUID

import pytest
from flask import jsonify, render_template_string
from sqlalchemy import update
from sqlalchemy.exc import StatementError

from crm.crypto.sealed import DOTS, Place, RecordKey, SealedText
from crm.customers.contacts import Contact
from crm.db import db
from crm.disclosure.opened import Opened
from crm.web import unit

MARKER = "13977778888"
PLACE = Place("contacts", "mobile", UUID(int=3))
SEALED = RecordKey(UUID(int=1), 1, 1, bytes(32)).seal(PLACE, MARKER)
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
shut = pytest.mark.parametrize("value", [SEALED, Opened(MARKER)], ids=["sealed", "opened"])


@shut
def test_text_made_of_it_is_dots(value):
    printed = [str(value), repr(value), f"{value}", f"{value!r}", "%s" % value, f"{[value]}"]  # noqa: UP031 - that form too
    assert {one.strip("[]") for one in printed} == {DOTS}


@pytest.mark.parametrize("spec", ["", ">20", "s", "05d", "x"])
def test_any_format_of_a_sealed_value_is_dots(spec):
    assert format(SEALED, spec) == f"{SEALED:{spec}}" == DOTS


@shut
def test_a_log_line_holds_dots(value, caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("crm").info("value %s and %r", value, {"mobile": value})
    assert DOTS in caplog.text
    assert MARKER not in caplog.text


@shut
def test_a_traceback_with_its_variables_holds_dots(value):
    try:
        held = {"mobile": value}
        held["home"]
    except KeyError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
    printed = "".join(told.format())
    assert DOTS in printed
    assert MARKER not in printed


@shut
def test_it_does_not_become_json(value):
    with pytest.raises(TypeError) as refused:
        json.dumps({"mobile": value})
    assert MARKER not in str(refused.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_sealed_value_is_not_pickled(protocol):
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SEALED, protocol)


@pytest.mark.parametrize("twice", [copy.copy, copy.deepcopy])
def test_a_sealed_value_is_not_copied(twice):
    with pytest.raises(TypeError, match="not pickled"):
        twice(SEALED)


@on_sqlite
def test_a_page_prints_dots(app):
    with app.test_request_context():
        page = render_template_string("{{ v }} {{ v ~ 1 }} {{ v|string }} {{ [v] }}", v=SEALED)
        assert jsonify(SEALED).json == DOTS
    assert page.split() == [DOTS, f"{DOTS}1", DOTS, f"[{DOTS}]"]


@pytest.mark.parametrize("value", [MARKER, MARKER.encode(), 13977778888, Opened(MARKER)])
def test_a_sealed_column_takes_nothing_bare(app, planted, value):
    statement = update(Contact).where(Contact.id == planted.contact_id).values(mobile=value)
    with app.app_context(), pytest.raises(StatementError) as refused, unit.work():
        db.session.execute(statement)
    assert isinstance(refused.value.orig, TypeError)
    assert MARKER not in str(refused.value)
    assert MARKER not in "".join(traceback.format_exception(refused.value))


def test_a_sealed_column_keeps_a_box_or_nothing():
    column, dialect = SealedText(), None
    assert column.process_bind_param(None, dialect) is None
    assert column.process_bind_param(SEALED, dialect) == SEALED.box
    assert column.process_result_value(None, dialect) is None
    assert column.process_result_value(memoryview(SEALED.box), dialect).box == SEALED.box
