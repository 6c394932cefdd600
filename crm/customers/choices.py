"""Choices: facts kept as one word of a few, and what the reader's language calls each word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.customers.contacts import EDUCATION_TITLES, GENDER_TITLES, ROLE_TITLES
from crm.customers.status import SOURCE_TITLES, STATUS_TITLES
from crm.disclosure.opened import Opened
from crm.web import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask_babel.speaklater import LazyString

TITLES: dict[str, Mapping[Any, LazyString]] = {
    "source": SOURCE_TITLES,
    "status": STATUS_TITLES,
    "contact.role": ROLE_TITLES,
    "contact.gender": GENDER_TITLES,
    "contact.education": EDUCATION_TITLES,
}
"""Field code → kept word → its title. A word that has none (an imported one) is shown as it is."""


@words.once
def titles() -> dict[str, dict[str, str]]:
    """The same in the reader's language: a page full of cells asks once."""
    return {code: {kept: str(one) for kept, one in all_.items()} for code, all_ in TITLES.items()}


def title(code: str, text: str) -> str:
    """What a kept word is called."""
    return titles()[code].get(text, text) if code in TITLES else text


def titled(code: str, value: Any) -> Any:
    """An opened choice by its title; every other value, sealed ones too, as it is."""
    known = titles().get(code) if code in TITLES else None
    return value.called(known) if known and isinstance(value, Opened) else value
