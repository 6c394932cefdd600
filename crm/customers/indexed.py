"""Indexed: which fields are found exactly, and the terms under which a value of them is found."""

from __future__ import annotations

from crm.customers import names

TAIL = 4
"""Last digits by which a mobile number is found."""


def _mobile_terms(text: str) -> dict[str, list[str]]:
    tail = [text[-TAIL:]] if len(text) >= TAIL else []
    return {"contact.mobile": [text], "contact.mobile4": tail}


def _name_terms(text: str) -> dict[str, list[str]]:
    return {"contact.name": [names.fold(text)]}


def _phone_terms(text: str) -> dict[str, list[str]]:
    return {"phone": ["".join(filter(str.isdigit, text))]}


INDEXED = {
    "contact.mobile": _mobile_terms,
    "contact.name": _name_terms,
    "phone": _phone_terms,
}
"""Field code → the blind-index terms of a value of it."""
