"""A second factor: codes, passkeys, recovery codes, trusted devices; sessions that wait for it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    person = sa.ForeignKeyConstraint
    op.create_table(
        "totp_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        person(["person_id"], ["people.id"], name="fk_totp_secrets_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_totp_secrets"),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        person(["person_id"], ["people.id"], name="fk_passkeys_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        person(["person_id"], ["people.id"], name="fk_recovery_codes_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sa.UniqueConstraint("code_hash", name="uq_recovery_codes_code_hash"),
    )
    op.create_table(
        "trusted_devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        person(["person_id"], ["people.id"], name="fk_trusted_devices_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_trusted_devices"),
        sa.UniqueConstraint("token_hash", name="uq_trusted_devices_token_hash"),
    )
    op.create_table(
        "factor_recoveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        person(["person_id"], ["people.id"], name="fk_factor_recoveries_person_id_people"),
        person(["proposed_by"], ["people.id"], name="fk_factor_recoveries_proposed_by_people"),
        person(["decided_by"], ["people.id"], name="fk_factor_recoveries_decided_by_people"),
        sa.PrimaryKeyConstraint("id", name="pk_factor_recoveries"),
    )
    for table in TABLES:
        op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    for table, column in (("people", "second_factor"), ("sign_ins", "pending")):
        op.add_column(table, sa.Column(column, sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("sign_ins", sa.Column("proved_at", sa.DateTime(), nullable=True))
    op.add_column("sign_ins", sa.Column("challenge", sa.LargeBinary(32), nullable=True))
    op.add_column("sign_ins", sa.Column("challenge_at", sa.DateTime(), nullable=True))


TABLES = ("totp_secrets", "passkeys", "recovery_codes", "trusted_devices", "factor_recoveries")


def downgrade() -> None:
    """Take it away again."""
    for column in ("challenge_at", "challenge", "proved_at", "pending"):
        op.drop_column("sign_ins", column)
    op.drop_column("people", "second_factor")
    for table in reversed(TABLES):
        op.drop_table(table)
