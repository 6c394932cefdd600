"""Keys: generations of blind indexes, the recycle bin with its tombstones, leases of timers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here; the sizes that indexes have become their first generations."""
    _generations()
    _bin()
    _ways_to_shred()
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _generations() -> None:
    made = op.create_table(
        "blind_generations",
        sa.Column("index", sa.String(length=24), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("bits", sa.SmallInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("index", "number", name=op.f("pk_blind_generations")),
    )
    sizes = sa.table("blind_sizes", sa.column("index"), sa.column("bits"), sa.column("rows"))
    now = [sizes.c.index, sa.literal(1), sa.literal("current"), sizes.c.bits, sizes.c.rows]
    names = ["index", "number", "state", "bits", "rows", "since"]
    op.execute(sa.insert(made).from_select(names, sa.select(*now, sa.func.current_timestamp())))
    op.drop_table("blind_sizes")


def _bin() -> None:
    op.create_table(
        "binned_customers",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("next_contact", sa.Date(), nullable=True),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_binned_customers_by_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_binned_customers_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["people.id"], name=op.f("fk_binned_customers_owner_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_binned_customers")),
    )
    op.create_index("ix_binned_customers_at", "binned_customers", ["at"])
    op.create_index("ix_binned_customers_owner_id_at", "binned_customers", ["owner_id", "at"])
    op.create_table(
        "shredded_customers",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_shredded_customers_by_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_shredded_customers")),
    )
    op.create_index(op.f("ix_shredded_customers_at"), "shredded_customers", ["at"])


def _ways_to_shred() -> None:
    """What a card leaves in these tables is found by the card."""
    op.create_index("ix_stars_customer_id", "stars", ["customer_id"])
    op.create_index("ix_extra_values_contact_id", "extra_values", ["contact_id"])
    op.create_index("ix_openings_customer_id", "openings", ["customer_id"])


def downgrade() -> None:
    """Terms of a second generation would be lost on the way back."""
    raise NotImplementedError("generations of blind indexes are not taken back")
