"""A house that is open: the program as a process of its own, on a free port, until it is closed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
PATIENCE = 90
"""Seconds that a start or an end may take on a busy machine."""


class NotOpenError(Exception):
    """The program did not come up; the message is what it printed."""


@contextmanager
def opened(settings: Mapping[str, Any], said: Path, host: str = "127.0.0.1") -> Iterator[str]:
    """The address at which `crm run` serves this instance; what it prints goes to `said`."""
    port = _free_port()
    command = [sys.executable, "-m", "crm", "run", "--host", host, "--port", str(port)]
    given = {name: str(value) for name, value in settings.items() if name.startswith("CRM_")}
    url = f"http://{host}:{port}"
    with (
        said.open("wb") as printed,
        subprocess.Popen(
            [*command, "--no-demo"],
            cwd=ROOT,
            env=os.environ | given,
            stdout=printed,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _wait_for(url, process, said)
            yield url
        finally:
            process.terminate()  # it ends in order: coverage is still written
            process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > until:
            raise NotOpenError(said.read_text(errors="replace"))
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=1) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
