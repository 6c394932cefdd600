"""Terms: the industries, regions and tags in use, so that filters can suggest without a scan."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, db

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 30


class Vocabulary(StrEnum):
    """What a term is about."""

    INDUSTRY = "industry"
    REGION = "region"
    TAG = "tag"


class Term(Base):
    """One word in use."""

    __tablename__ = "terms"

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    word: Mapped[str] = mapped_column(String(60), primary_key=True)


def note(kind: Vocabulary, words: Iterable[str]) -> None:
    """Remember words that are used now."""
    fresh = {word for word in words if word}
    if not fresh:
        return
    known = set(
        db.session.scalars(select(Term.word).where(Term.kind == kind.value, Term.word.in_(fresh)))
    )
    if missing := fresh - known:
        db.session.execute(
            insert(Term), [{"kind": kind.value, "word": word} for word in sorted(missing)]
        )


def suggestions(kind: Vocabulary, start: str) -> list[str]:
    """Words of a kind that begin so."""
    wanted = select(Term.word).where(
        Term.kind == kind.value, Term.word.startswith(start, autoescape=True)
    )
    return list(db.session.scalars(wanted.order_by(Term.word).limit(SHOWN)))
