"""Finding: whether a marker stands in a response, however it was written there."""

from __future__ import annotations

import base64
import html
import json
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote
from zipfile import BadZipFile, ZipFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response

    from tests.walk.planting import Marker

ZIP = b"PK\x03\x04"


def spellings(text: str) -> tuple[str, ...]:
    """A text as pages, addresses, JSON and data: URLs may spell it."""
    written = (
        text,
        html.escape(text),
        quote(text),
        json.dumps(text)[1:-1],
        base64.b64encode(text.encode()).decode(),
        text.replace("-", ""),
    )
    return tuple(dict.fromkeys(written))


class Finder:
    """Looks for many markers at once."""

    def __init__(self, markers: Iterable[Marker]) -> None:
        self.spelt = [
            (spelling, marker) for marker in markers for spelling in spellings(marker.text)
        ]

    def found(self, response: Response) -> list[Marker]:
        """The markers in headers and body."""
        return self.within(shown(response))

    def within(self, text: str, sent: str = "") -> list[Marker]:
        """The markers in a text, except those that the request itself carried."""
        hits = dict.fromkeys(marker for spelling, marker in self.spelt if spelling in text)
        return [marker for marker in hits if marker.text not in sent]


def shown(response: Response) -> str:
    """Everything a client receives, as one text; a workbook is unpacked."""
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{response.status}\n{head}\n{_body(response.data)}"


def _body(content: bytes) -> str:
    if not content.startswith(ZIP):
        return content.decode("utf-8", "replace")
    try:
        with ZipFile(BytesIO(content)) as parts:
            return html.unescape(
                b"\n".join(parts.read(name) for name in parts.namelist()).decode("utf-8", "replace")
            )
    except BadZipFile:
        return content.decode("utf-8", "replace")
