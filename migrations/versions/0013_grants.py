"""Grants: what one person may do beyond the post, gapless numbers, and who stands in for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    _grants()
    op.create_table(
        "number_series",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_number_series"),
    )
    op.create_table(
        "delegations",
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["people.id"], name="fk_delegations_from_id"),
        sa.ForeignKeyConstraint(["to_id"], ["people.id"], name="fk_delegations_to_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delegations"),
    )
    op.create_index("ix_delegations_to_id", "delegations", ["to_id"])
    op.add_column("people", sa.Column("granted_until", sa.DateTime(), nullable=True))
    op.add_column("openings", sa.Column("grant_id", sa.Uuid(), nullable=True))


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("named", sa.LargeBinary(), nullable=True),
        sa.Column("meant", sa.Integer(), nullable=False),
        sa.Column("acts", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.String(length=600), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("every", sa.Boolean(), nullable=False),
        sa.Column("by_task", sa.Boolean(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.DateTime(), nullable=True),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["people.id"], name="fk_grants_holder_id"),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.UniqueConstraint("number", name="uq_grants_number"),
    )
    op.create_index("ix_grants_holder_id_state", "grants", ["holder_id", "state"])
    op.create_index("ix_grants_state_asked_at", "grants", ["state", "asked_at"])
    op.create_table(
        "grant_customers",
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name="fk_grant_customers_grant_id"),
        sa.PrimaryKeyConstraint("grant_id", "customer_id", name="pk_grant_customers"),
    )
    op.create_index("ix_grant_customers_customer_id", "grant_customers", ["customer_id"])


def downgrade() -> None:
    """Take it away again; what was granted is still told in the log."""
    for table, column in (("openings", "grant_id"), ("people", "granted_until")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
    for table in ("delegations", "number_series", "grant_customers", "grants"):
        op.drop_table(table)
