"""Newest: which law holds and when a clause was last worded anew, asked with the session's look-up.

The tables are named, not imported: law and settings stand above accounts. What is made of the
answers says crm.access.versions and crm.access.clauses.
"""

from __future__ import annotations

from sqlalchemy import Uuid, column, func, select, table

from crm.db import Moment

LAW = (
    select(column("id", Uuid))
    .select_from(table("law_versions"))
    .order_by(column("number").desc())
    .limit(1)
    .scalar_subquery()
    .label("law")
)
WORDED = (
    select(func.max(column("changed_at", Moment)))
    .select_from(table("house_settings"))
    .where(column("name").startswith("clause."))
    .scalar_subquery()
    .label("worded")
)
