"""`python -m bench.profiling`: where a page's time goes, in this process and without a network.

Prints the processor's time a request needs – steadier than the wall's on a busy machine – and with
`--profile` the functions it is spent in.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import archive, floor
from bench.client import Answer, Client
from bench.pages import known, pages
from crm import create_app
from crm.db import db
from crm.web import memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


class Inside(Client):
    """The client without its network: it calls the application itself."""

    app: Flask

    def __post_init__(self) -> None:
        """Nothing to connect to."""

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        environ = _environ(method, path, body or b"")
        environ["CONTENT_TYPE"] = headers.get("Content-Type", "")
        environ["HTTP_HX_REQUEST"] = headers.get("HX-Request", "")
        if self.cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        said: list[Any] = []

        def begin(status: str, heads: list[tuple[str, str]], _error: Any = None) -> Any:
            said.extend((status, heads))

        start = time.process_time()
        answer = self.app.wsgi_app(environ, begin)
        content = b"".join(answer)
        answer.close()  # type: ignore[attr-defined] # Werkzeug's iterables have it
        seconds = time.process_time() - start
        for name, value in said[1]:
            if name == "Set-Cookie":
                key, _equals, kept = value.partition(";")[0].partition("=")
                self.cookies[key] = kept
        location = next((value for name, value in said[1] if name == "Location"), "")
        return Answer(int(said[0][:3]), content.decode(), location, seconds)


def _environ(method: str, path: str, body: bytes) -> dict[str, Any]:
    where, _mark, query = path.partition("?")
    return {
        "REQUEST_METHOD": method, "PATH_INFO": where, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.version": (1, 0),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)),
    }  # fmt: skip


def timed(ask: Callable[[int], Answer], low: Callable[[int], Answer], turns: int) -> list[float]:
    """The page and the floor in turn: what either needs when little disturbs it, milliseconds."""
    pairs = [(ask(turn).seconds, low(turn).seconds) for turn in range(turns)]
    return [sorted(one)[turns // 5] * 1000 for one in zip(*pairs, strict=True)]


def main() -> None:
    """Time the named pages in turn with the floor."""
    parser = argparse.ArgumentParser(prog="bench.profiling", description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of page names")
    parser.add_argument("--size", type=int, default=1_000)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the built archives")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--sort", default="tottime")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kedang-bench-") as temporary:
        folder = Path(temporary)
        built = archive.made((asked.keep or folder) / f"built-{asked.size}", asked.size)
        _profile(asked, archive.copied(built, folder / "work"), f"sqlite:///{folder / 'floor.db'}")


def _profile(asked: argparse.Namespace, place: archive.Place, floor_url: str) -> None:
    with archive.opened(place):
        found = known(asked.size)
    floor.fill(floor_url, asked.size)
    least = Inside(0)
    least.app = floor.create_floor(floor_url)
    Inside.app = create_app(place.settings)
    memory.settle()
    for page in pages(0, found, Inside):
        if asked.names and not any(page.name.startswith(name) for name in asked.names):
            continue
        ours, low = timed(
            page.ask, lambda turn: least.get(f"/records/{floor.record_id(turn)}"), asked.requests
        )
        print(f"{page.name:32} {ours:7.2f} ms, floor {low:5.2f} ms, {ours / low:5.1f} ×")
        if asked.profile:
            _functions(page.ask, asked)
    with Inside.app.app_context():
        db.engine.dispose()


def _functions(ask: Callable[[int], Answer], asked: argparse.Namespace) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for turn in range(asked.requests):
        ask(turn)
    profile.disable()
    pstats.Stats(profile).sort_stats(asked.sort).print_stats(110)


if __name__ == "__main__":
    main()
