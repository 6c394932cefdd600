"""The client: one keep-alive connection with its cookies, and a clock around each request."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrf_token"(?: type="hidden")? value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long it took in seconds."""

    status: int
    text: str
    location: str
    seconds: float


@dataclass(slots=True)
class Client:
    """One browser's worth of HTTP over loopback."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        """Connect once; the connection is kept."""
        self.connection = HTTPConnection("127.0.0.1", self.port)

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._send("GET", path, None, {})

    def post(self, path: str, form: dict[str, Any], *, fragment: bool = False) -> Answer:
        """Send a form, with the page's token, as htmx does or as a browser does."""
        body = urlencode({"csrf_token": self.token, **form}, doseq=True).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if fragment:
            headers["HX-Request"] = "true"
        return self._send("POST", path, body, headers)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        start = time.perf_counter()
        self._together(hold=True)
        self.connection.request(method, path, body, headers)
        self._together(hold=False)
        response = self.connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - start
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        location = response.headers.get("Location", "")
        return Answer(response.status, content.decode(errors="replace"), location, seconds)

    def _together(self, *, hold: bool) -> None:
        """Let head and body leave in one packet, as a browser sends a small form."""
        if self.connection.sock and hasattr(socket, "TCP_CORK"):
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, hold)

    def sign_in(self, login: str, password: str) -> Answer:
        """A new session; the answer is that of the sign-in itself."""
        self.cookies.clear()
        self.learn_token(self.get("/sign-in"))
        answer = self.post("/sign-in", {"login": login, "password": password})
        assert answer.status == 302, answer.status
        return answer

    def learn_token(self, page: Answer) -> None:
        """Take the token that a page's forms carry."""
        found = TOKEN.search(page.text)
        assert found, f"no token on a page of status {page.status}"
        self.token = found.group(1)


class Form(HTMLParser):
    """What a browser would send back of a form it has just been shown."""

    def __init__(self, page: str, form_id: str) -> None:
        """Read the form with this id."""
        super().__init__()
        self.form_id = form_id
        self.values: dict[str, str] = {}
        self._inside = False
        self._area = self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the value of each control."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = said.get("id") == self.form_id
        if not self._inside or (tag != "option" and "name" not in said):
            return
        if tag == "input" and said.get("type") not in {"checkbox", "radio"}:
            self.values[said["name"]] = said.get("value", "")
        elif tag == "textarea":
            self._area = said["name"]
            self.values[self._area] = ""
        elif tag == "select":
            self._select = said["name"]
        elif tag == "option" and ("selected" in said or self._select not in self.values):
            self.values[self._select] = said.get("value", "")

    def handle_data(self, data: str) -> None:
        """What stands in a text area is its value."""
        if self._area:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        """A form and a text area end."""
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._area = ""
