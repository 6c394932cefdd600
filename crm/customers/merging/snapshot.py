"""A snapshot: the rows that a merge touched, before and after, sealed under the merge's own key."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from crm.crypto import keyring
from crm.crypto.sealed import Sealed
from crm.crypto.uses import use_file
from crm.customers.merging import moves
from crm.db import db

if TYPE_CHECKING:
    from crm.customers.merging import Merge
    from crm.customers.merging.moves import Row, Rows

_open = use_file("snapshot")


class Touched(NamedTuple):
    """One row that a merge touched; None where there was none."""

    table: str
    key: tuple[Any, ...]
    before: Row | None
    after: Row | None


def keep(merge: Merge, before: Rows, after: Rows) -> None:
    """Seal what changed between the two into the merge's box."""
    said = [
        [name, _told(key), _row(old), _row(new)]
        for name, rows in before.items()
        for key in rows.keys() | after[name].keys()
        if not alike(old := rows.get(key), new := after[name].get(key))
    ]
    row, key = keyring.current().new_data_key(merge.id)
    db.session.add(row)
    merge.box = key.seal_bytes(merge.place(), json.dumps(said, separators=(",", ":")).encode())


def read(merge: Merge) -> list[Touched]:
    """What a merge touched. Raises CannotOpen when its box was meddled with."""
    key = keyring.current().record_key(merge.id)
    said = json.JSONDecoder().decode(_open(key, merge.place(), merge.box or b"").decode())
    return [
        Touched(name, tuple(_value(one) for one in key_), _fields(old), _fields(new))
        for name, key_, old, new in said
    ]


def alike(one: Row | None, other: Row | None) -> bool:
    """Whether two rows hold the same, box for box."""
    return _row(one) == _row(other)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, box for box."""
    return _plain(one) == _plain(other)


def _row(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else {name: _plain(value) for name, value in row.items()}


def _told(key: tuple[Any, ...]) -> list[Any]:
    return [_plain(one) for one in key]


def _plain(value: Any) -> list[Any]:
    """A value with what it is, as JSON keeps it."""
    if isinstance(value, Sealed):
        return ["box", base64.b64encode(value.box).decode()]
    if isinstance(value, UUID):
        return ["id", str(value)]
    if isinstance(value, datetime):
        return ["at", value.isoformat()]
    if isinstance(value, date):
        return ["day", value.isoformat()]
    if isinstance(value, bytes):
        return ["hash", base64.b64encode(value).decode()]
    return ["is", value]


def _fields(said: dict[str, Any] | None) -> moves.Row | None:
    return None if said is None else {name: _value(one) for name, one in said.items()}


def _value(said: list[Any]) -> Any:
    kind, value = said
    makers: dict[str, Any] = {
        "box": lambda text: Sealed(base64.b64decode(text)),
        "hash": base64.b64decode,
        "id": UUID,
        "at": datetime.fromisoformat,
        "day": date.fromisoformat,
        "is": lambda plain: plain,
    }
    return makers[kind](value)
