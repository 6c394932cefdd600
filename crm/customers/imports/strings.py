"""The texts that a workbook's cells share, and how a spreadsheet writes a character it may not."""

from __future__ import annotations

import re
from typing import IO

from crm.customers.imports.grid import Limits, damaged
from crm.customers.imports.markup import Attributes, Markup

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class TextCollector(Markup):
    """Collects the runs of one rich text, without the reading hints beside them."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self._room = 0
        self._pieces: list[str] = []
        self._in_hint = False
        self.on("t", self._listen, self._stop_listening)
        self.on("rPh", self._enter_hint, self._leave_hint)

    def begin(self) -> None:
        """A new text; what is beyond any limit of ours is not even kept."""
        self._pieces = []
        self._room = self._limits.cell_characters

    def text(self) -> str:
        """The text collected since its beginning."""
        return unescaped("".join(self._pieces))

    def _listen(self, _attributes: Attributes) -> None:
        if not self._in_hint:
            self.hear(self._take)

    def _stop_listening(self) -> None:
        self.hear(None)

    def _take(self, piece: str) -> None:
        if self._room > 0:
            self._pieces.append(piece[: self._room])
            self._room -= len(piece)

    def _enter_hint(self, _attributes: Attributes) -> None:
        self._in_hint = True

    def _leave_hint(self) -> None:
        self._in_hint = False


class _SharedTexts(TextCollector):
    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.texts: list[str] = []
        self._characters = 0
        self.on("si", self._item, self._item_ends)

    def _item(self, _attributes: Attributes) -> None:
        self.begin()

    def _item_ends(self) -> None:
        text = self.text()
        self._characters += len(text)
        if (
            len(self.texts) == self._limits.shared_texts
            or self._characters > self._limits.shared_characters
        ):
            raise damaged()
        self.texts.append(text)


def shared_texts(stream: IO[bytes], limits: Limits) -> list[str]:
    """The table of shared texts; cells refer to it by number, so it must be at hand."""
    markup = _SharedTexts(limits)
    for _piece in markup.feed(stream):
        pass
    return markup.texts


def unescaped(text: str) -> str:
    """Undo _x000D_ and its like."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    return character if not "\ud800" <= character <= "\udfff" else ""
