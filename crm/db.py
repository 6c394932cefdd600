"""The database: the session, the column types every table uses, and how a transaction begins."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Date, DateTime, MetaData, TypeDecorator, UpdateBase, Uuid, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import CursorResult, Executable, Row
    from sqlalchemy.engine import Connection, Dialect, Engine, ExceptionContext
    from sqlalchemy.orm import SessionTransaction

    Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
    Told = Row[*tuple[Any, ...]]
    """A row as the database told it, past the mapper."""

WRITES = "kedang_writes"
"""Execution option of a connection that is going to write: it takes the writer's lock at once."""
WRITE = "BEGIN IMMEDIATE"
WRITER_LOCK = 0x6B65_6461
"""PostgreSQL's advisory lock that puts writers in a row, as SQLite's own lock does."""
TAKE_LOCK = text(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
BEGIN_COMMITTED = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""Said, not left to a server's default: what is asked under the lock must see what came before."""
BEGIN_LOCKED = f"{BEGIN_COMMITTED}; {TAKE_LOCK}"
READS = "kedang_reads"
"""Execution option of a connection that only reads. On PostgreSQL its statements stand alone, as
they would see each other's neighbours anyway (READ COMMITTED): two journeys less for every page."""

BUSY_TIMEOUT = "busy_timeout=30000"
PRAGMAS = (
    BUSY_TIMEOUT,
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten: a key that died leaves no copy
)


class Base(DeclarativeBase):
    """Every table of the house."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "autoflush": False},
)


def uuid7() -> UUID:
    """A new id: RFC 9562 version 7, so that ids sort by the time they were given."""
    milliseconds = time.time_ns() // 1_000_000
    rand = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (rand >> 62) << 64 | 0b10 << 62 | rand & (1 << 62) - 1
    return UUID(int=value)


class Moment(TypeDecorator[datetime]):
    """A point in time, always UTC, always aware."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Store as UTC without a zone, which every database keeps alike."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give it back aware."""
        return None if value is None else value.replace(tzinfo=UTC)


class OpenEnded(TypeDecorator[date]):
    """A date that may be missing and then sorts last, on every database and through its index."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date:  # noqa: ARG002 - SQLAlchemy's signature
        """A missing date is kept as the last day there is."""
        return value or date.max

    def process_result_value(self, value: Any | None, dialect: Dialect) -> date | None:  # noqa: ARG002 - SQLAlchemy's signature
        """The last day there is means: none."""
        return None if value == date.max else value


class Identified:
    """A row with an id given before it is inserted, so that its boxes can be bound to it."""

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)


def run(statement: Executable, values: Values = None) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement that was built once, past the mapper: rows come back, nothing is tracked.

    Building a statement costs more than running it; where every request asks the same, it stands
    at its module's head with bindparams, and its values come here. Raises RuntimeError for a
    change outside a writing unit.
    """
    held = connection()
    if isinstance(statement, UpdateBase) and not db.session().info.get("writes"):
        raise RuntimeError("a change outside a writing unit: call unit.current().write() first")
    return held.execute(statement, values)


def connection() -> Connection:
    """The session's connection; asked for once in each of its transactions."""
    session = db.session()
    held: Connection | None = session.info.get("connection")
    if held is None:
        options = None if session.in_transaction() else {READS: True}
        held = session.info["connection"] = session.connection(execution_options=options)
    return held


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:  # not a flush's own, within it
        session.info.pop("connection", None)
        session.info.pop("writes", None)


def end_reading() -> None:
    """End what the session has read; what was loaded stays. The connection is kept for the writing.

    On the driver's level, past SQLAlchemy: a page that leaves an entry turns from reading to
    writing every time, and giving the connection back in between cost a tenth of it. A commit,
    not a rollback: after that, psycopg would forget every statement it has prepared.
    """
    if db.session().in_transaction():
        connection().connection.commit()


def begin_writing() -> None:
    """Begin writing, with the writer's lock held until the end of the transaction.

    One writer at a time gives the log its dense sequence and every decision a settled ground.
    """
    held = connection()
    if held.dialect.name == "postgresql":
        held.connection.execute(BEGIN_LOCKED, prepare=False)
    else:
        held.connection.rollback()  # where it was new, it has just begun to read
        held.exec_driver_sql(WRITE)
    db.session().info["writes"] = True


def prepare(engine: Engine) -> None:
    """Make transactions begin as the house needs: SQLite durable, and writers lock at the start."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _configure_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", _quote_nothing)


BUSY = 5
"""Seconds for which the cleaning up after a deletion waits for whoever reads."""
GLANCE = 0.2
"""Seconds at most for which SQLite's cleaning up holds the writer's lock while somebody reads."""


def scrub(*tables: str) -> bool:
    """Let no copy of what was just deleted stay in the database's files; False when it was busy.

    SQLite empties its write-ahead log; PostgreSQL rewrites the named (small) tables, unless
    somebody reads them for longer than BUSY. Its own write-ahead log it recycles by itself:
    docs/keys.md says so.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            return _emptied(connection)
        connection.exec_driver_sql(f"SET lock_timeout = '{BUSY}s'")
        try:
            for table in tables:
                connection.exec_driver_sql(f'VACUUM FULL "{table}"')
        except OperationalError:
            return False
    return True


def _emptied(connection: Connection) -> bool:
    """Empty the write-ahead log in short tries: each one waits for readers with the lock held."""
    connection.exec_driver_sql(f"PRAGMA busy_timeout={GLANCE * 1000:.0f}")
    try:
        until = time.monotonic() + BUSY
        while True:
            row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            if row[0] == 0 or time.monotonic() > until:
                return bool(row[0] == 0)
            time.sleep(GLANCE)
    finally:
        connection.exec_driver_sql(f"PRAGMA {BUSY_TIMEOUT}")


def _quote_nothing(context: ExceptionContext) -> None:
    """PostgreSQL quotes bound values: in its detail always, in class 22 in the first line too."""
    error, told = context.original_exception, context.sqlalchemy_exception
    said = getattr(error, "diag", None)
    if said is None or said.sqlstate is None or told is None:
        return
    words = type(error).__name__ if said.sqlstate.startswith("22") else said.message_primary
    error.args, told.args = (words,), (f"({type(error).__name__}) {words}",)


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql(WRITE)
    else:  # takes no lock, so nothing is to be told of it
        connection.connection.execute("BEGIN")


def _configure_postgresql(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # we say BEGIN ourselves


def _begin_postgresql(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READS)
    if not reads and connection.connection.autocommit:
        connection.connection.execute(BEGIN_COMMITTED)
