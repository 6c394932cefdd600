"""What tests of backups stand on: a backup of the cast's archive, and empty archives elsewhere."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from crm import create_app
from crm.db import db
from tests import postgres
from tests.backups.places import taken
from tests.conftest import DATABASES, Templates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture
def backup(app: Flask, tmp_path: Path) -> Path:
    """A backup of what is there when this fixture is asked for."""
    return taken(app, tmp_path / "one.kedang")


@pytest.fixture(params=DATABASES)
def elsewhere(
    request: pytest.FixtureRequest, templates: Templates, tmp_path: Path
) -> Iterator[Flask]:
    """An application on an archive that has nothing yet, of each kind of database."""
    if request.param == "postgresql":
        postgres.need()
    made = create_app(templates.nothing(request.param, tmp_path / "elsewhere"))
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    for thread in threading.enumerate():
        if thread.name.startswith("job-"):
            thread.join()
    with made.app_context():
        db.engine.dispose()
    templates.drop(made)
