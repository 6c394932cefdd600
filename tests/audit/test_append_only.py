"""Append-only: the database itself refuses to change, remove or replace what was written."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from crm.audit.entry import LogEntry, LogSubject
from tests.crypto.meddling import run

WORDS = "append-only"


@pytest.fixture
def log(app, signed_in, planted):
    """A log with entries of both tables; gives back what it held."""
    signed_in("zhao").get(f"/customers/{planted.customer_id}")

    def held() -> list[object]:
        return [
            run(app, select(LogEntry.__table__).order_by(LogEntry.seq)),
            run(app, select(LogSubject.__table__).order_by(LogSubject.seq, LogSubject.subject_id)),
        ]

    assert all(held())
    return held


@pytest.mark.parametrize("table", [LogEntry, LogSubject])
def test_it_is_not_changed(app, log, table):
    before = log()
    for statement in (
        update(table).values(seq=table.seq + 1000),
        update(table).where(table.seq > 0).values(seq=1),
        delete(table),
        delete(table).where(table.seq > 1),
    ):
        with pytest.raises(DBAPIError, match=WORDS):
            run(app, statement)
    assert log() == before


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", ["log_entries", "log_subjects", "log_entries, log_subjects"])
def test_it_is_not_emptied(app, log, table):
    before = log()
    with pytest.raises(DBAPIError, match=WORDS):
        run(app, text(f"TRUNCATE {table}"))
    assert log() == before


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", ["log_entries", "log_subjects"])
def test_it_is_not_changed_by_an_insert_that_conflicts(app, log, table):
    before = log()
    upsert = f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO NOTHING"  # noqa: S608 - the names are ours
    run(app, text(upsert))
    with pytest.raises(DBAPIError, match=WORDS):
        run(
            app, text(upsert.replace("DO NOTHING", f"ON CONSTRAINT pk_{table} DO UPDATE SET seq=0"))
        )
    assert log() == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["log_entries", "log_subjects"])
@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE", "UPDATE OR REPLACE"])
def test_it_is_not_replaced(app, log, table, verb):
    """REPLACE removes the old row without asking SQLite's DELETE triggers."""
    before = log()
    others = f"{verb} INTO {table} SELECT * FROM {table}"  # noqa: S608 - the names are ours
    statement = f"{verb} {table} SET seq = 1" if verb.startswith("UPDATE") else others
    with pytest.raises(DBAPIError, match=WORDS):
        run(app, text(statement))
    assert log() == before


def test_it_takes_what_is_new(app, log):
    ((newest,),) = run(app, select(func.max(LogEntry.seq)))
    ((row,),) = [run(app, select(LogEntry.__table__).where(LogEntry.seq == newest))]
    run(app, insert(LogEntry).values(row._asdict() | {"seq": newest + 1}))
    assert len(log()[0]) == newest + 1
