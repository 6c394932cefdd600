"""Merging: two cards of one customer become one, and for thirty days two again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Uuid, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.crypto.keyring import DataKey
from crm.crypto.sealed import Place
from crm.db import Base, Identified, Moment, db

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT_FOR = timedelta(days=30)
"""How long a merge can be undone."""
SHOWN = 20


class Merge(Base, Identified):
    """One card that went into another: the tombstone, and sealed what both were before."""

    __tablename__ = "merges"

    kept_id: Mapped[UUID] = mapped_column(Uuid)
    gone_id: Mapped[UUID] = mapped_column(Uuid)
    gone_name: Mapped[str] = mapped_column(String(120))
    gone_key: Mapped[str] = mapped_column(String(120))
    """The name folded: it is taken, though its card is gone."""
    by_id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
    undone_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Every row that the merge touched, before and after, under the merge's own data key."""

    __table_args__ = (
        Index("ix_merges_kept_id", "kept_id"),
        Index("ix_merges_gone_id", "gone_id"),
        Index("ix_merges_gone_key", "gone_key"),
        Index("ix_merges_at", "at"),
    )

    @property
    def may_be_undone(self) -> bool:
        """Whether there is still time, and something left to restore."""
        return self.undone_at is None and self.box is not None and clock.now() - self.at < KEPT_FOR

    def place(self) -> Place:
        """Where the snapshot was sealed for."""
        return Place("merges", "box", self.id)


def survivor(gone_id: UUID) -> UUID | None:
    """The card that a merged one's address leads to now; None for a card that never was one."""
    found: UUID | None = None
    seen = {gone_id}
    while (after := _into(found or gone_id)) and after not in seen:
        found = after
        seen.add(after)
    return found


def _into(gone_id: UUID) -> UUID | None:
    standing = select(Merge.kept_id).where(Merge.gone_id == gone_id, Merge.undone_at.is_(None))
    return db.session.scalar(standing.order_by(Merge.at.desc()).limit(1))


def standing(key: str) -> UUID | None:
    """The card that a folded name leads to although its own card was merged away."""
    wanted = select(Merge.gone_id).where(Merge.gone_key == key, Merge.undone_at.is_(None))
    gone = db.session.scalar(wanted.limit(1))
    return survivor(gone) if gone else None


def recent() -> Sequence[Merge]:
    """The latest merges, undone ones among them."""
    return db.session.scalars(select(Merge).order_by(Merge.at.desc()).limit(SHOWN)).all()


def inside(customer_id: UUID) -> list[UUID]:
    """The cards that went into this one, and into those, and so on; what was undone is not."""
    found: dict[UUID, None] = {}
    last = [customer_id]
    while last:
        into = select(Merge.gone_id).where(Merge.kept_id.in_(last), Merge.undone_at.is_(None))
        last = [one for one in db.session.scalars(into) if one not in found and one != customer_id]
        found |= dict.fromkeys(last)
    return list(found)


def forget(customer_id: UUID) -> None:
    """Shred every snapshot that holds something of a card: for who erases it for good.

    What went into it through another card is among it: that other's snapshot holds it too.
    """
    those = [customer_id, *inside(customer_id)]
    _shred(or_(Merge.kept_id.in_(those), Merge.gone_id.in_(those)))


def forget_old() -> int:
    """Shred the snapshots whose time is over, and the keys of the cards that are gone; nightly."""
    return _shred(Merge.at < clock.now() - KEPT_FOR)


def _shred(which: object) -> int:
    wanted = select(Merge.id, Merge.gone_id, Merge.undone_at).where(which, Merge.box.is_not(None))  # type: ignore[arg-type] # one of two conditions
    rows = db.session.execute(wanted).all()
    keys = [row[0] for row in rows] + [row[1] for row in rows if row[2] is None]
    if rows:
        db.session.execute(delete(DataKey).where(DataKey.owner_id.in_(keys)))
        ids = [row[0] for row in rows]
        db.session.execute(update(Merge).where(Merge.id.in_(ids)).values(box=None))
    return len(rows)
