"""Rotation: killed at any point while people read and write, it loses nothing and ends whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from bench import archive
from bench.rotation import rotated
from crm.cli import keys
from crm.crypto import keyring, rotation
from crm.crypto.keyring import DataKey, Key, Keyring
from crm.db import db, uuid7
from crm.errors import CannotOpen, Invalid, KeyMissing
from crm.web import unit
from tests import entries, postgres
from tests.crypto.meddling import flipped, run

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS, KILLS = 400, 3
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_a_rotation_that_is_killed_again_and_again_while_people_work(database: str, tmp_path: Path):
    place = archive.made(tmp_path / "built", CUSTOMERS)
    if database == "sqlite":
        turned = rotated(place, database, KILLS)
    else:
        with postgres.cluster() as url:
            moved = archive.moved(place, tmp_path / "pg", postgres.create_database(url, "kedang"))
            turned = rotated(moved, database, KILLS)
    assert turned.kills > 0
    assert turned.reads > 20
    assert turned.writes > 5
    assert (turned.failed_reads, turned.failed_writes) == ([], [])
    assert (turned.left, turned.still_opened) == (0, 0)


def versions(app) -> dict[int, int]:
    """How many data keys each version wraps."""
    counted = select(DataKey.key_version, func.count()).group_by(DataKey.key_version)
    return dict(run(app, counted))


def states(app) -> list[tuple[int, str]]:
    wanted = select(Key.version, Key.state).where(Key.purpose == keyring.RECORD)
    return [tuple(row) for row in run(app, wanted.order_by(Key.version))]


@pytest.fixture
def rooms(app):
    """Many data keys, more than one batch of them."""
    with app.test_request_context(), unit.work():
        ring = keyring.current()
        db.session.add_all(ring.new_data_key(uuid7())[0] for _ in range(rotation.BATCH + 50))
        db.session.flush()
    return app


def step(app, act):
    """One step of a rotation, committed as the command does."""
    with app.test_request_context(), unit.work():
        return act(keyring.current())


@on_sqlite
def test_cut_off_after_any_step_the_next_rotation_goes_on(rooms):
    """After the pending key, after promoting, after one batch: it never begins another one."""
    assert step(rooms, rotation.begin) == 2
    assert states(rooms) == [(1, "primary"), (2, "pending")]
    assert step(rooms, rotation.begin) == 2
    assert step(rooms, lambda _ring: rotation.promote(2))
    assert not step(rooms, lambda _ring: rotation.promote(2))
    assert step(rooms, rotation.begin) == 2
    assert step(rooms, lambda ring: rotation.rewrap(ring, set())) == rotation.BATCH
    assert set(versions(rooms)) == {1, 2}
    with rooms.test_request_context():
        assert keys.turn()[0] == 2
    assert set(versions(rooms)) == {2}
    assert states(rooms) == [(1, "decrypt-only"), (2, "primary")]
    with rooms.test_request_context():
        assert keys.turn()[0] == 3
    said = [(one["action"], one["detail"]["version"]) for one in entries.said(rooms)
            if one["action"].startswith("key_")]  # fmt: skip
    assert said == [("key_rewrapped", 2), ("key_rotated", 3), ("key_rewrapped", 3)]


@on_sqlite
def test_a_key_in_use_is_not_retired(rooms):
    step(rooms, rotation.begin)
    step(rooms, lambda _ring: rotation.promote(2))
    for version, why in ((1, "still wrapped"), (2, "is primary"), (3, "no record key")):
        with pytest.raises(Invalid, match=why):
            step(rooms, lambda _ring, version=version: rotation.retire(version))
    assert states(rooms) == [(1, "decrypt-only"), (2, "primary")]


@on_sqlite
def test_a_process_that_knew_the_old_key_alone_wraps_with_the_new_one(rooms):
    """What it brings in after the promotion must outlive the old key."""
    old = Keyring(rooms.extensions["kedang.keyring"]._master)
    with rooms.test_request_context():
        old.key(keyring.RECORD)
        db.session.rollback()
        keys.turn()
        row, key = old.new_data_key(uuid7())
        assert row.key_version == 2
        with unit.work():
            rotation.retire(1)
        fresh = Keyring(old._master)
        assert fresh.open_data_key(row.owner_id, 1, 2, row.wrapped) == key
        with pytest.raises(KeyMissing):
            fresh.key(keyring.RECORD, 1)
    assert run(rooms, select(Key.wrapped).where(Key.version == 1, Key.purpose == "record")) == [
        (b"",)
    ]


@on_sqlite
def test_a_damaged_data_key_does_not_hold_up_the_others(rooms):
    ((owner, wrapped),) = run(rooms, select(DataKey.owner_id, DataKey.wrapped).limit(1))
    here = update(DataKey).where(DataKey.owner_id == owner)
    run(rooms, here.values(wrapped=flipped(wrapped, 20)))
    with (
        rooms.test_request_context(),
        pytest.raises(ValueError, match=f"1 data keys are damaged.*{owner}"),
    ):
        keys.turn()
    assert versions(rooms)[1] == 1
    with pytest.raises(Invalid, match="1 data keys are still wrapped"):
        step(rooms, lambda _ring: rotation.retire(1))


@on_sqlite
def test_under_another_master_key_the_old_one_opens_nothing(rooms):
    old, new = rooms.extensions["kedang.keyring"]._master, bytes(range(32))
    with pytest.raises(KeyMissing):
        step(rooms, lambda _ring: rotation.under(new, old))
    assert step(rooms, lambda _ring: rotation.under(old, new)) == 2
    with rooms.app_context():
        kept = db.session.execute(keyring.KEPT).all()
        assert rotation.opens(new, kept)
        assert not rotation.opens(old, kept)
        with pytest.raises(CannotOpen):
            keyring.unwrap(rotation.SUITES[1], old, kept[0].wrapped, b"")
