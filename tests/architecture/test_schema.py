"""What the models say and what the migrations make are the same, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from crm.db import Base, db
from tests.architecture.sources import ROOT


def test_models_and_the_migrated_database_agree(app: Flask):
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_database_is_at_the_newest_revision(app: Flask):
    newest = ScriptDirectory(str(ROOT / "migrations")).get_heads()
    with app.app_context():
        at = db.session.scalars(text("SELECT version_num FROM alembic_version")).all()
    assert at == newest


def test_every_foreign_key_has_an_index_or_is_named_here(app: Flask):
    """Deleting or renaming must not scan a table of a hundred thousand rows."""
    with app.app_context():
        looked = inspect(db.engine)
        missing = {
            (table, key["constrained_columns"][0])
            for table in looked.get_table_names()
            for key in looked.get_foreign_keys(table)
            if key["constrained_columns"][0] not in leading(looked, table)
        }
    assert missing == {
        ("binned_customers", "by_id"),  # people are never deleted
        ("changes", "by_id"),  # people are never deleted
        ("delegations", "from_id"),  # a few rows a year
        ("extra_values", "field_id"),  # at most thirty fields, never deleted
        ("factor_recoveries", "decided_by"),  # people are never deleted
        ("factor_recoveries", "proposed_by"),  # people are never deleted
        ("follow_ups", "author_id"),  # people are never deleted
        ("people", "team_id"),  # few rows
        ("shredded_customers", "by_id"),  # people are never deleted
    }


def leading(looked, table: str) -> set[str]:
    """The first columns of a table's indexes and of its key."""
    first = {index["column_names"][0] for index in looked.get_indexes(table)}
    return first | set(looked.get_pk_constraint(table)["constrained_columns"][:1])
