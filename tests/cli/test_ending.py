"""Ending: told to end, the server answers what it has begun; all its workers end with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from waitress import wasyncore

from crm.cli import serving
from tests import postgres

PATIENCE = 90
CASES = [("sqlite", 1), ("postgresql", 3)]


@pytest.fixture
def house(templates, tmp_path: Path):
    """Start a server of this kind with so many workers; its process, its port."""
    running: list[subprocess.Popen] = []

    def start(kind: str, workers: int) -> tuple[subprocess.Popen, int]:
        if kind == "postgresql":
            postgres.need()
        given = templates.settings(kind, tmp_path / "instance")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = {name: value for name, value in given.items() if name.startswith("CRM_")}
        command = [sys.executable, "-m", "crm", "run", "--no-demo", "--port", str(port),
                   "--workers", str(workers)]  # fmt: skip
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        told = os.environ | settings
        running.append(subprocess.Popen(command, env=told, start_new_session=True, **quiet))
        _wait_until(lambda: _answers(port))
        processes = workers + 1 if workers > 1 else 1
        _wait_until(lambda: len(_family(running[0].pid)) == processes)
        return running[0], port

    yield start
    for one in running:
        for process in _family(one.pid):
            os.kill(process, signal.SIGKILL)
        one.wait(PATIENCE)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("kind", "workers"), CASES)
def test_a_server_that_is_told_to_end_takes_its_workers_with_it(house, kind, workers, how):
    running, port = house(kind, workers)
    running.send_signal(how)
    assert running.wait(PATIENCE) == 0
    _wait_until(lambda: not _family(running.pid))
    assert not _answers(port)


def test_a_worker_that_dies_is_replaced(house):
    running, port = house("postgresql", 2)
    workers = set(_family(running.pid)) - {running.pid}
    os.kill(min(workers), signal.SIGKILL)
    _wait_until(lambda: min(workers) not in _family(running.pid))
    _wait_until(lambda: len(_family(running.pid)) == 3)
    assert _answers(port)
    running.terminate()
    assert running.wait(PATIENCE) == 0


def test_an_answer_begun_before_the_end_is_sent_whole():
    asked = threading.Event()
    whole = b"x" * 3_000_000  # more than a socket takes at once

    def slow(_environ, start):
        asked.set()
        time.sleep(0.3)
        start("200 OK", [("Content-Length", str(len(whole)))])
        return [whole]

    listener = socket.create_server(("127.0.0.1", 0))
    sockets: dict[int, object] = {}
    server = serving._server(slow, listener, sockets, behind_proxy=False)
    with ThreadPoolExecutor(1) as client:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        answer = client.submit(lambda: urllib.request.urlopen(address, timeout=PATIENCE).read())
        while not asked.is_set():
            server.asyncore.loop(timeout=0.1, map=sockets, count=1)
        serving._finish(server, sockets)
        assert answer.result() == whole
    wasyncore.close_all(sockets)


def _family(session: int) -> list[int]:
    """The processes of a session that still run, as Linux tells them."""
    running = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _parent, _group, its_session = (
                (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            )
            if int(its_session) == session and state != "Z":
                running.append(int(folder.name))
    return running


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def _wait_until(is_so) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)
