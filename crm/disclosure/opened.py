"""Opened values: what the door hands out, and how a page may print it."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from crm.crypto.sealed import DOTS, Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from uuid import UUID

    from crm.access.fields import Field


class Opened:
    """A value that one person may read now. A page prints it; nothing else should hold it for long.

    `text` is what copy and export will carry; until pictures come, a page prints the same text.
    """

    __slots__ = ("code", "text")

    def __init__(self, text: str, code: str | None = None) -> None:
        """Made by the door alone; `code` is the disclosure that let it out."""
        self.text = text
        self.code = code

    def called(self, titles: Mapping[Any, object]) -> Opened:
        """The same disclosure under the title that its word has on screen, if it has one."""
        told = copy(self)
        told.text = str(titles.get(self.text, self.text))
        return told

    def __html__(self) -> Markup:
        """Escaped, for Jinja."""
        return escape(self.text)

    def __str__(self) -> str:
        """Dots: a log line or an error message is not a page."""
        return DOTS

    __repr__ = __str__


def is_sealed(value: object) -> bool:
    """Whether a template was given a value that nobody has opened."""
    return isinstance(value, Sealed)


class Item(NamedTuple):
    """One sealed value that somebody asks about: its name in forms, its field, its row, its box."""

    name: str
    field: Field
    row_id: UUID
    sealed: Sealed | None
    place: Place | None = None
    """Only where the box was sealed for another place, as history's copies are."""
    own: bool = False
    """Whether the person asking wrote it, as one's own follow-ups."""

    @property
    def said(self) -> str:
        """How the log names it: a copy in the history says which field it is a copy of."""
        return f"{self.name}.{self.field.code}" if self.name.startswith("change.") else self.name

    def where(self) -> Place:
        """The place the box is bound to."""
        return self.place or Place(self.field.table, self.field.column, self.row_id)


class Shown(NamedTuple):
    """One value as a card shows it: `state` is shown, masked, dots or empty."""

    name: str
    field: Field
    state: str
    value: Opened | Sealed | None = None
    mask: str | None = None
