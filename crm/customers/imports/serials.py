"""Numbers of a spreadsheet as a person would have typed them; dates, which it keeps as numbers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from openpyxl.utils.datetime import from_excel

_EXACT = 1e15
"""Up to here a spreadsheet keeps every digit of a whole number."""


def plain(value: float) -> str:
    """A number as a person would have typed it: 13812345678, not 13812345678.0."""
    if value.is_integer():
        return str(int(value)) if abs(value) < _EXACT else format(Decimal(value), "f")
    return format(Decimal(format(value, ".15g")), "f")


def dated(value: float, epoch: datetime) -> str | None:
    """A spreadsheet's day number as a date, with the time only when there is one."""
    try:
        moment = from_excel(value, epoch)
    except (OverflowError, ValueError):
        return None
    if not isinstance(moment, datetime):  # a time of day
        return None
    timed = moment.hour or moment.minute
    return f"{moment:%Y-%m-%d %H:%M}" if timed else moment.date().isoformat()
