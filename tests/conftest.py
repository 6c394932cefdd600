"""What tests stand on: a real database of each kind, an application, the cast, its clients."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from flask_migrate import upgrade

from crm import create_app
from crm.cli.house import make_keys
from crm.crypto import keyring
from crm.db import db
from tests import cast, postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

DATABASES = ("sqlite", "postgresql")

hypothesis.settings.register_profile("house", deadline=None)  # a busy machine is no mistake
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def master_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One master key for the whole run, outside every instance."""
    path = tmp_path_factory.mktemp("keys") / "master.key"
    keyring.make_master_key(path)
    return path


class Templates:
    """A migrated database with keys and the cast, of each kind, copied for every test."""

    def __init__(self, folder: Path, key: Path) -> None:
        self.folder, self.key = folder, key
        self.stack = ExitStack()
        self.cluster: str | None = None
        self.made: set[str] = set()
        self.count = 0

    def settings(self, kind: str, instance: Path) -> dict[str, Any]:
        """Settings of a fresh copy for one test."""
        given = {
            "CRM_INSTANCE": str(instance),
            "CRM_MASTER_KEY_FILE": str(self.key),
            "CRM_SECOND_FACTOR": "off",
            "TESTING": True,
        }
        if kind.startswith("sqlite"):
            instance.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._sqlite(kind), instance / "kedang.db")
            return given
        return given | {"CRM_DATABASE_URL": self._postgresql()}

    def nothing(self, kind: str, instance: Path) -> dict[str, Any]:
        """Settings of an archive that is not there yet, not even its tables."""
        given = {
            "CRM_INSTANCE": str(instance),
            "CRM_MASTER_KEY_FILE": str(self.key),
            "CRM_SECOND_FACTOR": "off",
            "TESTING": True,
        }
        if kind == "sqlite":
            return given
        if self.cluster is None:
            self._postgresql()
        assert self.cluster
        self.count += 1
        name = f"empty_{os.getpid()}_{self.count}"
        return given | {"CRM_DATABASE_URL": postgres.create_database(self.cluster, name)}

    def drop(self, app: Flask) -> None:
        """Remove a test's PostgreSQL database: hundreds would fill the disk."""
        with app.app_context():
            url = db.engine.url
        if self.cluster and url.database and url.get_backend_name() == "postgresql":
            postgres.drop_database(self.cluster, url.database)

    def _sqlite(self, kind: str) -> Path:
        instance = self.folder / kind
        if kind not in self.made:
            self._fill(
                {
                    "CRM_INSTANCE": str(instance),
                    "CRM_MASTER_KEY_FILE": str(self.key),
                    "TESTING": True,
                },
                "sm" if kind == "sqlite-sm" else "aes",
            )
            self.made.add(kind)
        return instance / "kedang.db"

    def _postgresql(self) -> str:
        if self.cluster is None:
            self.cluster = self.stack.enter_context(postgres.cluster())
            url = postgres.create_database(self.cluster, "template_kedang")
            given = {
                "CRM_INSTANCE": str(self.folder / "pg"),
                "CRM_MASTER_KEY_FILE": str(self.key),
                "CRM_DATABASE_URL": url,
                "TESTING": True,
            }
            self._fill(given)
        self.count += 1
        return postgres.create_database(
            self.cluster, f"test_{os.getpid()}_{self.count}", "template_kedang"
        )

    def _fill(self, given: dict[str, Any], suite: str = "aes") -> None:
        app = create_app(given)
        with app.app_context():
            upgrade()
            make_keys(suite)
        cast.hire(app)
        with app.app_context():
            if db.engine.dialect.name == "sqlite":
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, master_key: Path) -> Iterator[Templates]:
    """The databases that tests copy."""
    made = Templates(tmp_path_factory.mktemp("templates"), master_key)
    with made.stack:
        yield made


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn.

    `@pytest.mark.parametrize("database", ["sqlite"], indirect=True)` takes one; `sqlite-sm` is an
    archive that was made with the second suite.
    """
    kind: str = request.param
    if kind == "postgresql":
        postgres.need()
    return kind


@pytest.fixture
def app(database: str, templates: Templates, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh archive with the cast hired."""
    made = create_app(templates.settings(database, tmp_path / "instance"))
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    for thread in threading.enumerate():
        if thread.name.startswith("job-"):
            thread.join()  # it gives its connection back before the pool closes
    with made.app_context():
        db.engine.dispose()
    templates.drop(made)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A client signed in as one of the cast."""

    def sign_in(login: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/sign-in", data={"login": login, "password": cast.PASSWORD})
        assert answer.status_code == 302, answer.text
        return client

    return sign_in


@pytest.fixture
def planted(app: Flask) -> cast.Planted:
    """A customer of zhao's with a marker in every sealed field."""
    return cast.planted(app)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """In CI nothing may be skipped: a part that is missing fails the run."""
    outcome: Any = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
