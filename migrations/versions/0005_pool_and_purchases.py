"""The public pool, purchases, proposed levels, notices, settings of the house."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    _house()
    _pool()
    _purchases()
    op.add_column("people", sa.Column("unseen", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("customers", sa.Column("owned_since", sa.DateTime(), nullable=True))
    held = sa.text("owner_id IS NOT NULL")
    op.create_index(
        "ix_customers_level_status_last_at_id",
        "customers",
        ["level", "status", "last_at", "id"],
        sqlite_where=held,
        postgresql_where=held,
    )


def _house() -> None:
    op.create_table(
        "house_settings",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_house_settings")),
    )
    op.create_table(
        "notices",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_person_id_at", "notices", ["person_id", "at"])
    op.create_index("ix_notices_person_id_seen_at", "notices", ["person_id", "seen_at"])


def _pool() -> None:
    op.create_table(
        "pool_cards",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("former_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_pool_cards_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_pool_cards")),
    )
    op.create_index("ix_pool_cards_since_customer_id", "pool_cards", ["since", "customer_id"])
    op.create_table(
        "pool_looks",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "day", "customer_id", name=op.f("pk_pool_looks")),
    )


def _purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_purchases_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
    )
    op.create_index("ix_purchases_customer_id_id", "purchases", ["customer_id", "id"])
    op.create_table(
        "level_proposals",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=1), nullable=False),
        sa.Column("why", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_level_proposals_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_level_proposals")),
    )


def downgrade() -> None:
    """Take the tables and columns away again."""
    for table in (
        "level_proposals", "purchases", "pool_looks", "pool_cards", "notices",
        "house_settings",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_index("ix_customers_level_status_last_at_id", "customers")
    op.drop_column("customers", "owned_since")
    op.drop_column("people", "unseen")
