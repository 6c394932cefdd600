"""A backup restored anywhere is the archive that was backed up, and says so in its log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crm.accounts.sessions import SignIn
from crm.audit.entry import LogEntry, leaf_hash
from crm.backups import records, taking
from crm.backups.records import columns
from crm.crypto import keyring, stream
from crm.crypto.stream import SealedReader
from crm.customers.cards import Customer
from crm.db import Base, db
from crm.errors import Invalid
from tests import cast
from tests.backups.places import everything, restored, taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

CHANGED = {"sign_ins", "log_entries"}
"""What a restore itself changes: sessions end, an entry is added."""


def test_every_row_comes_back_on_either_database(
    app: Flask, elsewhere: Flask, planted: cast.Planted, backup: Path
):
    assert planted
    before = everything(app)
    done = restored(elsewhere, backup)
    after = everything(elsewhere)
    assert {name for name in before if before[name] != after[name]} <= CHANGED
    assert len(set(after["log_entries"]) - set(before["log_entries"])) == 1
    assert set(before["log_entries"]) <= set(after["log_entries"])
    assert done.counts == {name: len(rows) for name, rows in before.items()}
    assert len(before["contacts"]) == 1
    assert len(before["blind_terms"]) > 3


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_second_backup_of_a_restored_archive_is_the_same_again(
    app: Flask, elsewhere: Flask, backup: Path, tmp_path: Path
):
    restored(elsewhere, backup)
    again = taken(elsewhere, tmp_path / "again.kedang")
    assert taking.head_of(again).log_size == taking.head_of(backup).log_size + 1
    assert everything(app)["people"] == everything(elsewhere)["people"]


def test_a_restored_value_opens_through_the_door(
    elsewhere: Flask, planted: cast.Planted, backup: Path
):
    restored(elsewhere, backup)
    zhao = elsewhere.test_client()
    given = {"login": "zhao", "password": cast.PASSWORD}
    assert zhao.post("/sign-in", data=given).status_code == 302
    card = f"/customers/{planted.customer_id}"
    assert zhao.post(f"{card}/open", data={"purpose": "visit"}).status_code == 303
    assert cast.SECRETS["traits"] in zhao.get(card).text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_log_says_which_backup_was_restored_and_stays_append_only(
    elsewhere: Flask, planted: cast.Planted, backup: Path
):
    assert planted
    head = taking.head_of(backup)
    restored(elsewhere, backup)
    with elsewhere.app_context():
        rows = db.session.scalars(select(LogEntry).order_by(LogEntry.seq)).all()
        assert [row.seq for row in rows] == list(range(1, head.log_size + 2))
        assert all(leaf_hash(row.text) == row.leaf for row in rows)
        said = json.loads(rows[-1].text)
        assert said["action"] == "restored"
        assert said["detail"]["leaf"] == head.log_leaf == rows[-2].leaf.hex()
        assert said["detail"]["made_at"] == head.made_at.isoformat()
        db.session.rollback()
        for verb in ("UPDATE log_entries SET action = 'x'", "DELETE FROM log_entries"):
            with pytest.raises(DBAPIError), db.engine.begin() as connection:
                connection.execute(text(verb))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_stays_signed_in(
    app: Flask, elsewhere: Flask, signed_in: Callable[[str], FlaskClient], tmp_path: Path
):
    signed_in("zhao")
    restored(elsewhere, taken(app, tmp_path / "signed-in.kedang"))
    with elsewhere.app_context():
        rows = db.session.scalars(select(SignIn)).all()
        assert rows
        assert all(row.ended_at for row in rows)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_new_cards_are_written_after_a_restore(elsewhere: Flask, backup: Path):
    """Indexes, keys and the log go on from where they were."""
    restored(elsewhere, backup)
    made = cast.planted(elsewhere)
    with elsewhere.app_context():
        assert db.session.get(Customer, made.customer_id)


@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)
def test_what_is_written_during_a_backup_is_not_half_in_it(
    app: Flask, elsewhere: Flask, tmp_path: Path
):
    """One snapshot: a card that is made while tables are read is in none of them."""
    cast.planted(app)
    path, later = tmp_path / "busy.kedang", []

    def told(_done: int, _total: int) -> None:
        if len(later) < 3:
            later.append(cast.customer(app, name=f"后来示例{len(later)}有限公司"))

    with app.test_request_context():
        taking.take(db.engine, keyring.current(), path, told)
    assert len(later) == 3
    restored(elsewhere, path)
    with elsewhere.app_context():
        assert db.session.scalars(select(Customer.name)).all() == [cast.NAME]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_table_is_forgotten(app: Flask, backup: Path):
    """Tables come from the models, and every column's kind is known."""
    with app.app_context(), backup.open("rb") as file:
        reader = SealedReader(file, records.MAGIC, keyring.current())
        said = {name: kinds for what, name, *kinds in _tables(reader) if what == "table"}
    assert said == {
        table.name: [[list(one) for one in columns(table)]] for table in Base.metadata.sorted_tables
    }


def _tables(reader: SealedReader):
    return (line for line in records.lines(reader) if line[0] == "table")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_backup_is_its_owners_alone_and_leaves_nothing_beside_it(backup: Path):
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in backup.parent.iterdir() if path.is_file()] == [backup.name]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_a_backup_is_written_over(app: Flask, backup: Path, tmp_path: Path):
    first = backup.read_bytes()
    assert taken(app, backup).read_bytes() != first
    other = tmp_path / "letter.txt"
    other.write_text("not a backup")
    with pytest.raises(Invalid, match="not written over"):
        taken(app, other)
    assert other.read_text() == "not a backup"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_place_that_cannot_be_written_is_said(app: Flask, tmp_path: Path):
    with pytest.raises(Invalid, match="cannot write"):
        taken(app, tmp_path / "nowhere" / "one.kedang")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_many_small_frames_are_one_backup(
    app: Flask, elsewhere: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "FRAME", 1000)
    monkeypatch.setattr(records, "GULP", 100)
    cast.planted(app)
    before = everything(app)
    restored(elsewhere, taken(app, tmp_path / "small.kedang"))
    assert everything(elsewhere)["customers"] == before["customers"]
