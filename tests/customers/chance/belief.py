"""Belief: where each card must be by what was done to it, kept beside the archive."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

Pass = tuple[str | None, str | None]
"""A change of hands: from whom, to whom; nobody is the pool."""
HELD, POOL, BIN, MERGED, SHREDDED = "held", "pool", "bin", "merged", "shredded"


@dataclass
class Card:
    """One card that was ever made."""

    owner: str | None
    """Whose it is; in the bin whose it was; nobody in the pool."""
    place: str = HELD
    into: UUID | None = None
    """The card that it went into."""
    binned: int = 0
    chain: list[Pass] = field(default_factory=list)
    written: Counter[str] = field(default_factory=Counter)
    """How many follow-ups and contributions were written on it while it stood."""

    @property
    def stands(self) -> bool:
        """Whether it is in the table and not in the bin."""
        return self.place in {HELD, POOL}

    def passed(self, to: str | None) -> None:
        """It came to somebody else, or to nobody: the history goes on where it ended."""
        self.chain.append((self.owner, to))
        self.owner, self.place = to, HELD if to else POOL


@dataclass
class Merged:
    """One merge, and who had the three cards of it."""

    id: UUID
    kept: UUID
    gone: UUID
    day: int
    kept_before: str | None
    kept_after: str | None
    gone_before: str | None
    undone: bool = False


class Belief:
    """Every card that was ever made, and every merge."""

    def __init__(self) -> None:
        self.cards: dict[UUID, Card] = {}
        self.merges: list[Merged] = []
        self.handovers = 0
        self.changed: set[UUID] = set()
        """Cards whose history the last step may have touched."""

    def those(self, *places: str) -> list[UUID]:
        """The cards that are there."""
        return [one for one, card in self.cards.items() if card.place in places]

    def passed(self, card: UUID, to: str | None) -> None:
        self.cards[card].passed(to)
        self.changed.add(card)

    def survivor(self, card: UUID) -> UUID:
        """The card itself, or the one that it is in now."""
        while (into := self.cards[card].into) is not None:
            card = into
        return card

    def inside(self, card: UUID) -> Iterator[UUID]:
        """The card and every card that it holds."""
        return (one for one in self.cards if self.survivor(one) == card)

    def shredded(self, card: UUID) -> None:
        """It is no more, nor is what went into it."""
        for one in list(self.inside(card)):
            self.cards[one].place = SHREDDED
        self.merges = [one for one in self.merges if self.cards[one.kept].place != SHREDDED]

    def history(self, card: UUID) -> Counter[Pass]:
        """Every change of hands that stands on a card: its own, and of what it holds."""
        return Counter(one for each in self.inside(card) for one in self.cards[each].chain)

    def written(self, card: UUID, what: str) -> int:
        return sum(self.cards[each].written[what] for each in self.inside(card))

    def merged(self, merge: Merged) -> None:
        """One card went into another, which the owner of one of them has now."""
        self.merges.append(merge)
        if merge.kept_after != merge.kept_before:
            self.passed(merge.kept, merge.kept_after)
        gone = self.cards[merge.gone]
        gone.place, gone.into = MERGED, merge.kept
        self.changed.add(merge.kept)

    def may_be_undone(self, merge: Merged, day: int) -> bool:
        """In time, the last one of its card, and the card not in the bin."""
        at = self.merges.index(merge)
        later = [one for one in self.merges[at + 1 :] if not one.undone]
        in_order = all(merge.kept not in {one.kept, one.gone} for one in later)
        return in_order and day - merge.day < 30 and self.cards[merge.kept].stands

    def undone(self, merge: Merged) -> None:
        """Two cards again; whose the survivor became since, it stays."""
        merge.undone = True
        kept, gone = self.cards[merge.kept], self.cards[merge.gone]
        gone.into, gone.owner = None, merge.gone_before
        gone.place = HELD if gone.owner else POOL
        if kept.owner == merge.kept_after and merge.kept_before != merge.kept_after:
            self.passed(merge.kept, merge.kept_before)
        self.changed |= {merge.kept, merge.gone}
