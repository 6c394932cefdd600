"""`crm keys` and `crm init --suite`, as whoever runs the server types them."""

from __future__ import annotations

import base64
import json
import os
import runpy
import stat
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crm import config
from crm.cli import main
from crm.crypto import envelope
from crm.errors import KeyMissing

if TYPE_CHECKING:
    from pathlib import Path

WRONG = "the master key is not the one"


@pytest.fixture
def house(tmp_path, monkeypatch) -> Path:
    """A folder for an archive and its key, named in the environment."""
    for name in [name for name in os.environ if name.startswith("CRM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CRM_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("CRM_MASTER_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("CRM_SECOND_FACTOR", "off")
    return tmp_path


def crm(*words: str, typed: str = "", status: int = 0) -> str:
    """What a command prints, on either output."""
    ran = CliRunner().invoke(main, words, input=typed)
    assert ran.exit_code == status, ran.output
    return ran.output


def keys() -> list[tuple[str, int, str]]:
    told = json.loads(crm("keys", "status", "--json"))
    return [
        (one["suite"], one["version"], one["state"]) for one in told if one["purpose"] == "record"
    ]


@pytest.mark.parametrize(("suite", "name"), [("aes", "AES-256-GCM"), ("sm", "SM4-GCM")])
@pytest.mark.usefixtures("house")
def test_a_key_is_rotated_and_retired(suite, name):
    assert json.loads(crm("init", "--suite", suite, "--json"))["suite"] == suite
    crm("people", "add", "zhao", "--name", "赵", "--role", "salesperson", "--password-stdin",
        typed="correct horse staple\n")  # fmt: skip
    assert "still wrapped" not in crm("keys", "retire", "1", status=1)
    told = json.loads(crm("keys", "rotate", "--json"))
    assert (told["version"], told["rewrapped"], told["left"]) == (2, 1, 0)
    assert keys() == [(name, 1, "decrypt-only"), (name, 2, "primary")]
    assert "rotate first" in crm("keys", "retire", "2", status=1)
    assert "opens nothing" in crm("keys", "retire", "1")
    assert "retired already" in crm("keys", "retire", "1", status=1)
    assert "no record key" in crm("keys", "retire", "9", status=1)
    assert keys() == [(name, 1, "retired"), (name, 2, "primary")]
    other = "aes" if suite == "sm" else "sm"
    assert "another suite needs a new archive" in crm("init", "--suite", other, status=1)
    assert json.loads(crm("init", "--json"))["suite"] == suite


def test_with_a_wrong_master_key_nothing_is_touched(house):
    crm("init")
    database = house / "instance" / "kedang.db"
    (house / "key").write_bytes(base64.b64encode(bytes(32)))
    before = database.read_bytes()
    for words in (["init"], ["keys", "status"], ["keys", "rotate"], ["keys", "retire", "1"],
                  ["keys", "rewrap-master"], ["keys", "envelope", str(house / "e.html")],
                  ["customers", "tidy"], ["run", "--no-demo", "--port", "1"]):  # fmt: skip
        assert WRONG in crm(*words, status=1), words
    with pytest.raises(KeyMissing, match=WRONG):
        runpy.run_path(str(config.ROOT / "wsgi.py"))
    assert database.read_bytes() == before
    assert sorted(path.name for path in house.iterdir()) == ["instance", "key"]


def test_a_lost_master_key_is_not_hidden_by_a_new_one(house):
    crm("init")
    (house / "key").unlink()
    assert "nothing was changed" in crm("init", status=1)
    assert not (house / "key").exists()


def test_the_envelope_brings_the_master_key_back(house):
    crm("init")
    page = house / "envelope.html"
    crm("keys", "envelope", str(page))
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "is there already" in crm("keys", "envelope", str(page), status=1)
    kept = (house / "key").read_bytes()
    assert kept.strip() not in page.read_bytes()
    groups = envelope.written(base64.b64decode(kept))
    assert all(f"<b>{one[:4]}</b><i>{one[4:]}</i>" in page.read_text() for one in groups)
    assert "already" in crm("keys", "restore-master", typed=" ".join(groups), status=1)
    (house / "key").unlink()
    wrong = [*groups[:6], groups[6][::-1], *groups[7:]]
    assert "group 7" in crm("keys", "restore-master", typed=" ".join(wrong), status=1)
    other = envelope.written(bytes(range(32)))
    assert "not the key of this archive" in crm(
        "keys", "restore-master", typed="\n".join(other), status=1
    )
    assert not (house / "key").exists()
    assert "it opens this archive" in crm("keys", "restore-master", typed="\n".join(groups).lower())
    assert (house / "key").read_bytes() == kept
    assert stat.S_IMODE((house / "key").stat().st_mode) == 0o600


def test_an_envelope_does_not_lie_beside_what_it_opens(house):
    crm("init")
    inside = house / "instance" / "envelope.html"
    assert "must not lie inside" in crm("keys", "envelope", str(inside), status=1)


def test_the_master_key_is_changed(house):
    crm("init")
    before = (house / "key").read_bytes()
    crm("keys", "rewrap-master")
    assert (house / "key.old").read_bytes() == before != (house / "key").read_bytes()
    assert keys() == [("AES-256-GCM", 1, "primary")]
    assert "still there" in crm("keys", "rewrap-master", status=1)
    (house / "key").write_bytes(before)
    assert WRONG in crm("keys", "status", status=1)


@pytest.mark.parametrize("moved", [False, True])
def test_a_change_cut_off_before_the_renaming_is_finished(house, moved):
    """The keys are under the new one already; the file of the old one may have moved or not."""
    crm("init")
    crm("keys", "rewrap-master")
    (house / "key").rename(house / "key.new")
    if not moved:
        (house / "key.old").rename(house / "key")
        assert WRONG in crm("keys", "status", status=1)
    crm("keys", "rewrap-master")
    assert keys() == [("AES-256-GCM", 1, "primary")]
    assert sorted(path.name for path in house.iterdir()) == ["instance", "key", "key.old"]


@pytest.mark.usefixtures("house")
def test_the_bin_is_tidied_by_hand_too():
    crm("init")
    assert json.loads(crm("customers", "tidy", "--json")) == {"shredded": 0, "rebuilt": []}
