"""What cannot be restored – cut, altered, of another key, over the living – is left alone."""

from __future__ import annotations

import hashlib
import json
import random
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from crm import create_app
from crm.backups import records, schema, taking
from crm.crypto import keyring, stream
from crm.crypto.stream import SealedReader, SealedWriter
from crm.db import db
from crm.errors import CannotOpen, Invalid, KeyMissing
from tests import cast
from tests.backups.places import everything, is_empty, restored, taken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.conftest import Templates

FRAME = 700


@pytest.fixture
def database() -> str:
    """The file is the same from either."""
    return "sqlite"


@pytest.fixture
def backup(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup of many small frames."""
    monkeypatch.setattr(stream, "FRAME", FRAME)
    cast.planted(app)
    return taken(app, tmp_path / "one.kedang")


@pytest.fixture
def nowhere(templates: Templates, tmp_path: Path) -> Iterator[Flask]:
    """An empty archive on SQLite."""
    made = create_app(templates.nothing("sqlite", tmp_path / "nowhere"))
    yield made
    with made.app_context():
        db.engine.dispose()


def read_through(app: Flask, content: bytes, path: Path) -> list[object]:
    """Everything that a restore would read."""
    path.write_bytes(content)
    with app.app_context(), path.open("rb") as file:
        reader = SealedReader(file, records.MAGIC, keyring.current())
        return list(records.lines(reader))


def frames(content: bytes) -> tuple[bytes, list[bytes]]:
    """A backup's head and its frames."""
    at = len(records.MAGIC)
    at += 4 + int.from_bytes(content[at : at + 4], "big") + stream.DIGEST
    head, found = content[:at], []
    while at < len(content):
        length = 5 + int.from_bytes(content[at + 1 : at + 5], "big")
        found.append(content[at : at + length])
        at += length
    return head, found


def test_a_backup_cut_short_anywhere_is_refused(nowhere: Flask, backup: Path, tmp_path: Path):
    content = backup.read_bytes()
    head, parts = frames(content)
    assert len(parts) > 5
    edges = [0, 1, len(records.MAGIC), len(head) - 1, len(head), len(content) - 1]
    ends = [len(head) + sum(map(len, parts[:n])) for n in range(1, len(parts))]
    dice = random.Random(7)  # noqa: S311 - the same places every time
    for at in {*edges, *ends, *(dice.randrange(len(content)) for _ in range(60))}:
        with pytest.raises(CannotOpen):
            read_through(nowhere, content[:at], tmp_path / "cut.kedang")


def test_a_backup_with_one_byte_altered_is_refused(nowhere: Flask, backup: Path, tmp_path: Path):
    content = backup.read_bytes()
    head, _parts = frames(content)
    dice = random.Random(11)  # noqa: S311 - the same places every time
    places = {*range(0, len(head) + 6, 3), *(dice.randrange(len(content)) for _ in range(150))}
    for at in places:
        altered = bytearray(content)
        altered[at] ^= 1 << dice.randrange(8)
        with pytest.raises((CannotOpen, KeyMissing)):
            read_through(nowhere, bytes(altered), tmp_path / "altered.kedang")


def test_frames_swapped_doubled_left_out_or_added_are_refused(
    app: Flask, nowhere: Flask, backup: Path, tmp_path: Path
):
    head, parts = frames(backup.read_bytes())
    _head, strange = frames(taken(app, tmp_path / "two.kedang").read_bytes())
    last = bytes([1]) + parts[1][1:]
    for made in (
        [parts[1], parts[0], *parts[2:]],
        [parts[0], parts[0], *parts[1:]],
        [parts[0], *parts[2:]],
        [*parts[:2], *strange[2:]],
        [*parts, parts[-1]],
        [parts[0], last],
        [*parts, b"x"],
        strange,
    ):
        with pytest.raises(CannotOpen):
            read_through(nowhere, head + b"".join(made), tmp_path / "made.kedang")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a workbook", b"KEDANG-BACKUP-1\n" * 90])
def test_what_is_no_backup_is_refused(nowhere: Flask, tmp_path: Path, content: bytes):
    path = tmp_path / "other.kedang"
    path.write_bytes(content)
    with pytest.raises(CannotOpen):
        restored(nowhere, path)
    with pytest.raises(CannotOpen):
        taking.head_of(path)


def test_a_backup_altered_at_its_end_leaves_the_archive_empty(
    elsewhere: Flask, backup: Path, tmp_path: Path
):
    """Everything before the last part was written already: it is all taken back."""
    content = bytearray(backup.read_bytes())
    content[-1] ^= 1
    bad = tmp_path / "bad.kedang"
    bad.write_bytes(content)
    with pytest.raises(CannotOpen, match="altered"):
        restored(elsewhere, bad)
    assert is_empty(elsewhere)
    restored(elsewhere, backup)
    assert not is_empty(elsewhere)


def test_another_master_key_is_told_in_clear_words(
    backup: Path, templates: Templates, tmp_path: Path
):
    key = tmp_path / "other.key"
    keyring.make_master_key(key)
    given = templates.nothing("sqlite", tmp_path / "stranger") | {"CRM_MASTER_KEY_FILE": str(key)}
    stranger = create_app(given)
    with pytest.raises(KeyMissing, match="another master key"):
        restored(stranger, backup)
    assert is_empty(stranger)
    with stranger.app_context():
        db.engine.dispose()


def test_nobody_living_is_restored_over(app: Flask, elsewhere: Flask, backup: Path):
    restored(elsewhere, backup)
    before = everything(elsewhere)
    with pytest.raises(Invalid, match="somebody lives"):
        restored(elsewhere, backup)
    with pytest.raises(Invalid, match="somebody lives"):
        restored(app, backup)
    assert everything(elsewhere) == before


def test_a_database_with_other_tables_is_left_alone(elsewhere: Flask, backup: Path):
    with elsewhere.app_context(), db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (number INTEGER)"))
    with pytest.raises(Invalid, match="other tables"):
        restored(elsewhere, backup)
    with elsewhere.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM invoices")).scalar() == 0


def test_a_backup_of_a_later_release_is_refused(
    app: Flask, nowhere: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    monkeypatch.setattr(schema, "head", lambda: "9999")
    path = taken(app, tmp_path / "later.kedang")
    with pytest.raises(CannotOpen, match="later release"):
        restored(nowhere, path)
    assert is_empty(nowhere)


@pytest.mark.parametrize("wrong", ["gap", "rewritten", "fewer", "pointing"])
def test_a_backup_whose_contents_do_not_hold_together_is_refused(
    nowhere: Flask, backup: Path, tmp_path: Path, wrong: str
):
    """Sealed with the right key, but its log has a gap, or rows are missing: still refused."""
    lines = read_through(nowhere, backup.read_bytes(), tmp_path / "copy.kedang")
    head, _digest = stream.read_head(BytesIO(backup.read_bytes()), records.MAGIC)
    meddled = meddle(lines, wrong)
    path = tmp_path / "meddled.kedang"
    with nowhere.app_context(), path.open("wb") as file:
        out = records.Lines(SealedWriter(file, records.MAGIC, keyring.current(), head))
        for line in meddled:
            out.write(*line)
        out.close()
    with pytest.raises((CannotOpen, Invalid)):
        restored(nowhere, path)
    assert is_empty(nowhere)


def meddle(lines: list[object], wrong: str) -> list[list[object]]:
    """The lines of a backup that somebody with the key has changed."""
    made, at = json.loads(json.dumps(lines)), ""
    for line in made:
        at = line[1] if line[0] == "table" else at
        if line[0] != "rows":
            continue
        if wrong == "gap" and at == "log_entries":
            del line[1][2]
            line[1].append(line[1][0])
        if wrong == "rewritten" and at == "log_entries":
            line[1][1] = [
                one.replace("person_added", "person_adored") if isinstance(one, str) else one
                for one in line[1][1]
            ]
        if wrong == "fewer" and at == "follow_ups":
            line[1].clear()
        if wrong == "pointing" and at == "contacts":
            line[1][0] = [
                "0" * 32 if isinstance(one, str) and len(one) == 32 else one for one in line[1][0]
            ]
    return made


@pytest.mark.parametrize(
    ("facts", "why"),
    [({"suite": 9}, "does not know"), ({}, "lacks"), ({"suite": "aes"}, "lacks"), ([], "lacks")],
)
def test_a_head_that_names_no_suite_of_ours_is_refused(app: Flask, facts: object, why: str):
    """Put together anew with a digest that fits: whoever makes it has no key, but may try."""
    text = json.dumps(facts).encode()
    whole = records.MAGIC + len(text).to_bytes(4, "big") + text
    with app.app_context(), pytest.raises(CannotOpen, match=why):
        SealedReader(
            BytesIO(whole + hashlib.sha256(whole).digest()), records.MAGIC, keyring.current()
        )
