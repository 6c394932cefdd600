"""Alembic's environment: migrations run with the application's own engine and models.

A restore gives its own connection, so that schema, rows and log become one transaction.
"""

from alembic import context
from flask import current_app
from sqlalchemy import TypeDecorator

from crm.db import Base


def plain_type(kind: str, item: object, _context: object) -> str | bool:
    """A migration names the database's own types: it must still run when our classes have moved."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def migrate(connection: object) -> None:
    """Migrate over this connection; SQLite changes tables by copying them."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    """Migrate over the connection that was given, else the database that the application uses."""
    if given := context.config.attributes.get("connection"):
        migrate(given)
        return
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        migrate(connection)
        connection.commit()


run()
