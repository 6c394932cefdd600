"""The log is append-only: triggers refuse to change or remove what was written."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = {
    "log_entries": "SELECT 1 FROM log_entries WHERE seq = NEW.seq",
    "log_subjects": "SELECT 1 FROM log_subjects "
    "WHERE seq = NEW.seq AND subject_id = NEW.subject_id",
}
"""The log's tables, and how the row that a new one would replace is found."""
WORDS = "the access log is append-only"


def upgrade() -> None:
    """Refuse UPDATE and DELETE (on PostgreSQL TRUNCATE too), whoever asks."""
    if op.get_bind().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()


def _on_sqlite() -> None:
    for table, same in TABLES.items():
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            )
        # REPLACE removes the old row without asking the trigger above.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS ({same}) "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )


def _on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only()"
        )


def downgrade() -> None:
    """There is no way back from a log that cannot be changed."""
    raise NotImplementedError("the log's triggers are not taken away")
