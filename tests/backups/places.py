"""Places: taking, restoring and comparing whole archives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text

from crm.backups import databases, records, restoring, taking
from crm.crypto import keyring
from crm.db import Base, db

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


def silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def taken(app: Flask, path: Path) -> Path:
    """A backup of an application's archive."""
    with app.test_request_context():
        taking.take(db.engine, keyring.current(), path, silent)
        db.session.rollback()
    return path


def restored(app: Flask, path: Path) -> restoring.Restored:
    """A backup brought into an application's archive."""
    with app.test_request_context():
        engine = databases.engine_for(db.engine.url)
        return restoring.restore(engine, keyring.current(), path, silent)


def everything(app: Flask) -> dict[str, list[str]]:
    """Every row of every table as a backup spells it, whatever the database."""
    told = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            kinds = records.columns(table)
            rows = [row for some in databases.rows(connection, table, kinds) for row in some]
            told[table.name] = sorted(map(spelt, rows))
    return told


def spelt(row: list[Any]) -> str:
    """One row as text; JSON and truth as both databases would say them."""
    plain = [int(value) if isinstance(value, bool) else value for value in row]
    return json.dumps(plain, ensure_ascii=False, default=records._spelt)


def is_empty(app: Flask) -> bool:
    """Whether nobody lives there: no tables, or none with a row."""
    with app.app_context(), db.engine.connect() as connection:
        there = set(inspect(connection).get_table_names()) & set(databases.LIVED_IN)
        return not any(
            connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first()  # noqa: S608 - our own names
            for name in there
        )
