"""Killed in the middle: a restore leaves an empty archive that says so, a backup the old file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import cast
from tests.backups.places import everything, is_empty, taken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

PATIENCE = 240
DYING = """
import os, signal, sys
from crm.backups import databases, restoring, taking
at, left = sys.argv.pop(1), int(sys.argv.pop(1))
room, name = {"restoring": restoring, "databases": databases, "taking": taking}[
    at.partition(".")[0]], at.partition(".")[2]
real = getattr(room, name)
def counted(*given):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given)
setattr(room, name, counted)
from crm.cli import main
main()
"""
"""The program, which is killed when it calls one of its own functions once too often."""
RESTORING = (
    ("databases.clear", 0),
    ("restoring.whole", 0),
    ("restoring.whole", 6),
    ("databases.bring_back", 0),
    ("restoring._say", 0),
)
"""Before anything, in the middle of the rows, before the indexes, before the last word."""


def environment(app: Flask) -> dict[str, str]:
    settings = app.extensions["kedang.settings"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    return kept | {
        "CRM_INSTANCE": str(settings.instance),
        "CRM_MASTER_KEY_FILE": str(settings.master_key_file),
        "CRM_DATABASE_URL": settings.database_url,
        "CRM_SECOND_FACTOR": "off",
    }


def crm(env: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crm", *command],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
    )


def killed(env: Mapping[str, str], at: str, calls: int, *command: str) -> None:
    """Run a command that is killed at a call of one of its functions."""
    done = subprocess.run(
        [sys.executable, "-c", DYING, at, str(calls), *command],
        env=dict(env),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_killed_restore_leaves_nothing_and_says_so(app: Flask, elsewhere: Flask, tmp_path: Path):
    cast.planted(app)
    path, env = taken(app, tmp_path / "one.kedang"), environment(elsewhere)
    mark = elsewhere.extensions["kedang.settings"].restoring
    for at, calls in RESTORING:
        killed(env, at, calls, "restore", str(path))
        assert mark.exists()
        assert is_empty(elsewhere)
    for command in (["run", "--demo"], ["init", "--demo"]):
        refused = crm(env, *command)
        assert refused.returncode == 1
        assert "restore was cut off" in refused.stderr
    assert "was cut off" in crm(env, "doctor").stdout
    done = crm(env, "restore", str(path), "--json")
    assert done.returncode == 0, done.stderr
    assert not mark.exists()
    assert everything(elsewhere)["customers"] == everything(app)["customers"]
    assert crm(env, "init").returncode == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_killed_backup_leaves_the_older_one_whole(app: Flask, tmp_path: Path):
    cast.planted(app)
    folder = tmp_path / "kept"
    folder.mkdir()
    path, env = taken(app, folder / "one.kedang"), environment(app)
    before = path.read_bytes()
    killed(env, "taking.columns", 9, "backup", str(path))
    assert path.read_bytes() == before
    assert crm(env, "backup", str(path)).returncode == 0
    assert path.read_bytes() != before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_refused_restore_leaves_no_mark(app: Flask, tmp_path: Path):
    env = environment(app)
    refused = crm(env, "restore", str(taken(app, tmp_path / "one.kedang")))
    assert refused.returncode == 1
    assert "somebody lives in this archive" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not app.extensions["kedang.settings"].restoring.exists()
    unmade = env | {"CRM_INSTANCE": str(tmp_path / "unmade")}
    refused = crm(unmade, "backup", str(tmp_path / "two.kedang"))
    assert refused.returncode == 1
    assert "crm init" in refused.stderr
    assert "Traceback" not in refused.stderr
    other = tmp_path / "nothing.kedang"
    assert "cannot read" in crm(env, "restore", str(other)).stderr
