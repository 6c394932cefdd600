"""Changes of the law: what was proposed, what became of it, and the version that came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "law_versions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_law_versions"),
        sa.UniqueConstraint("number", name="uq_law_versions_number"),
    )
    op.create_table(
        "law_proposals",
        sa.Column("knob", sa.String(length=24), nullable=False),
        sa.Column("old", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", sa.DateTime(), nullable=True),
        sa.Column("first_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["people.id"], name="fk_law_proposals_proposed_by_id"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["law_versions.id"], name="fk_law_proposals_version_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_law_proposals"),
    )
    op.create_index("ix_law_proposals_state", "law_proposals", ["state"])


def downgrade() -> None:
    """Take it away again: the law is as shipped; what was changed is still told in the log."""
    op.drop_table("law_proposals")
    op.drop_table("law_versions")
