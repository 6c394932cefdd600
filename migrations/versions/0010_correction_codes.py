"""A code by which a customer corrects or withdraws what they sent: its hash."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.add_column("contributions", sa.Column("correction_hash", sa.LargeBinary(32), nullable=True))
    op.create_index(
        "ix_contributions_correction_hash", "contributions", ["correction_hash"], unique=True
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_contributions_correction_hash", table_name="contributions")
    with op.batch_alter_table("contributions", schema=None) as batch_op:
        batch_op.drop_column("correction_hash")
