"""Contributions, their facts, the links by which customers write, and consents."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Four tables; nothing that was there changes."""
    _contributions()
    _links()
    _consents()


def _contributions() -> None:
    op.create_table(
        "contributions",
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("writer_id", sa.Uuid(), nullable=True),
        sa.Column("for_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contributions"),
    )
    op.create_index("ix_contributions_customer_id", "contributions", ["customer_id"])
    op.create_index("ix_contributions_state_id", "contributions", ["state", "id"])
    op.create_index("ix_contributions_writer_id_made_at", "contributions", ["writer_id", "made_at"])
    op.create_table(
        "contributed_facts",
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("person", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contributed_facts"),
    )
    op.create_index(
        "ix_contributed_facts_contribution_id", "contributed_facts", ["contribution_id"]
    )


def _links() -> None:
    op.create_table(
        "intake_links",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("maker_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["maker_id"], ["people.id"], name="fk_intake_links_maker_id"),
        sa.PrimaryKeyConstraint("id", name="pk_intake_links"),
        sa.UniqueConstraint("token_hash", name="uq_intake_links_token_hash"),
    )
    op.create_index("ix_intake_links_customer_id", "intake_links", ["customer_id"])
    op.create_index("ix_intake_links_maker_id_made_at", "intake_links", ["maker_id", "made_at"])


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("contribution_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("wording", sa.String(length=16), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("told_to", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_customer_id", "consents", ["customer_id"])
    op.create_index("ix_consents_contribution_id", "consents", ["contribution_id"])


def downgrade() -> None:
    """What people wrote is not thrown away."""
    raise NotImplementedError("contributions are not thrown away")
