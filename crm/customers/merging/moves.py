"""Moves: everything that belongs to a card, and what a merge does with it.

A test holds that no table of the archive is left out: a new one that names a customer needs its
line here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from crm.db import Base, db

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Table


class Way(StrEnum):
    """What becomes of a card's rows."""

    MOVES = "moves"
    """The rows go to the survivor; their boxes are sealed anew for its key."""
    JOINS = "joins"
    """Who or what both cards have is kept once."""
    FOLLOWS = "follows"
    """Worked out from the card: thrown away and made again."""
    LIES = "lies"
    """Where the card lies while nobody has it: whose owner stands says where the survivor lies."""
    STAYS = "stays"
    """Tells what happened under the old id; nothing to move."""


class Part(NamedTuple):
    """One table, its way, and its boxes."""

    way: Way
    boxes: tuple[str, ...] = ()
    own_key: bool = False
    """Whether each row has a data key of its own: then its boxes go along as they are."""
    once: bool = False
    """Whether a row tells what happened to one thing: undone, it goes back as it is now, never
    twice – a link that was used stays used, an agreement that was withdrawn stays withdrawn, what a
    customer took back stays away."""


CONTACT = (
    "name", "title", "role", "gender", "wechat", "email", "mobile", "birth_date", "education",
    "home_address", "hobbies", "family", "other",
)  # fmt: skip

PARTS: dict[str, Part] = {
    "contacts": Part(Way.MOVES, CONTACT),
    "extra_values": Part(Way.MOVES, ("value",)),
    "follow_ups": Part(Way.MOVES, ("text",)),
    "changes": Part(Way.MOVES, ("old", "new")),
    "purchases": Part(Way.MOVES, ("facts",)),
    "contributions": Part(Way.MOVES, own_key=True, once=True),
    "intake_links": Part(Way.MOVES, once=True),
    "consents": Part(Way.MOVES, once=True),
    "owner_changes": Part(Way.MOVES),
    "collaborators": Part(Way.JOINS),
    "stars": Part(Way.JOINS),
    "customer_tags": Part(Way.FOLLOWS),
    "name_grams": Part(Way.FOLLOWS),
    "near_keys": Part(Way.FOLLOWS),
    "near_seen": Part(Way.FOLLOWS),
    "level_proposals": Part(Way.FOLLOWS),
    "pool_cards": Part(Way.LIES),
    "binned_customers": Part(Way.STAYS),
    "shredded_customers": Part(Way.STAYS),
    "pool_looks": Part(Way.STAYS),
    "openings": Part(Way.STAYS),
    "daily_looks": Part(Way.STAYS),
    "complaints": Part(Way.STAYS, own_key=True),  # under their taker's key, for the card they name
    "grant_customers": Part(Way.STAYS),  # what was granted for one card is not granted for two
}
"""Table → what a merge does with its rows. The order is that in which rows move."""
KEPT = tuple(name for name, part in PARTS.items() if part.way in {Way.MOVES, Way.JOINS, Way.LIES})
"""The tables whose rows a snapshot holds, beside the cards themselves."""

Row = dict[str, Any]
Rows = dict[str, dict[tuple[Any, ...], Row]]
"""Table → primary key → the row."""


def table(name: str) -> Table:
    """A table by its name."""
    return Base.metadata.tables[name]


def key_of(name: str, row: Row) -> tuple[Any, ...]:
    """A row's primary key."""
    return tuple(row[column.name] for column in table(name).primary_key)


def all_of(cards: Iterable[UUID]) -> Rows:
    """Every row of these cards that a merge may touch."""
    ids = list(cards)
    return {"customers": _rows("customers", "id", ids)} | {
        name: _rows(name, "customer_id", ids) for name in KEPT
    }


def _rows(name: str, column: str, ids: list[UUID]) -> dict[tuple[Any, ...], Row]:
    found = db.session.execute(select(table(name)).where(table(name).c[column].in_(ids)))
    return {key_of(name, row): row for one in found.mappings() if (row := dict(one))}


def only(name: str, key: tuple[Any, ...]) -> Any:
    """The condition on one row."""
    columns = table(name).primary_key.columns
    condition: Any = None
    for column, value in zip(columns, key, strict=True):
        condition = column == value if condition is None else condition & (column == value)
    return condition
