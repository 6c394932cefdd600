"""The hours: when things happened on a working day, and on today as far as it has gone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from crm import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

FRIDAY = 4
HOLIDAYS = {(1, 1), *((5, day) for day in range(1, 6)), *((10, day) for day in range(1, 8))}
"""New Year, May and October: nobody calls. The moon's feasts are left out."""
TOLD = 190
"""Days that the telling may reach back."""
OPENS, NOON, BACK, CLOSES = (
    timedelta(hours=8, minutes=30),
    timedelta(hours=12),
    timedelta(hours=13, minutes=30),
    timedelta(hours=18),
)
MARGIN = timedelta(minutes=2)
SHORTEST = timedelta(hours=2)
"""A day that has hardly begun is told as if people had come early."""


class Hours:
    """The working days up to one moment."""

    def __init__(self, now: datetime) -> None:
        """Take the moment at which the telling ends."""
        self.now = now
        self.today = clock.local(now).date()
        self.days = [self.today, *self._before(TOLD)]
        """Today, whatever day it is, then the working days before it, newest first."""
        self.opens, self.closes = self._today()

    def _before(self, days: int) -> Iterator[date]:
        for back in range(1, days):
            day = self.today - timedelta(days=back)
            if day.weekday() <= FRIDAY and (day.month, day.day) not in HOLIDAYS:
                yield day

    def _today(self) -> tuple[datetime, datetime]:
        midnight = clock.start_of(self.today)
        closes = max(midnight, min(self.now - MARGIN, midnight + CLOSES))
        return max(midnight, min(closes - SHORTEST, midnight + OPENS)), closes

    def at(self, day: date, part: float) -> datetime:
        """The moment when this part (0 to 1) of a working day was over."""
        if day == self.today:
            return self.opens + part * (self.closes - self.opens)
        start = clock.start_of(day)
        morning = NOON - OPENS
        passed = part * (morning + CLOSES - BACK)
        return start + (OPENS + passed if passed < morning else BACK + passed - morning)

    def ahead(self, days: int) -> date:
        """A working day so many days ahead, or the first after it."""
        day = self.today + timedelta(days=days)
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > FRIDAY else 0)


def at(moment: datetime) -> AbstractContextManager[None]:
    """Run the clock as if it were this moment."""
    return clock.turned(moment - clock.now())
