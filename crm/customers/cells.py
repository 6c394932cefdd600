"""Cells: a card's values as templates print them, one by one, by contact and in the timeline."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from flask_babel import gettext

from crm.access.fields import Level, Shows
from crm.access.policy import REVEALED_FOR
from crm.customers import items
from crm.customers.choices import titled, titles
from crm.customers.followups import kinds, outcomes
from crm.disclosure.opened import Opened
from crm.disclosure.words import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from crm.access.fields import Field
    from crm.accounts.people import Viewer
    from crm.db import Told
    from crm.disclosure.opened import Item, Shown


SECONDS = int(REVEALED_FOR.total_seconds())
"""How long a page keeps a revealed value."""


class Cell(NamedTuple):
    """One value as a template prints it."""

    code: str
    label: str
    value: Any
    state: str
    mask: str | None
    may_reveal: bool
    level: str
    source: str
    verified_on: date | None
    prose: bool
    seconds: int | None = None
    may_copy: bool = False
    """Whether it may be copied – or, when it has just been opened, was opened for that."""


def revealed_cell(item: Item, opened: Mapping[str, Opened], *, copied: bool = False) -> Cell:
    """The cell of a value that was just revealed, or `copied`."""
    value = titled(item.field.code, opened.get(item.name))
    return Cell(
        code=item.name,
        label=labels()[item.field.code],
        value=value,
        state="shown" if value else "empty",
        mask=None,
        may_reveal=False,
        level=item.field.level.value,
        source="",
        verified_on=None,
        prose=item.field.shows is Shows.PROSE,
        seconds=SECONDS,
        may_copy=copied,
    )


def _nothing(_field: Field) -> bool:
    return False


class Cells:
    """Makes the cells of one card from what the door showed and has just revealed."""

    def __init__(
        self,
        shown: Mapping[str, Shown],
        revealed: Mapping[str, Opened],
        may_reveal: Callable[[Field], bool] = _nothing,
        may_copy: Callable[[Field], bool] = _nothing,
    ) -> None:
        self.shown, self.revealed = shown, revealed
        self.may_reveal, self.may_copy = may_reveal, may_copy
        self.labels, self.titles = labels(), titles()
        self.kinds, self.outcomes = kinds(), outcomes()

    def __call__(self, item: Item, facts: Mapping[str, Any], label: str | None = None) -> Cell:
        """The cell of an item; `facts` tell where it comes from and when it was verified."""
        field, seen_ = item.field, self.shown[item.name]
        source, day, _login = facts.get(field.code) or ("", None, "")
        value, state, seconds = seen_.value, seen_.state, None
        if item.name in self.revealed:
            value, state, seconds = self.revealed[item.name], "shown", SECONDS
        if field.code in self.titles and isinstance(value, Opened):
            value = value.called(self.titles[field.code])
        return Cell(
            item.name, label or self.labels[field.code], value, state,
            seen_.mask, state in {"masked", "dots"} and self.may_reveal(field), field.level.value,
            self.titles["source"].get(source, source), date.fromisoformat(day) if day else None,
            field.shows is Shows.PROSE, seconds, not seconds and self.may_copy(field),
        )  # fmt: skip


class Group(NamedTuple):
    """Cells that stand together: what is filled, what is not, and the source they all have."""

    filled: list[Cell]
    missing: str
    """The names of what is empty, separated."""
    told: bool
    """Whether one source and one day hold for all of them, so that they are said once."""
    source: str
    verified_on: date | None


def group(cells: Sequence[Cell]) -> Group:
    """A group of a card's cells, as its template prints it."""
    filled = [cell for cell in cells if cell.state != "empty"]
    told = {(cell.source, cell.verified_on) for cell in filled}
    source, day = next(iter(told)) if len(told) == 1 else ("", None)
    empty = [cell.label for cell in cells if cell.state == "empty"]
    missing = gettext("、").join(empty) if empty else ""
    return Group(filled, missing, len(told) == 1, source, day)


def person(contact: Told, make: Cells, main: UUID | None, extras: Sequence[Told]) -> dict[str, Any]:
    """One contact as the card prints it."""
    cells = {item.field.column: make(item, contact.facts) for item in items.contact_items(contact)}
    kept = [cell for cell in cells.values() if cell.level == Level.SECRET.value]
    more = [
        make(items.extra_item(row), {}, row.label) for row in extras if row.contact_id == contact.id
    ]
    return {
        "id": contact.id,
        "main": contact.id == main,
        "name": cells["name"],
        "title": cells["title"],
        "role": cells["role"],
        "gender": cells["gender"],
        "wechat": cells["wechat"],
        "email": cells["email"],
        "group": group([*kept, *more]),
        "agreeable": [cell for cell in kept if cell.state != "empty"],
        "has_mobile": contact.mobile is not None,
        "has_address": contact.home_address is not None,
    }


def told(row: Told, make: Cells, viewer: Viewer) -> dict[str, Any]:
    """One follow-up as the timeline prints it."""
    item = items.follow_up_item(row, viewer.id)
    shown = make.shown.get(item.name)
    revealed = make.revealed.get(item.name)
    return {
        "id": row.id,
        "at": row.at,
        "kind": make.kinds[row.kind],
        "author": row.author,
        "text": revealed or (shown.value if shown else row.text),
        "code": item.name,
        "sealed": not revealed and bool(row.text) and (shown is None or shown.state != "shown"),
        "may_reveal": make.may_reveal(item.field),
        "outcome": make.outcomes[row.outcome] if row.outcome else "",
        "next": row.next_contact,
    }
