"""Somebody with the database in their hands: reads and writes boxes beside the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

import crm.accounts.factors.totp
import crm.customers.contributing.records
import crm.work.complaints.records
import crm.work.leaving.departures  # noqa: F401 - maps its tables
from crm.crypto.sealed import Sealed
from crm.db import Base, db

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask
    from sqlalchemy import Executable

PLACES = [
    (table.name, column.name)
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if type(column.type).__name__ == "SealedText"
]
"""Every sealed column of every table."""


def run(app: Flask, *statements: Executable) -> list[Any]:
    """Run statements straight on the database, in one transaction; rows of the last one."""
    with app.app_context(), db.engine.begin() as connection:
        results = [connection.execute(statement) for statement in statements]
        return list(results[-1]) if results[-1].returns_rows else []


def take(app: Flask, table: str, column: str, row_id: UUID) -> bytes:
    """The box that lies there."""
    kept = Base.metadata.tables[table]
    ((sealed,),) = run(app, select(kept.c[column]).where(kept.c.id == row_id))
    box: bytes = sealed.box
    return box


def put(app: Flask, table: str, column: str, row_id: UUID, box: bytes) -> None:
    """Lay a box there."""
    kept = Base.metadata.tables[table]
    run(app, update(kept).where(kept.c.id == row_id).values({column: Sealed(box)}))


def flipped(content: bytes, at: int, bit: int = 0) -> bytes:
    """The same bytes but for one bit."""
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
