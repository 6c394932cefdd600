"""Killed at any moment: every value that reached somebody has its committed entry.

Twenty kills in the quick suite; KEDANG_KILLS=200 is the whole proof.
"""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from crm import create_app
from tests import cast
from tests.entries import said

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Templates

KILLS = int(os.environ.get("KEDANG_KILLS", "20"))
CLIENTS = 3
SERVER = """
import sys
from crm import create_app
from waitress import serve
app = create_app({"TESTING": True, "WTF_CSRF_ENABLED": False})
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)], env=environment, stderr=subprocess.DEVNULL
    )
    for _try in range(1_800):  # a minute and a half: other tests keep the machine busy
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return server
    raise AssertionError("the server did not start")


def ask(
    port: int, method: str, path: str, form: dict[str, str], cookie: str = ""
) -> tuple[str, str]:
    """One request: (body when it came whole, the cookie)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
    if cookie:
        headers["Cookie"] = cookie
    try:
        connection.request(method, path, urlencode(form), headers)
        answer = connection.getresponse()
        return answer.read().decode(), (answer.headers.get("Set-Cookie") or "").split(";")[0]
    finally:
        connection.close()


def look(port: int, path: str, form: dict[str, str], cookie: str, seen: list[bool]) -> None:
    """Reveal again and again; note each time the value came, until the server is gone."""
    while True:
        try:
            body, _cookie = ask(port, "POST", path, form, cookie)
        except (OSError, http.client.HTTPException):
            return
        if 'src="/pictures/' in body:
            seen.append(True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_value_that_left_before_a_kill_has_its_entry(
    database: str, templates: Templates, tmp_path: Path
) -> None:
    settings = templates.settings(database, tmp_path / "instance")
    app = create_app(settings)
    planted = cast.planted(app)
    environment = os.environ | {
        name: value for name, value in settings.items() if name.startswith("CRM_")
    }
    form = {"field": f"contact.{planted.contact_id}.mobile", "purpose": "visit"}
    path, seen = f"/customers/{planted.customer_id}/reveal", []
    dice = random.Random(20261122)  # noqa: S311 - a test's dice
    for _kill in range(KILLS):
        port = free_port()
        server = started(port, environment)
        _body, cookie = ask(port, "POST", "/sign-in", {"login": "zhao", "password": cast.PASSWORD})
        threads = [
            threading.Thread(target=look, args=(port, path, form, cookie, seen))
            for _client in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(dice.uniform(0.01, 0.25))
        server.send_signal(signal.SIGKILL)
        server.wait()
        for thread in threads:
            thread.join()
        entries = said(app)
        assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
        written = sum(entry["action"] == "reveal" and entry["result"] == "ok" for entry in entries)
        assert written >= len(seen)
    assert seen, "nothing was revealed: the test proves nothing"
