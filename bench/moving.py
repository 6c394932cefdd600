"""Moving: a large archive from SQLite to an empty PostgreSQL database, row by raw row."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

from flask_migrate import upgrade
from sqlalchemy import Boolean, create_engine, text

from bench.archive import Place, opened
from crm.db import db

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Table

FEW = 5_000
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE tablename = :table AND NOT EXISTS (
        SELECT 1 FROM pg_constraint WHERE conname = indexname
    )
"""


def moved(place: Place, folder: Path, url: str) -> Place:
    """The same archive there; its indexes are made when the rows are in."""
    folder.mkdir(parents=True)
    shutil.copy(place.folder / "master.key", folder / "master.key")
    target = Place(folder, url)
    with opened(target):
        upgrade()
    engine, source = create_engine(url), sqlite3.connect(place.folder / "archive.db")
    for table in db.metadata.sorted_tables:
        _move(source, engine, table)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as its own housekeeping has done by next day
    source.close()
    engine.dispose()
    return target


def _move(source: sqlite3.Connection, engine: Engine, table: Table) -> None:
    named = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = source.execute(f'SELECT {named} FROM "{table.name}"')  # noqa: S608 - our own names
    flags = [at for at, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
    with engine.begin() as writing:
        made = _without_indexes(writing, table)
        cursor = writing.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({named}) FROM STDIN') as copy:
            while some := rows.fetchmany(FEW):
                for row in some:
                    copy.write_row(_flagged(row, flags) if flags else row)
        for definition in made:
            writing.execute(text(definition))


def _without_indexes(connection: Connection, table: Table) -> list[str]:
    """Drop a table's plain indexes; how they are made again."""
    found = connection.execute(text(INDEXES), {"table": table.name}).all()
    for name, _definition in found:
        connection.execute(text(f'DROP INDEX "{name}"'))
    return [definition.replace(":", r"\:") for _name, definition in found]


def _flagged(row: Any, flags: list[int]) -> list[Any]:
    """SQLite keeps yes and no as numbers."""
    return [
        bool(value) if at in flags and value is not None else value for at, value in enumerate(row)
    ]
