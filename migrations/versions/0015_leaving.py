"""Leaving: departures and their checklists, the handover period, and when the pledge was made."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here; everybody is asked for the pledge at the next sign-in."""
    op.add_column("people", sa.Column("leaving_since", sa.DateTime(), nullable=True))
    op.add_column("people", sa.Column("pledged_at", sa.DateTime(), nullable=True))
    op.create_table(
        "departures",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("full_day", sa.Date(), nullable=False),
        sa.Column("consented_at", sa.DateTime(), nullable=True),
        sa.Column("consented_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(), nullable=True),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_departures_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_departures"),
    )
    op.create_index("ix_departures_person_id_state", "departures", ["person_id", "state"])
    op.create_index("ix_departures_state_given_at", "departures", ["state", "given_at"])
    op.create_table(
        "departure_ticks",
        sa.Column("departure_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=12), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["departures.id"], name="fk_departure_ticks_departure_id"
        ),
        sa.PrimaryKeyConstraint("departure_id", "item", name="pk_departure_ticks"),
    )


def downgrade() -> None:
    """Take it away again; who has left is still told in the log."""
    op.drop_table("departure_ticks")
    op.drop_table("departures")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("pledged_at")
        batch_op.drop_column("leaving_since")
