"""Blind indexes: exact look-up of a sealed value through a short keyed hash.

A hash is cut to L = ⌊log₂ R⌋ − 2 bits for R rows, so that several rows share each value and the
index alone does not say who is equal to whom; a hit is checked by opening it. What it leaks stands
in docs/security.md. When R has quadrupled, a second generation is built beside the first: writers
fill both, look-ups use the first until the second is complete (customers.reindex leads it).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, String, Uuid, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.crypto import keyring
from crm.crypto.suites import SUITES
from crm.db import Base, Moment, db
from crm.many import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEAST_BITS = 3
MOST_BITS = 24


class BlindTerm(Base):
    """One short hash: index name, its value, and the row and record it leads to."""

    __tablename__ = "blind_terms"

    index: Mapped[str] = mapped_column(String(24), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    row_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid)

    __table_args__ = (
        Index("ix_blind_terms_row_id", "row_id"),
        Index("ix_blind_terms_owner_id", "owner_id"),
    )


BUILDING, CURRENT, LEAVING = "building", "current", "leaving"
"""States of a generation; a look-up uses the current one, writers fill it and the one building."""
LINGERS = timedelta(minutes=1)
"""A generation that was replaced stays so long: who has just read which to use still finds it."""


class Generation(Base):
    """One size of an index: its bits, for how many rows they were chosen, how far it is built."""

    __tablename__ = "blind_generations"

    index: Mapped[str] = mapped_column(String(24), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(8))
    bits: Mapped[int] = mapped_column(SmallInteger)
    rows: Mapped[int] = mapped_column(BigInteger)
    after: Mapped[UUID | None] = mapped_column(Uuid)
    """The last row that was taken into it, while it is being built."""
    since: Mapped[datetime] = mapped_column(Moment)

    @property
    def stored(self) -> str:
        """The name that its terms are kept under."""
        return self.index if self.number == 1 else f"{self.index}~{self.number}"


def bits_for(rows: int) -> int:
    """L = ⌊log₂ R⌋ − 2, never fewer than three bits."""
    return max(LEAST_BITS, min(MOST_BITS, rows.bit_length() - 1 - 2))


def hashed(index: str, text: str, bits: int) -> int:
    """The short keyed hash of a normalised value: the suite's HMAC cut to its leading bits."""
    secret, suite, _ = keyring.current().key(keyring.BLIND)
    digest = SUITES[suite].mac(secret, f"{index}\0{text}".encode())
    return int.from_bytes(digest[:4], "big") >> (32 - bits)


def generations() -> dict[str, list[Generation]]:
    """Every index's generations; one that was never measured is there with the fewest bits."""
    found: dict[str, list[Generation]] = {}
    for row in db.session.scalars(select(Generation).execution_options(populate_existing=True)):
        found.setdefault(row.index, []).append(row)
    return found


def of(index: str, known: Mapping[str, list[Generation]], *states: str) -> list[Generation]:
    """An index's generations in these states."""
    kept = known.get(index) or [_first(index)]
    return [one for one in kept if one.state in states]


def _first(index: str) -> Generation:
    return Generation(
        index=index, number=1, state=CURRENT, bits=LEAST_BITS, rows=0, since=clock.now()
    )


Term = tuple[UUID, UUID, str, str]
"""(record id, row id, index, normalised value)"""


def rows_for(
    terms: Iterable[Term], known: Mapping[str, list[Generation]], *states: str
) -> list[dict[str, object]]:
    """The rows to store for these terms; texts of one row that share a value are kept once."""
    made = {
        (one.stored, hashed(index, text, one.bits), row): owner
        for owner, row, index, text in terms
        for one in of(index, known, *states)
    }
    return [
        {"index": stored, "value": value, "row_id": row, "owner_id": owner}
        for (stored, value, row), owner in made.items()
    ]


def add(terms: Iterable[Term]) -> None:
    """Let rows be found under these values."""
    if rows := rows_for(terms, generations(), CURRENT, BUILDING):
        store(BlindTerm, rows)


def replace(owner_id: UUID, row_id: UUID, terms: Mapping[str, Iterable[str]]) -> None:
    """Let a row be found under these values, and no longer under its old ones."""
    known = generations()
    names = [one.stored for index in terms for one in of(index, known, CURRENT, BUILDING, LEAVING)]
    db.session.execute(
        delete(BlindTerm).where(BlindTerm.row_id == row_id, BlindTerm.index.in_(names))
    )
    fresh = ((owner_id, row_id, index, text) for index, texts in terms.items() for text in texts)
    if rows := rows_for(fresh, known, CURRENT, BUILDING):
        store(BlindTerm, rows)


def forget(owner_id: UUID, row_id: UUID | None = None) -> None:
    """Let a record, or one row of it, be found no more, in any generation."""
    gone = delete(BlindTerm).where(BlindTerm.owner_id == owner_id)
    db.session.execute(gone if row_id is None else gone.where(BlindTerm.row_id == row_id))


def candidates(index: str, text: str, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(record id, row id) of the rows that may hold the value: each must be opened to be sure."""
    (now,) = of(index, generations(), CURRENT)
    value = hashed(index, text, now.bits)
    wanted = select(BlindTerm.owner_id, BlindTerm.row_id)
    found = wanted.where(BlindTerm.index == now.stored, BlindTerm.value == value).limit(limit)
    return [(owner, row) for owner, row in db.session.execute(found)]


def begin(index: str, rows: int) -> None:
    """A generation with the bits for so many rows, to be built beside the current one."""
    known = generations()
    (now,) = of(index, known, CURRENT)
    numbers = [one.number for one in known.get(index, [now])]
    fresh = Generation(
        index=index,
        number=max(numbers) + 1,
        state=BUILDING,
        bits=bits_for(rows),
        rows=rows,
        since=clock.now(),
    )
    db.session.add_all([now, fresh])
    db.session.flush()


def build(indexes: Iterable[str], row_ids: list[UUID], terms: Iterable[Term]) -> None:
    """Take some rows into the generations being built, whatever writers have put there already."""
    known = generations()
    building = [one for index in indexes for one in of(index, known, BUILDING)]
    names = [one.stored for one in building]
    db.session.execute(
        delete(BlindTerm).where(BlindTerm.row_id.in_(row_ids), BlindTerm.index.in_(names))
    )
    if rows := rows_for(terms, known, BUILDING):
        store(BlindTerm, rows)
    for one in building:
        one.after = row_ids[-1]
    db.session.flush()


def switch(indexes: Iterable[str]) -> None:
    """Let look-ups use what has been built; the generations before it leave."""
    known, now = generations(), clock.now()
    for index in indexes:
        for one in of(index, known, CURRENT, BUILDING):
            one.state = LEAVING if one.state == CURRENT else CURRENT
            one.since = now
    db.session.flush()


def sweep(limit: int) -> bool:
    """Delete some terms of a generation that has left; False when there are none."""
    left = (Generation.state == LEAVING, Generation.since < clock.now() - LINGERS)
    one = db.session.scalar(select(Generation).where(*left).limit(1))
    if one is None:
        return False
    here = BlindTerm.index == one.stored
    values = select(BlindTerm.value).where(here).order_by(BlindTerm.value).limit(limit)
    some = db.session.scalars(values).all()
    if some:
        db.session.execute(delete(BlindTerm).where(here, BlindTerm.value <= some[-1]))
    else:
        db.session.delete(one)
        db.session.flush()
    return True
