"""Analysis of one customer's purchases: how often, how long ago, how much, of what – plain sums.

It works on what its reader has opened, and keeps nothing: there is no sum over the archive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.customers.purchases import Facts

YEAR = timedelta(days=365)
MONTHS = 12
YEARS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Analysis:
    """The figures of one customer as of one day."""

    today: date
    count: int = 0
    first: date | None = None
    last: date | None = None
    every: int | None = None
    """Average days between days of purchase; none for fewer than two."""
    total: Decimal = Decimal(0)
    this_year: Decimal = Decimal(0)
    """The last 365 days."""
    year_before: Decimal = Decimal(0)
    """The 365 days before those."""
    years: list[tuple[int, Decimal]] = field(default_factory=list)
    months: list[tuple[str, Decimal]] = field(default_factory=list)
    """The last twelve calendar months, the oldest first."""
    categories: list[tuple[str, Decimal, int]] = field(default_factory=list)
    """Category, amount and share of the last 365 days in percent, the largest first."""
    count_this_year: int = 0

    @property
    def days_ago(self) -> int:
        """Days since the last purchase."""
        return (self.today - self.last).days if self.last else 0


def analysed(facts: Sequence[Facts], today: date) -> Analysis:
    """The figures of these purchases."""
    if not facts:
        return Analysis(today)
    days = sorted({one.day for one in facts})
    recent = [one for one in facts if one.day > today - YEAR]
    before = [one for one in facts if today - 2 * YEAR < one.day <= today - YEAR]
    return Analysis(
        today=today,
        count=len(facts),
        first=days[0],
        last=days[-1],
        every=round((days[-1] - days[0]).days / (len(days) - 1)) if len(days) > 1 else None,
        total=_sum(facts),
        this_year=_sum(recent),
        year_before=_sum(before),
        years=_by_year(facts),
        months=_by_month(facts, today),
        categories=_by_category(recent),
        count_this_year=len(recent),
    )


def _sum(facts: Sequence[Facts]) -> Decimal:
    return sum((one.amount for one in facts), Decimal(0))


def _by_year(facts: Sequence[Facts]) -> list[tuple[int, Decimal]]:
    sums: dict[int, Decimal] = {}
    for one in facts:
        sums[one.day.year] = sums.get(one.day.year, Decimal(0)) + one.amount
    return sorted(sums.items(), reverse=True)[:YEARS_SHOWN]


def _by_month(facts: Sequence[Facts], today: date) -> list[tuple[str, Decimal]]:
    ends = today.year * MONTHS + today.month - 1
    sums = dict.fromkeys(range(ends - MONTHS + 1, ends + 1), Decimal(0))
    for one in facts:
        month = one.day.year * MONTHS + one.day.month - 1
        if month in sums:
            sums[month] += one.amount
    return [
        (f"{month // MONTHS}-{month % MONTHS + 1:02}", amount) for month, amount in sums.items()
    ]


def _by_category(recent: Sequence[Facts]) -> list[tuple[str, Decimal, int]]:
    sums: dict[str, Decimal] = {}
    for one in recent:
        sums[one.category] = sums.get(one.category, Decimal(0)) + one.amount
    whole = _sum(recent)
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(name, amount, round(amount * 100 / whole)) for name, amount in ordered]
