"""Serving: the real program in a process of its own, and a browser's worth of HTTP to use it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from tests import cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

RECORDER = """
import os, sys
told = os.open(os.environ["OPENED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
def tell(event, args):
    if event == "open" and (args[2] or 0) & writes or event.startswith("tempfile."):
        os.write(told, f"{event} {args[0]}\\n".encode())
sys.addaudithook(tell)
"""
"""Makes a process tell every file that it opens for writing, even one unlinked at once."""
PROGRAM = f"{RECORDER}\nfrom crm.cli import main\nmain()"

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PATIENCE = 120
BOUNDARY = "kedang-boundary"


@contextmanager
def serving(settings: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Serve the program with its log in `folder`; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    command = [sys.executable, "-c", PROGRAM, "run", "--no-demo", "--port", str(port)]
    with (folder / "application.log").open("ab") as told:
        running = subprocess.Popen(
            command, env=kept | settings, stdin=subprocess.DEVNULL, stdout=told, stderr=told
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, running)
            yield address
        finally:
            running.terminate()
            running.wait(PATIENCE)


def _wait_for(address: str, running: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE * 10):
        assert running.poll() is None, "the server ended"
        try:
            Browser(address).get("/healthz")
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not come up")


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Leave redirections to whoever asked."""


class Browser:
    """Keeps cookies and the form token, follows nothing, raises nothing for a refusal."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stay())
        self.token = ""

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, body, and where to."""
        return self._send(Request(self.address + path))  # noqa: S310 - our own address

    def post(self, path: str, form: Mapping[str, object] | None = None) -> tuple[int, str, str]:
        """Send a form with its token."""
        data = urlencode({"csrf_token": self.token} | dict(form or {}), doseq=True).encode()
        return self._send(Request(self.address + path, data))  # noqa: S310 - our own address

    def upload(self, path: str, filename: str, content: bytes) -> tuple[int, str, str]:
        """Send a file as a browser does."""
        head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
        parts = (
            f'{head}"csrf_token"\r\n\r\n{self.token}\r\n{head}"file"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        data = parts.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self._send(Request(self.address + path, data, kind))  # noqa: S310 - our own address

    def sign_in(self, login: str, password: str = cast.PASSWORD) -> int:
        """Sign in as one of the cast."""
        self.get("/sign-in")
        status, _page, _to = self.post("/sign-in", {"login": login, "password": password})
        self.get("/me")
        return status

    def _send(self, request: Request) -> tuple[int, str, str]:
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                status, body, to = answer.status, answer.read(), ""
        except HTTPError as refused:
            status, body, to = refused.code, refused.read(), refused.headers.get("Location", "")
        text = body.decode("utf-8", "replace")
        if found := TOKEN.search(text):
            self.token = found.group(1)
        return status, text, to
