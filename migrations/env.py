"""Alembic's environment: migrations run with the application's own engine and models."""

from alembic import context
from flask import current_app
from sqlalchemy import TypeDecorator

from crm.db import Base

engine = current_app.extensions["migrate"].db.engine


def plain_type(kind: str, item: object, _context: object) -> str | bool:
    """A migration names the database's own types: it must still run when our classes have moved."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def run() -> None:
    """Migrate the database that the application uses; SQLite changes tables by copying them."""
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            render_item=plain_type,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
