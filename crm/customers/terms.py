"""Terms: the industries, regions and tags in use, so that filters can suggest without a scan."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import String, delete, exists, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import Scope
from crm.customers import reach
from crm.customers.cards import Customer, CustomerTag
from crm.db import Base, db, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.accounts.people import Viewer

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


def forget_unused(tags: Iterable[str]) -> None:
    """Forget tags that no card has any more: a tag may say who somebody is."""
    unused = ~exists().where(CustomerTag.tag == Term.word)
    gone = delete(Term).where(Term.kind == Vocabulary.TAG.value, Term.word.in_(set(tags)), unused)
    db.session.execute(gone.execution_options(synchronize_session=False))


def tags_within(viewer: Viewer, start: str) -> list[str]:
    """Tags that begin so, of the cards that this person may see."""
    wanted = (
        select(CustomerTag.tag)
        .join(Customer, Customer.id == CustomerTag.customer_id)
        .where(reach.WITHIN[reach.of(viewer)], CustomerTag.tag.startswith(start, autoescape=True))
        .distinct()
        .order_by(CustomerTag.tag)
        .limit(SHOWN)
    )
    return list(run(wanted, reach.values(viewer)).scalars())


def suggestions(kind: Vocabulary, start: str, viewer: Viewer) -> list[str]:
    """Words of a kind that begin so. Who does not see all sees no stranger's tags."""
    if kind is Vocabulary.TAG and reach.of(viewer) is not Scope.ALL:
        return tags_within(viewer, start)
    wanted = select(Term.word).where(
        Term.kind == kind.value, Term.word.startswith(start, autoescape=True)
    )
    return list(db.session.scalars(wanted.order_by(Term.word).limit(SHOWN)))
