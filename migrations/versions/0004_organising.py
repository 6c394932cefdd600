"""Organising: owners before, merges, near-duplicates, and indexes for what is stale."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INCOMPLETE = (
    "(phone IS NULL OR address IS NULL OR main_contact_id IS NULL OR industry = '' OR region = '')"
)
INDEXES = {
    "ix_customers_verified_on_id": ["verified_on", "id"],
    "ix_customers_owner_id_verified_on_id": ["owner_id", "verified_on", "id"],
    "ix_customers_level_last_at_id": ["level", "last_at", "id"],
    "ix_customers_owner_id_level_last_at_id": ["owner_id", "level", "last_at", "id"],
}
GAPS = {
    "ix_customers_gaps_last_at_id": ["last_at", "id"],
    "ix_customers_gaps_owner_id_last_at_id": ["owner_id", "last_at", "id"],
}


def upgrade() -> None:
    """Bring the schema here."""
    op.add_column(
        "customers", sa.Column("also_named", sa.Text(), nullable=False, server_default="")
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "customers", columns)
    where = sa.text(INCOMPLETE)
    for name, columns in GAPS.items():
        op.create_index(name, "customers", columns, sqlite_where=where, postgresql_where=where)
    _owners()
    _merges()
    _duplicates()


def _owners() -> None:
    op.create_table(
        "owner_changes",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_owner_changes_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_changes")),
    )
    op.create_index("ix_owner_changes_customer_id_at", "owner_changes", ["customer_id", "at"])
    op.create_index("ix_owner_changes_to_id_at", "owner_changes", ["to_id", "at"])
    op.create_table(
        "owner_notices",
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_notices")),
    )
    op.create_index("ix_owner_notices_to_id_at", "owner_notices", ["to_id", "at"])
    op.create_index("ix_owner_notices_from_id_at", "owner_notices", ["from_id", "at"])


def _merges() -> None:
    op.create_table(
        "merges",
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("gone_name", sa.String(length=120), nullable=False),
        sa.Column("gone_key", sa.String(length=120), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.Column("box", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    for column in ("kept_id", "gone_id", "gone_key", "at"):
        op.create_index(f"ix_merges_{column}", "merges", [column])


def _duplicates() -> None:
    op.create_table(
        "duplicate_pairs",
        sa.Column("low_id", sa.Uuid(), nullable=False),
        sa.Column("high_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("low_id", "high_id", name=op.f("pk_duplicate_pairs")),
    )
    op.create_index(
        "ix_duplicate_pairs_state_score", "duplicate_pairs", ["state", "score", "low_id"]
    )
    op.create_index("ix_duplicate_pairs_high_id", "duplicate_pairs", ["high_id"])
    op.create_table(
        "near_keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key", "customer_id", name=op.f("pk_near_keys")),
    )
    op.create_index("ix_near_keys_customer_id", "near_keys", ["customer_id"])
    op.create_table(
        "near_seen",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("print", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_near_seen")),
    )


def downgrade() -> None:
    """There is no way back from cards that were merged."""
    raise NotImplementedError("merged cards cannot be told apart without these tables")
