"""`crm doctor` and the second factor: whether it is asked for, and who has none yet."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from crm.accounts.people import Person
from crm.cli import house, main
from crm.db import db
from tests.crypto.meddling import run

if TYPE_CHECKING:
    from flask import Flask

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def here(app, monkeypatch) -> Flask:
    """The archive of the application, named in the environment, without a word on factors."""
    for name in [name for name in os.environ if name.startswith("CRM_")]:
        monkeypatch.delenv(name)
    settings = app.extensions["kedang.settings"]
    monkeypatch.setenv("CRM_INSTANCE", str(settings.instance))
    monkeypatch.setenv("CRM_MASTER_KEY_FILE", str(settings.master_key_file))
    return app


def told() -> tuple[str, str]:
    """What the doctor finds."""
    ran = CliRunner().invoke(main, ["doctor", "--json"])
    found = [one for one in json.loads(ran.stdout)["findings"] if one["name"] == "second factor"]
    assert len(found) == 1, ran.output
    return found[0]["state"], found[0]["sentence"]


@on_sqlite
def test_it_counts_who_must_have_one_and_has_none(here):
    state, sentence = told()
    assert state == "warn"
    assert "required" in sentence
    assert " 7 of those" in sentence, "four executives, three salespeople"
    run(here, update(Person).values(second_factor=True))
    assert told() == ("ok", "required for posts that may open; everybody who must has one")


@on_sqlite
@pytest.mark.usefixtures("here")
def test_it_says_that_it_is_off(monkeypatch):
    monkeypatch.setenv("CRM_SECOND_FACTOR", "off")
    assert told() == ("warn", "off (CRM_SECOND_FACTOR): a password alone opens the archive")


@on_sqlite
def test_it_says_that_a_demonstration_company_starts_without(here):
    here.extensions["kedang.settings"].demo_mark.touch()
    assert told() == ("warn", "off (a demonstration company): a password alone opens the archive")


def test_a_company_built_while_the_program_runs_is_not_asked(templates, tmp_path, monkeypatch):
    given = templates.nothing("sqlite", tmp_path / "empty")
    for name, value in given.items():
        if name.startswith("CRM_") and name != "CRM_SECOND_FACTOR":
            monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("CRM_SECOND_FACTOR", raising=False)
    monkeypatch.setattr(house, "build_company", lambda: None)
    app = house.establish()
    assert app.extensions["kedang.must_prove"]
    assert house.fill_demo(app)
    assert not app.extensions["kedang.must_prove"]
    with app.app_context():
        db.engine.dispose()
