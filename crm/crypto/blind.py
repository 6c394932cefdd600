"""Blind indexes: exact look-up of a sealed value through a short keyed hash.

A hash is cut to L = ⌊log₂ R⌋ − 2 bits for R rows, so that several rows share each value and the
index alone does not say who is equal to whom; a hit is checked by opening it. What it leaks stands
in docs/security.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, String, Uuid, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.crypto import keyring
from crm.crypto.suites import SUITES
from crm.db import Base, db

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


class BlindSize(Base):
    """How many bits an index has, and for how many rows that was chosen."""

    __tablename__ = "blind_sizes"

    index: Mapped[str] = mapped_column(String(24), primary_key=True)
    bits: Mapped[int] = mapped_column(SmallInteger)
    rows: Mapped[int] = mapped_column(BigInteger)


def bits_for(rows: int) -> int:
    """L = ⌊log₂ R⌋ − 2, never fewer than three bits."""
    return max(LEAST_BITS, min(MOST_BITS, rows.bit_length() - 1 - 2))


def hashed(index: str, text: str, bits: int) -> int:
    """The short keyed hash of a normalised value: the suite's HMAC cut to its leading bits."""
    secret, suite, _ = keyring.current().key(keyring.BLIND)
    digest = SUITES[suite].mac(secret, f"{index}\0{text}".encode())
    return int.from_bytes(digest[:4], "big") >> (32 - bits)


def sizes() -> dict[str, int]:
    """Bits of every index that has been measured; an index not named has the least."""
    return dict(db.session.execute(select(BlindSize.index, BlindSize.bits)).all())


Term = tuple[UUID, UUID, str, str]
"""(record id, row id, index, normalised value)"""


def rows_for(terms: Iterable[Term], bits: Mapping[str, int]) -> list[dict[str, object]]:
    """The rows to store for these terms; texts of one row that share a value are kept once."""
    made = {
        (index, hashed(index, text, bits.get(index, LEAST_BITS)), row): owner
        for owner, row, index, text in terms
    }
    return [
        {"index": index, "value": value, "row_id": row, "owner_id": owner}
        for (index, value, row), owner in made.items()
    ]


def add(terms: Iterable[Term]) -> None:
    """Let rows be found under these values."""
    if rows := rows_for(terms, sizes()):
        db.session.execute(insert(BlindTerm), rows)


def replace(owner_id: UUID, row_id: UUID, terms: Mapping[str, Iterable[str]]) -> None:
    """Let a row be found under these values, and no longer under its old ones."""
    old = delete(BlindTerm).where(BlindTerm.row_id == row_id, BlindTerm.index.in_(list(terms)))
    db.session.execute(old)
    add((owner_id, row_id, index, text) for index, texts in terms.items() for text in texts)


def candidates(index: str, text: str, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(record id, row id) of the rows that may hold the value: each must be opened to be sure."""
    value = hashed(index, text, sizes().get(index, LEAST_BITS))
    wanted = select(BlindTerm.owner_id, BlindTerm.row_id)
    found = wanted.where(BlindTerm.index == index, BlindTerm.value == value).limit(limit)
    return [(owner, row) for owner, row in db.session.execute(found)]


def resize(index: str, rows: int) -> None:
    """Forget an index's terms and give it the bits for so many rows; the caller adds them anew."""
    db.session.execute(delete(BlindTerm).where(BlindTerm.index == index))
    db.session.execute(delete(BlindSize).where(BlindSize.index == index))
    db.session.execute(insert(BlindSize), {"index": index, "bits": bits_for(rows), "rows": rows})
