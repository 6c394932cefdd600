"""One inbox: what was told of handovers stands among the notices."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STILL_NEW = timedelta(days=14)


def _columns(kind: type[sa.types.TypeEngine], *names: str) -> list[sa.ColumnClause]:
    return [sa.column(name, kind()) for name in names]


OLD = sa.table(
    "owner_notices",
    *_columns(sa.Uuid, "from_id", "to_id", "by_id"),
    *_columns(sa.DateTime, "at"),
    *_columns(sa.String, "why"),
    *_columns(sa.Integer, "customers"),
)
NEW = sa.table(
    "notices",
    *_columns(sa.Uuid, "id", "person_id", "subject_id", "other_id"),
    *_columns(sa.DateTime, "at", "seen_at"),
    *_columns(sa.String, "kind", "why"),
    *_columns(sa.Integer, "number"),
)
PEOPLE = sa.table("people", *_columns(sa.Uuid, "id"), *_columns(sa.Integer, "unseen"))


def upgrade() -> None:
    """Bring the schema here."""
    op.add_column("notices", sa.Column("other_id", sa.Uuid(), nullable=True))
    op.add_column(
        "notices", sa.Column("why", sa.String(length=12), nullable=False, server_default="")
    )
    _bring_over(op.get_bind())
    op.drop_table("owner_notices")


def _bring_over(connection: sa.Connection) -> None:
    """Each row told two people; whoever did it themselves was not told."""
    known = set(connection.scalars(sa.select(PEOPLE.c.id)))
    new_since = datetime.now(UTC).replace(tzinfo=None) - STILL_NEW
    for row in connection.execute(sa.select(OLD)).all():
        ways = ((row.to_id, "cards_came", row.from_id), (row.from_id, "cards_went", row.to_id))
        for person, kind, other in ways:
            if person not in known or person == row.by_id:
                continue
            seen = None if row.at > new_since else row.at
            told = {"id": uuid4(), "person_id": person, "kind": kind, "subject_id": None}
            told |= {"number": row.customers, "at": row.at, "seen_at": seen}
            connection.execute(sa.insert(NEW), told | {"other_id": other, "why": row.why})
            if seen is None:
                raised = sa.update(PEOPLE).where(PEOPLE.c.id == person)
                connection.execute(raised.values(unseen=PEOPLE.c.unseen + 1))


def downgrade() -> None:
    """Take it away again; what was told of handovers is not told twice."""
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
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_column("why")
        batch_op.drop_column("other_id")
