"""The clock: the only room that reads the time; tests turn it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONE = ZoneInfo("Asia/Shanghai")
"""The office's own time: what people read. Stored times are UTC."""

_ahead = timedelta()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _ahead


def today() -> date:
    """The office's calendar day."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """A stored moment as the office's wall clock shows it."""
    return moment.astimezone(ZONE)


def read(text: str) -> datetime:
    """A moment as a page's own links carry it, in UTC. Raises ValueError for anything else."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        raise ValueError("no such moment") from None


def next_day(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)


def start_of(day: date) -> datetime:
    """The first moment of an office day, in UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


@contextmanager
def turned(by: timedelta) -> Iterator[None]:
    """Run the clock ahead by so much: for tests and for telling a demonstration's past."""
    global _ahead  # noqa: PLW0603 - the one clock of the process
    before = _ahead
    _ahead = before + by
    try:
        yield
    finally:
        _ahead = before
