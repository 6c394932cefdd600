"""Databases: reading a table raw and loading one fast, as SQLite and PostgreSQL do each their way.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, column, create_engine, event, inspect, select, table
from sqlalchemy.pool import NullPool

from crm.db import TAKE_LOCK, WRITES, Base, prepare
from crm.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine, Table

    Kinds = list[tuple[str, str]]

AT_ONCE = 500
"""Rows that are fetched at a time."""
CACHE = 64 * 1024
"""KiB of a restored SQLite file that stay in memory while it is written."""
VERSION = "alembic_version"
LIVED_IN = ("people", "customers", "log_entries")
"""An archive with a row in one of these is somebody's."""


def engine_for(url: Any) -> Engine:
    """An engine for one restore: no pool, and foreign keys are looked at when all rows are in."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    prepare(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_foreign_keys)
    return engine.execution_options(**{WRITES: True})


def _without_foreign_keys(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute(f"PRAGMA cache_size=-{CACHE}")


def in_snapshot(engine: Engine) -> Connection:
    """A connection whose first read fixes what all its reads see. Writers are not held up."""
    if engine.dialect.name == "sqlite":
        return engine.connect()
    return engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def rows(connection: Connection, whose: Table, kinds: Kinds) -> Iterator[list[list[Any]]]:
    """A table's rows in the order of its key, some at a time, as the database keeps them."""
    postgresql = connection.dialect.name == "postgresql"
    raw = table(whose.name, *(column(name) for name, _kind in kinds))
    wanted = [
        cast(raw.c[name], Text) if postgresql and kind == "json" else raw.c[name]
        for name, kind in kinds
    ]
    key = [raw.c[one.name] for one in whose.primary_key.columns]
    asked = select(*wanted).order_by(*key)
    found = connection.execution_options(yield_per=AT_ONCE).execute(asked)
    for some in found.partitions():
        yield [list(row) for row in some]


def loader(connection: Connection, name: str, names: list[str]) -> Callable[[Sequence[Any]], None]:
    """What puts rows into a table: COPY on PostgreSQL, one prepared statement on SQLite."""
    quote = connection.dialect.identifier_preparer.quote
    into = f"{quote(name)} ({', '.join(map(quote, names))})"
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        sql = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 - names of our own tables, quoted
        return lambda rows: _insert(connection, sql, rows)
    return lambda rows: _copy(connection, f"COPY {into} FROM STDIN", rows)


def _insert(connection: Connection, sql: str, rows: Sequence[Any]) -> None:
    if rows:
        connection.exec_driver_sql(sql, [tuple(row) for row in rows])


def _copy(connection: Connection, sql: str, rows: Sequence[Any]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)


def refuse_unless_empty(connection: Connection) -> None:
    """Raises Invalid when somebody lives in this archive, or it is no archive at all."""
    if connection.dialect.name == "postgresql":
        connection.execute(TAKE_LOCK)
    there = set(inspect(connection).get_table_names())
    strange = there - set(Base.metadata.tables) - {VERSION}
    if strange:
        raise Invalid(f"this database holds other tables ({', '.join(sorted(strange)[:3])} …)")
    for name in LIVED_IN:
        anybody = select(1).select_from(table(name)).limit(1)
        if name in there and connection.execute(anybody).first():
            raise Invalid(
                "somebody lives in this archive: restore into an empty one "
                "(another CRM_INSTANCE or CRM_DATABASE_URL); nothing was touched"
            )


def _run(connection: Connection, sql: str) -> Sequence[Any]:
    """Run a statement as it stands: psycopg takes a percent sign for a place-holder."""
    postgresql = connection.dialect.name == "postgresql"
    found = connection.exec_driver_sql(sql.replace("%", "%%") if postgresql else sql)
    return found.all() if found.returns_rows else []


def clear(connection: Connection) -> None:
    """Remove the empty archive's tables, their triggers and functions."""
    quote = connection.dialect.identifier_preparer.quote
    postgresql = connection.dialect.name == "postgresql"
    for name in inspect(connection).get_table_names():
        _run(connection, f"DROP TABLE {quote(name)}" + " CASCADE" * postgresql)
    if postgresql:
        for (name,) in _run(connection, OWN_FUNCTIONS):
            _run(connection, f"DROP FUNCTION {name} CASCADE")


OWN_FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace
AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def strip(connection: Connection) -> list[str]:
    """Take indexes (and on PostgreSQL foreign keys) away while rows come in.

    Returns the statements that bring them back: indexes first, then the keys, which then are
    checked over all rows at once.
    """
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).all()
        for name, _sql in found:
            _run(connection, f'DROP INDEX "{name}"')
        return [sql for _name, sql in found]
    back: list[str] = []
    for sql in (FOREIGN_KEYS, PLAIN_INDEXES):  # a key may rest on an index
        found = _run(connection, sql)
        for take, _bring in found:
            _run(connection, take)
        back = [bring for _take, bring in found] + back
    return back


PLAIN_INDEXES = """
SELECT format('DROP INDEX %I', c.relname), pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace
AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
FOREIGN_KEYS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint
WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""


def bring_back(connection: Connection, statements: list[str]) -> None:
    """Build what `strip` took away. Raises Invalid when a row points nowhere."""
    for sql in statements:
        _run(connection, sql)
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if lost:
            raise Invalid(f"the backup is not whole: a row of {lost[0]} points nowhere")
        return
    for name, column_name, sequence in _run(connection, SEQUENCES):
        quote = connection.dialect.identifier_preparer.quote
        highest = f"SELECT coalesce(max({quote(column_name)}), 0) + 1 FROM {quote(name)}"  # noqa: S608 - names of our own tables, quoted
        _run(connection, f"SELECT setval('{sequence}', ({highest}), false)")


SEQUENCES = """
SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)
FROM information_schema.columns
WHERE table_schema = current_schema()
AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL
"""
