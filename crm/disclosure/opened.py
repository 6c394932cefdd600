"""Opened values: what the door hands out, and how a page may print it."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from flask_babel import gettext
from markupsafe import Markup, escape

from crm.crypto.sealed import DOTS, Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any
    from uuid import UUID

    from crm.access.fields import Field


Size = tuple[int, int]
"""Width and height in CSS pixels."""
NARROW = 150
"""Wider pictures take a row of their own on a phone."""
IMAGE = Markup(
    '<img class="value" src="/pictures/{0}" srcset="/pictures/{0}?x=2 2x" width="{1}" height="{2}"'
    ' alt="{3}" draggable="false">'
)


class Opened:
    """A value that one person may read as text now. A page prints it; nothing else keeps it."""

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


class Pictured(Opened):
    """A value that one person may look at but not copy: a page prints where its picture is.

    It holds no text, so that no template can print one: `text` raises.
    """

    __slots__ = ("label", "size", "ticket", "titles")

    def __init__(self, ticket: str, code: str, label: object, size: Callable[..., Size]) -> None:
        """Made by the door alone; `size` tells how large the picture is under given titles."""
        self.ticket, self.code, self.label, self.size = ticket, code, label, size
        self.titles: Mapping[Any, object] = {}

    @property
    def text(self) -> str:  # type: ignore[override] # there is none
        """Refuse: whoever wants text asks the door for copy, which is an act of its own."""
        raise TypeError("a value that shows as a picture has no text here")

    @property
    def wide(self) -> bool:
        """Whether it needs a row of its own on a phone."""
        return self.size(self.titles)[0] > NARROW

    def called(self, titles: Mapping[Any, object]) -> Opened:
        """The same picture, as large as its word's title will be."""
        told = type(self)(self.ticket, str(self.code), self.label, self.size)
        told.titles = titles
        return told

    def __html__(self) -> Markup:
        """An image without a word of the value: neither in its address nor in its description."""
        width, height = self.size(self.titles)
        told = gettext("%(label)s（图片）", label=self.label)
        return IMAGE.format(self.ticket, width, height, told)


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
