"""Classification A–D by rules: a proposal with its reason in words, never a change by itself.

The amounts are sealed, so the machine opens them for this alone (crypto.uses, `classify`). What it
leaves behind is a level and the names of the rules that spoke for it – no figure.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock, settings
from crm.crypto.uses import use
from crm.customers.purchases import facts_of, of, place_of
from crm.customers.purchases.analysis import analysed
from crm.customers.status import LEVELS
from crm.db import Base, Moment, db
from crm.settings import Setting

if TYPE_CHECKING:
    from crm.crypto.sealed import RecordKey
    from crm.customers.purchases.analysis import Analysis
    from crm.settings import Read

_open = use("classify")

AMOUNTS = {
    level: Setting(
        f"level.amount.{level}",
        amount,
        _("近一年采购满多少为 %(level)s 级", level=level),
        unit=_("元"),
        least=1,
        most=999_999_999,
    )
    for level, amount in (("A", 100_000), ("B", 30_000), ("C", 5_000))
}
RECENT = Setting(
    "level.recent",
    180,
    _("多少天没有采购就降一级"),
    unit=_("天"),
    least=1,
    most=3650,
)
OFTEN = Setting(
    "level.often",
    12,
    _("近一年采购满多少次升一级"),
    unit=_("次"),
    least=2,
    most=1000,
)
TABLE = (*AMOUNTS.values(), RECENT, OFTEN)
"""What makes a level, in the order of its page."""

REASONS = {
    "amount.A": _("近一年采购额达到 A 级标准"),
    "amount.B": _("近一年采购额达到 B 级标准"),
    "amount.C": _("近一年采购额达到 C 级标准"),
    "amount.D": _("近一年采购额未达到 C 级标准"),
    "often": _("采购次数多"),
    "long_ago": _("最近较久没有采购"),
}
"""Why a level is proposed: words, no figures."""


class LevelProposal(Base):
    """The level that the rules propose for a customer. An open fact, as the level itself."""

    __tablename__ = "level_proposals"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(1))
    why: Mapped[str] = mapped_column(String(80))
    """Codes of the reasons, separated by blanks."""
    at: Mapped[datetime] = mapped_column(Moment)


def propose(customer_id: UUID, key: RecordKey) -> None:
    """Work out the proposal anew after a purchase was kept, in the running unit."""
    facts = [facts_of(_open(key, place_of(row), row.facts)) for row in of(customer_id) if row.facts]
    if not facts:
        db.session.execute(delete(LevelProposal).where(LevelProposal.customer_id == customer_id))
        return
    level, why = judged(analysed(facts, clock.today()), settings.read(TABLE))
    row = LevelProposal(customer_id=customer_id, level=level, why=" ".join(why), at=clock.now())
    db.session.merge(row)
    db.session.flush()


def judged(figures: Analysis, rules: Read) -> tuple[str, list[str]]:
    """Level and reasons: the amount decides, rhythm lifts it by one, silence lowers it by one."""
    reached = (level for level, setting in AMOUNTS.items() if figures.this_year >= rules[setting])
    by_amount = next(reached, LEVELS[-1])
    at, why = LEVELS.index(by_amount), [f"amount.{by_amount}"]
    if figures.count_this_year >= rules[OFTEN]:
        at, why = at - 1, [*why, "often"]
    if figures.last and clock.today() - figures.last > timedelta(days=rules[RECENT]):
        at, why = at + 1, [*why, "long_ago"]
    return LEVELS[min(max(at, 0), len(LEVELS) - 1)], why


def reasons(why: str) -> str:
    """The reasons in words."""
    told = [str(REASONS[code]) for code in why.split() if code in REASONS]
    return gettext("；").join(told) if told else ""
