"""Every schema that was ever released still comes back, on either database, and opens."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from crm import create_app
from crm.backups import schema, taking
from crm.customers.cards import Customer
from crm.db import Base, db
from tests import cast, postgres
from tests.backups.freeze import KEY, RELEASED
from tests.backups.places import restored
from tests.conftest import DATABASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.conftest import Templates

FROZEN = sorted(RELEASED.glob("*.kedang"))


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, templates: Templates, tmp_path: Path) -> Iterator[Flask]:
    """An archive that is not there yet, with the frozen backups' own master key."""
    if request.param == "postgresql":
        postgres.need()
    key = tmp_path / "master.key"
    key.write_bytes(KEY)
    given = templates.nothing(request.param, tmp_path / "instance")
    made = create_app(given | {"CRM_MASTER_KEY_FILE": str(key)})
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    for thread in threading.enumerate():
        if thread.name.startswith("job-"):
            thread.join()
    with made.app_context():
        db.engine.dispose()
    templates.drop(made)


def test_the_first_schema_is_frozen():
    assert "0002" in {path.stem for path in FROZEN}


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: path.stem)
def test_a_released_schema_comes_back_and_opens(empty: Flask, path: Path):
    assert taking.head_of(path).revision == path.stem
    restored(empty, path)
    with empty.app_context():
        assert db.session.scalar(text("SELECT version_num FROM alembic_version")) == schema.head()
        customer_id = db.session.scalars(select(Customer.id)).one()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
    zhao = empty.test_client()
    given = {"login": "zhao", "password": cast.PASSWORD}
    assert zhao.post("/sign-in", data=given).status_code == 302
    zhao.post("/me/pledge", data={"agreed": "1"})  # asked for since; nobody had pledged then
    card = f"/customers/{customer_id}"
    assert zhao.post(f"{card}/open", data={"purpose": "visit"}).status_code == 303
    page = zhao.get(card).text
    assert cast.SECRETS["traits"] in page
    assert cast.FOLLOW_UP in page
