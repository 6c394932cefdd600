"""Handed: what the two people concerned are told when cards pass from one to the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Index, String, Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from crm import clock
from crm.accounts.people import Person
from crm.customers.passing import WHY
from crm.db import Base, Identified, Moment, db, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.accounts.people import Viewer


class OwnerNotice(Base, Identified):
    """What the two people concerned are told: so many cards went from one to the other."""

    __tablename__ = "owner_notices"

    from_id: Mapped[UUID | None] = mapped_column(Uuid)
    to_id: Mapped[UUID | None] = mapped_column(Uuid)
    by_id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(String(12))
    customers: Mapped[int]

    __table_args__ = (
        Index("ix_owner_notices_to_id_at", "to_id", "at"),
        Index("ix_owner_notices_from_id_at", "from_id", "at"),
    )


def tell(viewer: Viewer, before: Iterable[UUID | None], now: UUID | None, why: str) -> None:
    """One notice for each former owner among so many cards."""
    counted: dict[UUID | None, int] = {}
    for one in before:
        counted[one] = counted.get(one, 0) + 1
    for one, number in counted.items():
        db.session.add(OwnerNotice(
            from_id=one, to_id=now, by_id=viewer.id, at=clock.now(), why=why, customers=number
        ))  # fmt: skip


NOTICED = timedelta(days=14)
"""How long the first page tells what came and went."""
_TOLD = (
    select(
        OwnerNotice.from_id,
        OwnerNotice.to_id,
        OwnerNotice.why,
        func.max(OwnerNotice.at),
        func.sum(OwnerNotice.customers),
    )
    .where(
        or_(
            OwnerNotice.to_id == bindparam("viewer_id"),
            OwnerNotice.from_id == bindparam("viewer_id"),
        ),
        OwnerNotice.at > bindparam("since", type_=Moment()),
        OwnerNotice.by_id != bindparam("viewer_id"),
    )
    .group_by(OwnerNotice.from_id, OwnerNotice.to_id, OwnerNotice.why)
    .order_by(func.max(OwnerNotice.at).desc())
    .limit(5)
    .subquery("told")
)
_BEFORE, _AFTER = aliased(Person), aliased(Person)
NOTICES = (
    select(*_TOLD.c, _BEFORE.name, _AFTER.name)
    .select_from(_TOLD)
    .outerjoin(_BEFORE, _BEFORE.id == _TOLD.c.from_id)
    .outerjoin(_AFTER, _AFTER.id == _TOLD.c.to_id)
)


def notices(viewer: Viewer) -> list[dict[str, Any]]:
    """What came to this person and what went from them lately, the newest first."""
    rows = run(NOTICES, {"viewer_id": viewer.id, "since": clock.now() - NOTICED})
    return [
        {"came": to == viewer.id, "why": str(WHY.get(why, why)), "at": at, "customers": int(number),
         "other": old if to == viewer.id else new}
        for _from, to, why, at, number, old, new in rows
    ]  # fmt: skip
