"""Counting: exact to ten thousand, and no farther than one beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal_column, select

from crm.db import db
from crm.web import counting

if TYPE_CHECKING:
    from flask import Flask


def counted(rows: int) -> int | None:
    """What a statement that finds so many rows is counted as."""
    numbers = select(literal_column("1").label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < rows))
    return db.session.scalar(select(counting.few(select(numbers.c.n))))


def test_ten_thousand_are_counted_and_more_is_only_said(app: Flask) -> None:
    with app.test_request_context():
        assert [counted(rows) for rows in (1, 9_999, 10_000, 10_001, 30_000)] == [
            1,
            9_999,
            10_000,
            10_001,
            10_001,
        ]
        assert counting.told(10_000) == "10000"
        assert counting.told(10_001) == "1 万+"
