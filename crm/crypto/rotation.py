"""Rotation: a key's life – pending, primary, decrypt-only, retired – and other master keys.

Each function is one step inside a writing unit of the caller's; killed between two of them, the
next call goes on. Data keys are wrapped anew, never changed: no value is opened or sealed for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from crm.crypto.keyring import (
    DECRYPT_ONLY,
    PENDING,
    PRIMARY,
    RECORD,
    RETIRED,
    WRONG_MASTER,
    DataKey,
    Key,
    data_key_bound,
    key_bound,
    unwrap,
    wrap,
)
from crm.crypto.suites import SUITES
from crm.db import db, run
from crm.errors import CannotOpen, Invalid, KeyMissing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from crm.crypto.keyring import Keyring

BATCH = 200
"""Data keys in one transaction: some milliseconds with the writer's lock, then others write."""
REWRAP = (
    update(DataKey)
    .where(DataKey.owner_id == bindparam("owner"), DataKey.key_version == bindparam("old"))
    .values(key_version=bindparam("new"), wrapped=bindparam("box"))
)


def states() -> list[dict[str, Any]]:
    """Every key of the house, oldest first, and how many data keys each one wraps."""
    counted = select(DataKey.key_version, func.count()).group_by(DataKey.key_version)
    held = {row[0]: row[1] for row in run(counted)}
    wanted = select(Key.purpose, Key.version, Key.state, Key.suite, Key.made_at)
    return [
        {
            "purpose": row.purpose,
            "version": row.version,
            "state": row.state,
            "suite": SUITES[row.suite].name,
            "made_at": row.made_at,
            "data_keys": held.get(row.version, 0) if row.purpose == RECORD else None,
        }
        for row in run(wanted.order_by(Key.purpose, Key.version))
    ]


def begin(ring: Keyring) -> int:
    """The version that all data keys shall have: a new pending key, or one cut off half-way."""
    _secret, suite, _version = ring.key(RECORD)
    known: dict[int, str] = {row.version: row.state for row in run(_records())}
    pending = next((one for one, state in known.items() if state == PENDING), None)
    if pending:
        return pending
    primary = next(one for one, state in known.items() if state == PRIMARY)
    if left():
        return primary
    version = max(known) + 1
    db.session.add(ring.make(RECORD, suite=suite, version=version, state=PENDING))
    db.session.flush()
    return version


def promote(version: int) -> bool:
    """Make a pending key the primary one; False when it is that already."""
    here = (Key.purpose == RECORD, Key.version == version)
    if db.session.scalar(select(Key.state).where(*here)) == PRIMARY:
        return False
    before = update(Key).where(Key.purpose == RECORD, Key.state == PRIMARY)
    run(before.values(state=DECRYPT_ONLY))
    run(update(Key).where(*here).values(state=PRIMARY))
    return True


def left() -> int:
    """How many data keys are wrapped by a version that is not primary any more."""
    older = [row.version for row in run(_records()) if row.state != PRIMARY]
    return _wrapped_by(older)


def rewrap(ring: Keyring, spoilt: set[UUID]) -> int:
    """Wrap a batch of data keys anew; how many there were. Those that do not open join `spoilt`."""
    older = [row.version for row in run(_records()) if row.state == DECRYPT_ONLY]
    wanted = select(DataKey.owner_id, DataKey.version, DataKey.key_version, DataKey.wrapped)
    of_older = wanted.where(DataKey.key_version.in_(older), DataKey.owner_id.not_in(spoilt))
    rows = run(of_older.limit(BATCH)).all()
    primary = db.session.scalar(
        select(Key.version).where(Key.purpose == RECORD, Key.state == PRIMARY)
    )
    wrapping, suite, new = ring.key(RECORD, primary)
    made = []
    for row in rows:
        try:
            key = ring.open_data_key(*row)
        except CannotOpen:
            spoilt.add(row.owner_id)
            continue
        bound = data_key_bound(row.owner_id, row.version)
        box = wrap(SUITES[suite], wrapping, key.secret, bound)
        made.append({"owner": row.owner_id, "old": row.key_version, "new": new, "box": box})
    if made:
        run(REWRAP, made)
    return len(rows)


def retire(version: int) -> None:
    """Destroy a key that wraps nothing any more. Raises Invalid when it is still needed."""
    here = (Key.purpose == RECORD, Key.version == version)
    state = db.session.scalar(select(Key.state).where(*here))
    if state is None:
        raise Invalid(f"there is no record key of version {version}")
    if state == RETIRED:
        raise Invalid(f"version {version} is retired already")
    if state != DECRYPT_ONLY:
        raise Invalid(f"version {version} is {state}: rotate first, then retire the old version")
    if held := _wrapped_by([version]):
        raise Invalid(
            f"{held} data keys are still wrapped by version {version}: "
            "run `crm keys rotate` to its end first"
        )
    run(update(Key).where(*here).values(state=RETIRED, wrapped=b""))


def opens(master: bytes, kept: Iterable[Any]) -> bool:
    """Whether this master key opens all of these wrapped keys (rows of KEPT)."""
    try:
        for row in kept:
            bound = key_bound(row.purpose, row.version)
            unwrap(SUITES[row.suite], master, bytes(row.wrapped), bound)
    except (CannotOpen, KeyError):
        return False
    return True


def under(old: bytes, new: bytes) -> int:
    """Wrap every key of the house by another master key; how many. Raises KeyMissing."""
    kept = select(Key.purpose, Key.version, Key.suite, Key.wrapped).where(Key.state != RETIRED)
    rows = run(kept).all()
    if not opens(old, rows):
        raise KeyMissing(WRONG_MASTER)
    for row in rows:
        suite, bound = SUITES[row.suite], key_bound(row.purpose, row.version)
        secret = unwrap(suite, old, row.wrapped, bound)
        here = update(Key).where(Key.purpose == row.purpose, Key.version == row.version)
        run(here.values(wrapped=wrap(suite, new, secret, bound)))
    return len(rows)


def _records() -> Any:
    return select(Key.version, Key.state).where(Key.purpose == RECORD, Key.state != RETIRED)


def _wrapped_by(versions: Iterable[int]) -> int:
    counted = select(func.count()).where(DataKey.key_version.in_(list(versions)))
    return db.session.scalar(counted) or 0
