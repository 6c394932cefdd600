"""The first schema: people, keys, customers, the log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "blind_sizes",
        sa.Column("index", sa.String(length=24), nullable=False),
        sa.Column("bits", sa.SmallInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_blind_sizes")),
    )
    op.create_table(
        "blind_terms",
        sa.Column("index", sa.String(length=24), nullable=False),
        sa.Column("value", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("index", "value", "row_id", name=op.f("pk_blind_terms")),
    )
    with op.batch_alter_table("blind_terms", schema=None) as batch_op:
        batch_op.create_index("ix_blind_terms_owner_id", ["owner_id"], unique=False)
        batch_op.create_index("ix_blind_terms_row_id", ["row_id"], unique=False)

    op.create_table(
        "daily_looks",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "day", "customer_id", name=op.f("pk_daily_looks")),
    )
    op.create_table(
        "data_keys",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_data_keys")),
    )
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_data_keys_key_version"), ["key_version"], unique=False)

    op.create_table(
        "extra_fields",
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("about", sa.String(length=8), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_fields")),
        sa.UniqueConstraint("label", name=op.f("uq_extra_fields_label")),
    )
    op.create_table(
        "keys",
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("suite", sa.SmallInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "version", name=op.f("pk_keys")),
    )
    op.create_table(
        "log_entries",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("result", sa.String(length=8), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log_entries")),
    )
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.create_index("ix_log_entries_action_seq", ["action", "seq"], unique=False)
        batch_op.create_index("ix_log_entries_actor_id_seq", ["actor_id", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_log_entries_at"), ["at"], unique=False)
        batch_op.create_index("ix_log_entries_result_seq", ["result", "seq"], unique=False)

    op.create_table(
        "log_subjects",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("subject_id", "seq", name=op.f("pk_log_subjects")),
    )
    op.create_table(
        "openings",
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openings")),
    )
    with op.batch_alter_table("openings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_openings_session_id_customer_id",
            ["session_id", "customer_id", "until"],
            unique=False,
        )

    op.create_table(
        "teams",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "terms",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("kind", "word", name=op.f("pk_terms")),
    )
    op.create_table(
        "people",
        sa.Column("login", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("columns", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_people_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("login", name=op.f("uq_people_login")),
        sa.UniqueConstraint("number", name=op.f("uq_people_number")),
    )
    op.create_table(
        "customers",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("sort_name", sa.String(length=160), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("short_name", sa.String(length=60), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("industry", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=1), nullable=False),
        sa.Column("tags", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("traits", sa.LargeBinary(), nullable=True),
        sa.Column("business", sa.LargeBinary(), nullable=True),
        sa.Column("shareholders", sa.LargeBinary(), nullable=True),
        sa.Column("preferences", sa.LargeBinary(), nullable=True),
        sa.Column("invoice_title", sa.LargeBinary(), nullable=True),
        sa.Column("bank", sa.LargeBinary(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("main_contact_id", sa.Uuid(), nullable=True),
        sa.Column("last_follow_up_id", sa.Uuid(), nullable=True),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("next_contact", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_customers_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("name_key", name=op.f("uq_customers_name_key")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index("ix_customers_last_at_id", ["last_at", "id"], unique=False)
        batch_op.create_index("ix_customers_level_id", ["level", "id"], unique=False)
        batch_op.create_index("ix_customers_next_contact_id", ["next_contact", "id"], unique=False)
        batch_op.create_index(
            "ix_customers_owner_id_last_at_id", ["owner_id", "last_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customers_owner_id_level_id", ["owner_id", "level", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customers_owner_id_next_contact_id",
            ["owner_id", "next_contact", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customers_owner_id_sort_name_id", ["owner_id", "sort_name", "id"], unique=False
        )
        batch_op.create_index("ix_customers_sort_name_id", ["sort_name", "id"], unique=False)
        batch_op.create_index(
            "ix_customers_team_id_last_at_id", ["team_id", "last_at", "id"], unique=False
        )

    op.create_table(
        "jobs",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_jobs_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_person_id_made_at", ["person_id", "made_at"], unique=False)

    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sign_ins_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sign_ins_person_id_ended_at", ["person_id", "ended_at"], unique=False
        )

    op.create_table(
        "changes",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kept_in", sa.String(length=24), nullable=False),
        sa.Column("kept_as", sa.String(length=24), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("old", sa.LargeBinary(), nullable=True),
        sa.Column("new", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_changes_by_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_changes_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index("ix_changes_customer_id_at", ["customer_id", "at"], unique=False)

    op.create_table(
        "collaborators",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_collaborators_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_collaborators_person_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "person_id", name=op.f("pk_collaborators")),
    )
    with op.batch_alter_table("collaborators", schema=None) as batch_op:
        batch_op.create_index("ix_collaborators_person_id", ["person_id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.LargeBinary(), nullable=True),
        sa.Column("gender", sa.LargeBinary(), nullable=True),
        sa.Column("wechat", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("mobile", sa.LargeBinary(), nullable=True),
        sa.Column("birth_date", sa.LargeBinary(), nullable=True),
        sa.Column("education", sa.LargeBinary(), nullable=True),
        sa.Column("home_address", sa.LargeBinary(), nullable=True),
        sa.Column("hobbies", sa.LargeBinary(), nullable=True),
        sa.Column("family", sa.LargeBinary(), nullable=True),
        sa.Column("other", sa.LargeBinary(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_contacts_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "customer_tags",
        sa.Column("tag", sa.String(length=20), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_tags_customer_id")
        ),
        sa.PrimaryKeyConstraint("tag", "customer_id", name=op.f("pk_customer_tags")),
    )
    with op.batch_alter_table("customer_tags", schema=None) as batch_op:
        batch_op.create_index("ix_customer_tags_customer_id", ["customer_id"], unique=False)

    op.create_table(
        "follow_ups",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("next_contact", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_follow_ups_author_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_follow_ups_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index("ix_follow_ups_customer_id_at", ["customer_id", "at"], unique=False)

    op.create_table(
        "job_files",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_files_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_files")),
    )
    op.create_table(
        "name_grams",
        sa.Column("gram", sa.String(length=4), nullable=False),
        sa.Column("length", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_name_grams_customer_id")
        ),
        sa.PrimaryKeyConstraint("gram", "length", "customer_id", name=op.f("pk_name_grams")),
    )
    with op.batch_alter_table("name_grams", schema=None) as batch_op:
        batch_op.create_index("ix_name_grams_customer_id", ["customer_id"], unique=False)

    op.create_table(
        "stars",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_stars_customer_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_stars_person_id")),
        sa.PrimaryKeyConstraint("person_id", "customer_id", name=op.f("pk_stars")),
    )
    op.create_table(
        "extra_values",
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_extra_values_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_extra_values_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["extra_fields.id"], name=op.f("fk_extra_values_field_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_values")),
    )
    with op.batch_alter_table("extra_values", schema=None) as batch_op:
        batch_op.create_index("ix_extra_values_customer_id", ["customer_id"], unique=False)


def downgrade() -> None:
    """There is nothing before the first schema."""
    raise NotImplementedError("there is no earlier schema")
