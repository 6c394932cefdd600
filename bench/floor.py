"""The floor: the least that a page of a sealed archive can do, written without any of our code.

Bare Flask and a plain engine: one row of twenty fields by its key, ten of them opened with
AES-256-GCM, one durable row saying who looked, one template. Nothing here is slowed down to look
good beside it: statements are built once, the cipher is made once, nothing is checked.
"""

from __future__ import annotations

import os
import time
import uuid
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, abort, render_template
from sqlalchemy import (
    Column,
    Float,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    bindparam,
    create_engine,
    event,
    insert,
    select,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

OPEN = tuple(f"open_{number}" for number in range(10))
SEALED = tuple(f"sealed_{number}" for number in range(10))
NONCE = 12
BATCH = 5_000
KEY = bytes(range(32))
"""The floor's one key: nothing real is behind it."""

metadata = MetaData()
records = Table(
    "floor_records",
    metadata,
    Column("id", Uuid, primary_key=True),
    *(Column(name, String(80)) for name in OPEN),
    *(Column(name, LargeBinary) for name in SEALED),
)
looks = Table(
    "floor_looks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("record_id", Uuid),
    Column("at", Float),
)

ONE = select(records).where(records.c.id == bindparam("wanted"))
SAY = insert(looks)


def engine_for(url: str) -> Engine:
    """An engine as durable as the archive's own: SQLite with WAL and a full sync."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def record_id(number: int) -> uuid.UUID:
    """The id of the record of this number."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"floor/{number}")


def fill(url: str, size: int) -> None:
    """Make the floor's tables with so many records."""
    engine, cipher = engine_for(url), AESGCM(KEY)
    metadata.create_all(engine)
    for start in range(0, size, BATCH):
        rows = [_record(cipher, number) for number in range(start, min(size, start + BATCH))]
        with engine.begin() as connection:
            connection.execute(insert(records), rows)
    engine.dispose()


def _record(cipher: AESGCM, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {"id": record_id(number)}
    row |= {name: f"公开内容 {number} {name}" for name in OPEN}
    for name in SEALED:
        nonce = os.urandom(NONCE)
        text = f"密封内容 {number} {name}".encode()
        row[name] = nonce + cipher.encrypt(nonce, text, row["id"].bytes)
    return row


def create_floor(url: str) -> Flask:
    """The floor's application over a filled database."""
    app = Flask("bench")
    engine, cipher = engine_for(url), AESGCM(KEY)

    @app.get("/records/<uuid:wanted>")
    def show(wanted: uuid.UUID) -> str:
        with engine.begin() as connection:
            row = connection.execute(ONE, {"wanted": wanted}).mappings().first() or abort(404)
            connection.execute(SAY, {"id": uuid.uuid4(), "record_id": wanted, "at": time.time()})
        bound = wanted.bytes
        opened = {
            name: cipher.decrypt(row[name][:NONCE], row[name][NONCE:], bound).decode()
            for name in SEALED
        }
        return render_template("floor.html", row=row, names=OPEN, opened=opened)

    return app
