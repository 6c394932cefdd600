"""Revoked is revoked: the very next request finds it gone, whichever of four workers answers.

A hundred times in the quick suite; KEDANG_REVOCATIONS=1000 is the whole proof.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from crm import clock
from crm.access.grants import Grant, GrantCustomer
from crm.accounts.people import Person
from crm.db import db, uuid7
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from flask import Flask


TIMES = int(os.environ.get("KEDANG_REVOCATIONS", "100"))
WORKERS = 4


class Client:
    """One person's browser; every request comes on a connection of its own, to any worker."""

    def __init__(self, port: int, login: str) -> None:
        self.port, self.cookie = port, ""
        page = self.send("GET", "/sign-in")[1]
        token = self._token(page)
        form = {"login": login, "password": cast.PASSWORD, "csrf_token": token}
        assert self.send("POST", "/sign-in", form)[0] == 302
        self.token = self._token(self.send("GET", "/grants")[1])

    def _token(self, page: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found
        return found[1]

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": self.cookie, "Connection": "close"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            if cookie := answer.headers.get("Set-Cookie"):
                self.cookie = cookie.split(";")[0]
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def port(app: Flask, tmp_path: Path) -> Iterator[int]:
    """`crm run --workers 4` on the test's own database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    settings = app.extensions["kedang.settings"]
    environment = os.environ | {
        "CRM_INSTANCE": str(settings.instance),
        "CRM_MASTER_KEY_FILE": str(settings.master_key_file),
        "CRM_DATABASE_URL": str(settings.database_url),
        "CRM_SECOND_FACTOR": "off",
    }
    command = [sys.executable, "-m", "crm", "run", "--no-demo", "--port", str(free)]
    with (tmp_path / "said").open("wb") as said:
        server = subprocess.Popen(
            [*command, "--workers", str(WORKERS)], env=environment, stdout=said, stderr=said
        )
    try:
        for _try in range(1_200):
            try:
                socket.create_connection(("127.0.0.1", free), 0.2).close()
                break
            except OSError:
                assert server.poll() is None, (tmp_path / "said").read_text()
                time.sleep(0.1)
        yield free
    finally:
        server.terminate()
        server.wait(30)


def grant(customer_id: UUID, holder_id: UUID) -> UUID:
    """A grant in force."""
    with unit.work():
        now = clock.now()
        row = Grant(
            id=uuid7(), number=str(uuid7())[-20:], standing=False, holder_id=holder_id, meant=1,
            purpose="visit", acts="open reveal", level="secret", every=False, by_task=False,
            days=1, used=0, state="granted", asked_at=now, since=now,
            until=now + timedelta(days=1),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        db.session.add(GrantCustomer(grant_id=row.id, customer_id=customer_id))
        until = update(Person).where(Person.id == holder_id).values(granted_until=row.until)
        db.session.execute(until)
        return row.id


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_revoked_grant_opens_nothing_in_any_worker(app, planted, port):
    yuan, zong = Client(port, "yuan"), Client(port, "zong")
    card = f"/customers/{planted.customer_id}"
    with app.test_request_context():
        holder = cast.viewer("yuan").id
    before, after = [], []
    for _time in range(TIMES):
        with app.test_request_context():
            grant_id = grant(planted.customer_id, holder)
        before.append(yuan.send("GET", card)[0])
        form = {"csrf_token": zong.token}
        assert zong.send("POST", f"/grants/{grant_id}/revoke", form)[0] == 303
        after.append(yuan.send("GET", card)[0])
    assert before == [200] * TIMES
    assert after == [404] * TIMES
