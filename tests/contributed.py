"""Contributed: a colleague's words that wait and a link that is open, for tests of every page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    SignedIn = Callable[[str], FlaskClient]

WORDS = {"source": "市场调查", "phone": "021-88331100", "contact.1.name": "Wu", "prose": "moving"}


def written(signed_in: SignedIn, name: str) -> str:
    """The id of a contribution of yuan's to a card of zhao's."""
    signed_in("yuan").post("/contributions/new", data=WORDS | {"name": name})
    waiting = signed_in("zhao").get("/contributions/waiting").text
    found = re.search(r"/contributions/([0-9a-f-]{36})", waiting)
    assert found
    return found[1]


def token(signed_in: SignedIn) -> str:
    """Of a link of zhao's that stays open."""
    found = re.search(r"/intake/([\w-]+)", signed_in("zhao").post("/intake-links").text)
    assert found
    return found[1]
