"""Exact look-up: a blind index points at a few rows; here each is opened to see if it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.crypto.uses import use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from crm.crypto.sealed import RecordKey
    from crm.disclosure.opened import Item

_open = use("look-up")


def holders(
    rows: Iterable[tuple[UUID, Item]], keys: Mapping[UUID, RecordKey], fits: Callable[[str], bool]
) -> list[UUID]:
    """The records whose value fits. Nothing that was opened leaves this function."""
    found: dict[UUID, None] = {}
    for owner_id, item in rows:
        key = keys.get(owner_id)
        if key and item.sealed and fits(_open(key, item.where(), item.sealed)):
            found[owner_id] = None
    return list(found)
