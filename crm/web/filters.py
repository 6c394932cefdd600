"""Filters: how dates and moments print in templates, on the office's clock."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from flask import g
from flask_babel import gettext as _

from crm import clock
from crm.web import counting, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


def day(value: date | None) -> str:
    """今天, 明天, 昨天, 11-22, or 2025-11-22 in another year."""
    told: Callable[[date | None], str] | None = g.get("days")
    if told is None:
        told = g.days = days()
    return told(value)


def days() -> Callable[[date | None], str]:
    """`day` for a page full of dates: what today is and is called is asked for once."""
    today, near = clock.today(), _near()
    known: dict[date, str] = {}

    def told(value: date | None) -> str:
        if value is None:
            return "—"
        if isinstance(value, datetime):
            value = clock.local(value).date()
        if value not in known:
            form = "%m-%d" if value.year == today.year else "%Y-%m-%d"
            known[value] = near.get((value - today).days) or value.strftime(form)
        return known[value]

    return told


@words.once
def _near() -> dict[int, str]:
    return {-1: _("昨天"), 0: _("今天"), 1: _("明天")}


def time(value: datetime | None) -> str:
    """14:02."""
    return _hour(clock.local(value)) if value else "—"


def _hour(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


def moment(value: datetime | None) -> str:
    """今天 14:02, 11-20 15:10."""
    if not value:
        return "—"
    local = clock.local(value)
    return f"{day(local.date())} {_hour(local)}"


def install(app: Flask) -> None:
    """Give templates the filters."""
    app.add_template_filter(counting.told, "counted")
    app.add_template_filter(day, "day")
    app.add_template_filter(moment, "moment")
    app.add_template_filter(time, "clock")
