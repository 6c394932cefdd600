"""Masks on cards, computed here and never stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.crypto.uses import use

if TYPE_CHECKING:
    from crm.crypto.sealed import RecordKey
    from crm.disclosure.opened import Item

_open = use("mask")


def mask(key: RecordKey, item: Item) -> str | None:
    """138****5678 and the like; None where the field has no mask. Raises CannotOpen."""
    if item.field.mask is None or item.sealed is None:
        return None
    return item.field.mask(_open(key, item.where(), item.sealed))
