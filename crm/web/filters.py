"""Filters: how dates and moments print in templates, on the office's clock."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from crm import clock

if TYPE_CHECKING:
    from flask import Flask


def day(value: date | None) -> str:
    """今天, 明天, 昨天, 11-22, or 2025-11-22 in another year."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = clock.local(value).date()
    away = (value - clock.today()).days
    if -1 <= away <= 1:
        return {-1: _("昨天"), 0: _("今天"), 1: _("明天")}[away]
    return value.strftime("%m-%d" if value.year == clock.today().year else "%Y-%m-%d")


def time(value: datetime | None) -> str:
    """14:02."""
    return clock.local(value).strftime("%H:%M") if value else "—"


def moment(value: datetime | None) -> str:
    """今天 14:02, 11-20 15:10."""
    return f"{day(value)} {time(value)}" if value else "—"


def install(app: Flask) -> None:
    """Give templates the filters."""
    app.add_template_filter(day, "day")
    app.add_template_filter(moment, "moment")
    app.add_template_filter(time, "clock")
