"""Walked: the indexes of customers; a list is walked along one of them, never gone through."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, text

INCOMPLETE = (
    "(phone IS NULL OR address IS NULL OR main_contact_id IS NULL OR industry = '' OR region = '')"
)
"""A card that lacks one of the facts everybody needs. The words of two partial indexes, which a
query must use literally; no write path has to remember anything."""


def _gaps() -> dict[str, Any]:
    return {"sqlite_where": text(INCOMPLETE), "postgresql_where": text(INCOMPLETE)}


HELD = text("owner_id IS NOT NULL")
"""Cards that are somebody's."""

WALKED = (
    Index("ix_customers_last_at_id", "last_at", "id"),
    Index("ix_customers_next_contact_id", "next_contact", "id"),
    Index("ix_customers_sort_name_id", "sort_name", "id"),
    Index("ix_customers_level_id", "level", "id"),
    Index("ix_customers_industry_last_at_id", "industry", "last_at", "id"),
    Index("ix_customers_next_contact_last_at_id", "next_contact", "last_at", "id"),
    Index("ix_customers_owner_id_last_at_id", "owner_id", "last_at", "id"),
    Index("ix_customers_owner_id_next_contact_id", "owner_id", "next_contact", "id"),
    Index("ix_customers_owner_id_sort_name_id", "owner_id", "sort_name", "id"),
    Index("ix_customers_owner_id_level_id", "owner_id", "level", "id"),
    Index("ix_customers_team_id_last_at_id", "team_id", "last_at", "id"),
    Index("ix_customers_verified_on_id", "verified_on", "id"),
    Index("ix_customers_owner_id_verified_on_id", "owner_id", "verified_on", "id"),
    Index("ix_customers_level_last_at_id", "level", "last_at", "id"),
    Index("ix_customers_owner_id_level_last_at_id", "owner_id", "level", "last_at", "id"),
    Index("ix_customers_gaps_last_at_id", "last_at", "id", **_gaps()),
    Index("ix_customers_gaps_owner_id_last_at_id", "owner_id", "last_at", "id", **_gaps()),
    # What the pool takes back, one range for each level and status: crm/customers/pool.
    Index(
        "ix_customers_level_status_last_at_id",
        "level",
        "status",
        "last_at",
        "id",
        sqlite_where=HELD,
        postgresql_where=HELD,
    ),
)
