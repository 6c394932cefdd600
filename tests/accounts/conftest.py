"""What these tests stand on beside the rest: a house that asks for a second factor."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crm import clock, create_app
from crm.db import db

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.conftest import Templates


@pytest.fixture(autouse=True)
def step() -> Iterator[None]:
    """Every test begins with a code's half minute: on a busy machine none ends in between."""
    with clock.turned(timedelta(seconds=30 - clock.now().timestamp() % 30)):
        yield


@pytest.fixture
def strict(database: str, templates: Templates, tmp_path: Path) -> Iterator[Flask]:
    """The application where posts that may open must have a second factor."""
    given = templates.settings(database, tmp_path / "strict")
    made = create_app(given | {"CRM_SECOND_FACTOR": "required"})
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    with made.app_context():
        db.engine.dispose()
    templates.drop(made)
