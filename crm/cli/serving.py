"""Serving: waitress, its workers, and an orderly end."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from waitress.server import create_server

from crm import create_app, nightly
from crm.backups import nightly as backups
from crm.cli.tidy import CHORES
from crm.web import memory

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from flask import Flask
    from waitress.server import BaseWSGIServer

THREADS = 8
LARGEST_BODY = 80 * 1024 * 1024
"""Bytes after which a body is refused unread; Flask's own limit, with a sentence, is lower."""
LAST_WORDS = 5
"""Seconds a server that is told to end gives to the answers it has begun."""
IN_MEMORY = 1 << 30
"""Bytes after which the server would write a body into a temporary file, in plain text: never."""


def serve(app: Flask, listener: socket.socket, workers: int, *, behind_proxy: bool) -> None:
    """Answer requests until told to end (SIGTERM, Ctrl-C); workers share the listening socket."""
    others: list[int] = []
    waking: list[Callable[[], None]] = []
    told = _told_to_end(others, waking)
    for _worker in range(workers - 1):
        if (other := os.fork()) == 0:
            app = create_app()  # a process of its own has connections of its own
            others.clear()
            break
        others.append(other)
    sockets: dict[int, Any] = {}
    server = _server(app, listener, sockets, behind_proxy=behind_proxy)
    waking.append(server.pull_trigger)
    nightly.start(app, CHORES)
    backups.watch(app)
    with suppress(KeyboardInterrupt):
        while not told.is_set():
            server.asyncore.loop(timeout=30, map=sockets, count=1)
    _finish(server, sockets)


def _told_to_end(others: list[int], waking: list[Callable[[], None]]) -> threading.Event:
    """Set by SIGTERM, which the other workers get too.

    The handler raises nothing: what it raised could land in a destructor, where Python drops it,
    and the server would never end.
    """
    told = threading.Event()

    def end(_signal: int, _frame: object) -> None:
        for other in others:
            with suppress(ProcessLookupError):
                os.kill(other, signal.SIGTERM)
        told.set()
        for wake in waking:
            wake()

    signal.signal(signal.SIGTERM, end)
    return told


def _finish(server: BaseWSGIServer, sockets: dict[int, Any]) -> None:
    """What was begun is answered: wait for the threads, then for what they have still to send."""
    until = time.monotonic() + LAST_WORDS
    server.task_dispatcher.shutdown(timeout=LAST_WORDS)
    while time.monotonic() < until and any(
        getattr(one, "total_outbufs_len", 0) for one in sockets.values()
    ):
        server.asyncore.loop(timeout=0.1, map=sockets, count=1)


def _server(
    app: Flask, listener: socket.socket, sockets: dict[int, Any], *, behind_proxy: bool
) -> BaseWSGIServer:
    """What answers requests; several workers share the listening socket."""
    memory.settle()
    server = create_server(
        app,
        map=sockets,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        max_request_body_size=LARGEST_BODY,
        inbuf_overflow=IN_MEMORY,
        outbuf_overflow=IN_MEMORY,
        clear_untrusted_proxy_headers=not behind_proxy,
    )
    return cast("BaseWSGIServer", server)  # one socket is one server
