"""Names are also found by three and four letters at once; on SQLite their key is the table."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LETTERS = re.compile(r"[a-z0-9]{3,}")
BATCH = 2_000


def upgrade() -> None:
    """Make the table anew on SQLite, then cut the letters of every search text."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _without_rowid()
    customers = sa.table(
        "customers", sa.column("id", sa.Uuid()), sa.column("name"), sa.column("search_text")
    )
    ordered = sa.select(customers).order_by(customers.c.id).limit(BATCH)
    grams = sa.table(
        "name_grams", sa.column("gram"), sa.column("length"), sa.column("customer_id", sa.Uuid())
    )
    rows = connection.execute(ordered).all()
    while rows:
        made = [
            {"gram": gram, "length": len(row.name), "customer_id": row.id}
            for row in rows
            for gram in _cut(row.search_text)
        ]
        if made:
            connection.execute(sa.insert(grams), made)
        rows = connection.execute(ordered.where(customers.c.id > rows[-1].id)).all()


def _without_rowid() -> None:
    op.execute("DROP INDEX ix_name_grams_customer_id")
    op.execute("ALTER TABLE name_grams RENAME TO name_grams_before")
    op.create_table(
        "name_grams",
        sa.Column("gram", sa.String(4), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_name_grams_customer_id"
        ),
        sa.PrimaryKeyConstraint("gram", "length", "customer_id", name="pk_name_grams"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO name_grams (gram, length, customer_id)"
        " SELECT gram, length, customer_id FROM name_grams_before"
        " ORDER BY gram, length, customer_id"
    )
    op.execute("DROP TABLE name_grams_before")
    op.create_index("ix_name_grams_customer_id", "name_grams", ["customer_id"])


def _cut(text: str) -> set[str]:
    """The threes and fours of a search text's runs of letters and digits."""
    return {
        run[at : at + size]
        for line in text.split("\n")
        for run in LETTERS.findall(line)
        for size in (3, 4)
        for at in range(len(run) - size + 1)
    }


def downgrade() -> None:
    """The longer ones go; where the key lies makes no difference to who reads the table."""
    op.execute("DELETE FROM name_grams WHERE length(gram) > 2")
