"""XML read as a stream and with suspicion: no document types, no entities, no great depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, NoReturn
from xml.parsers.expat import ParserCreate

from crm.customers.imports.grid import MEGABYTE, damaged

CHUNK = 64 * 1024
DEPTH = 64
TAGS = 200_000
"""How many elements a small part (a list of sheets, the styles) may have."""

SPREADSHEET = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)

Attributes = dict[str, str]


class Markup:
    """One XML part, read piece by piece; who inherits says what its elements mean."""

    def __init__(self) -> None:
        self._depth = 0
        self._starts: dict[str, Callable[[Attributes], None]] = {}
        self._ends: dict[str, Callable[[], None]] = {}
        self._parser = ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def on(
        self,
        tag: str,
        start: Callable[[Attributes], None],
        end: Callable[[], None],
    ) -> None:
        """Say what a spreadsheet's element means, in both namespaces that the format has had."""
        for space in SPREADSHEET:
            self._starts[f"{space}}}{tag}"] = start
            self._ends[f"{space}}}{tag}"] = end

    def hear(self, text: Callable[[str], None] | None) -> None:
        """Take character data from now on, or leave it."""
        self._parser.CharacterDataHandler = text

    def feed(self, stream: IO[bytes]) -> Iterator[None]:
        """Read on; a stop after each piece lets the caller take what has been gathered."""
        fed = 0
        while piece := stream.read(CHUNK):
            self._parser.Parse(piece, False)  # noqa: FBT003 - expat takes no keywords
            fed += len(piece)
            # An endless tag would be searched anew with every piece and kept in memory.
            if fed - self._parser.CurrentByteIndex > MEGABYTE:
                raise damaged()
            yield
        self._parser.Parse(b"", True)  # noqa: FBT003 - expat takes no keywords
        yield

    def element(self, name: str, attributes: Attributes) -> None:
        """An element that nobody asked for."""

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise damaged()
        start = self._starts.get(name)
        if start:
            start(attributes)
        else:
            self.element(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        end = self._ends.get(name)
        if end:
            end()


class _Tags(Markup):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes]] = []

    def element(self, name: str, attributes: Attributes) -> None:
        if len(self.found) == TAGS:
            raise damaged()
        self.found.append((_local(name), {_local(k): v for k, v in attributes.items()}))


def tags(stream: IO[bytes]) -> list[tuple[str, Attributes]]:
    """Every element of a small part with its attributes, without namespaces, in order."""
    markup = _Tags()
    for _piece in markup.feed(stream):
        pass
    return markup.found


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _refuse(*_doctype: object) -> NoReturn:
    raise damaged()
