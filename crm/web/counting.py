"""Counting: exact to ten thousand; what is more is said so, and never counted to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from sqlalchemy import func, select

if TYPE_CHECKING:
    from sqlalchemy import ScalarSelect, Select

EXACT = 10_000
"""So many are counted one by one: a matter of milliseconds through an index."""


def few(wanted: Select[Any]) -> ScalarSelect[int]:
    """How many rows a statement finds, looking at no more than one beyond EXACT."""
    found = wanted.limit(EXACT + 1).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def told(number: int) -> str:
    """A number as people read it: exact, or 1 万+."""
    return gettext("1 万+") if number > EXACT else str(number)
