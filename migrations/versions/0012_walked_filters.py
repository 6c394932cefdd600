"""An industry, and customers without a next date, are walked in the order of the list."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_customers_industry_last_at_id": ["industry", "last_at", "id"],
    "ix_customers_next_contact_last_at_id": ["next_contact", "last_at", "id"],
}


def upgrade() -> None:
    """Bring the schema here."""
    for name, columns in INDEXES.items():
        op.create_index(name, "customers", columns)


def downgrade() -> None:
    """Take it away again."""
    for name in INDEXES:
        op.drop_index(name, table_name="customers")
