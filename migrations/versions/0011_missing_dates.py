"""Cards that were imported have their missing dates kept as all others have: as the last day."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A card without a next date, or never verified, is found as such."""
    op.execute("UPDATE customers SET next_contact = '9999-12-31' WHERE next_contact IS NULL")
    op.execute("UPDATE customers SET verified_on = '9999-12-31' WHERE verified_on IS NULL")


def downgrade() -> None:
    """What was missing stays missing."""
