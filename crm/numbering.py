"""Numbering: gapless numbers, taken in the same transaction as what they number."""

from __future__ import annotations

from sqlalchemy import Integer, String, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.db import Base, run


class Series(Base):
    """One series of numbers, of one year: `SQ-2026`, and the last number it gave."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


LAST = select(Series.last).where(Series.name == bindparam("series"))
NEXT = (
    update(Series.__table__)  # type: ignore[arg-type] # past the mapper, under the writer's lock
    .where(Series.name == bindparam("series"))
    .values(last=Series.last + 1)
)
FIRST = insert(Series)


def take(prefix: str) -> str:
    """The next number of this year's series: SQ-2026-0001. Needs a writing unit.

    The writer's lock makes it nobody else's, and a rollback gives it back: there are no gaps.
    """
    series = {"series": f"{prefix}-{clock.local(clock.now()).year}"}
    if not run(NEXT, series).rowcount:
        run(FIRST, {"name": series["series"], "last": 1})
    last: int = run(LAST, series).scalar_one()
    return f"{series['series']}-{last:04}"
