"""Serving: one application behind waitress in a process of its own, as `crm run` serves it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waitress.server import TcpWSGIServer, create_server

from bench.floor import create_floor
from crm import create_app
from crm.web import memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Flask

THREADS = 8


@contextmanager
def served(what: str, settings: Mapping[str, str]) -> Iterator[int]:
    """A port on which `what` – ours or floor – answers, until the block ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    command = [sys.executable, "-m", "bench.serving", what]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, env=kept | dict(settings), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def _application(what: str) -> Flask:
    if what == "floor":
        return create_floor(os.environ["CRM_DATABASE_URL"])
    app = create_app()
    memory.settle()
    return app


def main() -> None:
    """Serve on a free port and say which; runs until it is terminated."""
    server = create_server(_application(sys.argv[1]), host="127.0.0.1", port=0, threads=THREADS)
    assert isinstance(server, TcpWSGIServer)
    print(server.effective_port, flush=True)  # type: ignore[attr-defined] # unknown to its types
    server.run()


if __name__ == "__main__":
    main()
