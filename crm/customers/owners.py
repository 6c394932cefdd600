"""Owners: who was responsible for a card, from when, how it came to the next one, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, String, Uuid, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from crm import clock
from crm.accounts.people import Person
from crm.db import Base, Identified, Moment, db

if TYPE_CHECKING:
    from crm.customers.cards import Customer

HOW = {
    "assign": _("分配"),
    "handover": _("移交"),
    "claim": _("认领"),
    "fall": _("到期回公海"),
    "return": _("退回公海"),
    "merge": _("合并"),
}
"""How a card comes to the next person, or to nobody."""
POOLED = frozenset({"fall", "return", "claim"})
"""Ways of which the pool is one end."""
RETURNED = {
    "no_need": _("暂无需求"),
    "unreachable": _("长期联系不上"),
    "elsewhere": _("不在我的区域或行业"),
    "busy": _("跟进不过来"),
    "closed": _("已停业"),
}
"""Why a card is put back. A choice and no words of one's own: they might tell what is sealed."""
SHOWN = 100


class OwnerChange(Base, Identified):
    """One card that passed from one person (or nobody) to another (or nobody)."""

    __tablename__ = "owner_changes"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    from_id: Mapped[UUID | None] = mapped_column(Uuid)
    to_id: Mapped[UUID | None] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Nobody, where the house's own rules did it."""
    how: Mapped[str] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        Index("ix_owner_changes_customer_id_at", "customer_id", "at"),
        Index("ix_owner_changes_to_id_at", "to_id", "at"),
    )


@dataclass(frozen=True, slots=True)
class Passed:
    """One change of hands as people read it."""

    at: datetime
    how: str
    giver: str
    taker: str
    by: str
    why: str


def note(
    customer: Customer, to: Person | None, how: str, why: str = "", by: UUID | None = None
) -> None:
    """Pass a card on and write it down. The card's clock of going without follow-up starts anew."""
    db.session.add(
        OwnerChange(
            customer_id=customer.id,
            from_id=customer.owner_id,
            to_id=to.id if to else None,
            at=clock.now(),
            by_id=by,
            how=how,
            why=why,
        )
    )
    customer.owner_id = to.id if to else None
    customer.team_id = to.team_id if to else None
    customer.owned_since = clock.now() if to else None


def of(customer_id: UUID) -> list[Passed]:
    """A card's changes of hands, the latest first."""
    giver, taker, by = aliased(Person), aliased(Person), aliased(Person)
    wanted = (
        select(
            OwnerChange.at, OwnerChange.how, OwnerChange.why,
            giver.name.label("giver"), taker.name.label("taker"), by.name.label("by"),
        )
        .outerjoin(giver, giver.id == OwnerChange.from_id)
        .outerjoin(taker, taker.id == OwnerChange.to_id)
        .outerjoin(by, by.id == OwnerChange.by_id)
        .where(OwnerChange.customer_id == customer_id)
        .order_by(OwnerChange.at.desc(), OwnerChange.id.desc())
        .limit(SHOWN)
    )  # fmt: skip
    return [_passed(row) for row in db.session.execute(wanted)]


def _passed(row: Any) -> Passed:
    nobody = gettext("公海") if row.how in POOLED else gettext("未分配")
    why = str(RETURNED.get(row.why, row.why)) if row.how == "return" else row.why
    how = str(HOW.get(row.how, row.how))
    return Passed(
        row.at, how, row.giver or nobody, row.taker or nobody, row.by or gettext("系统"), why
    )
