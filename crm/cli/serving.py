"""Serving: waitress, its workers, and an orderly end."""

from __future__ import annotations

import logging
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
ENDS = (signal.SIGTERM, signal.SIGINT)
PAUSE = 1.0
"""Seconds before a worker that died is replaced."""
LAST_WORDS = 5
"""Seconds a server that is told to end gives to the answers it has begun."""
IN_MEMORY = 1 << 30
"""Bytes after which the server would write a body into a temporary file, in plain text: never."""


def serve(app: Flask, listener: socket.socket, workers: int, *, behind_proxy: bool) -> None:
    """Answer requests until told to end (SIGTERM, Ctrl-C); workers share the listening socket."""
    if workers == 1:
        _work(app, listener, behind_proxy=behind_proxy)
    elif _keep(workers):  # a process of its own has connections of its own
        _work(create_app(), listener, behind_proxy=behind_proxy)
        os._exit(0)


def _keep(workers: int) -> bool:
    """Keep so many workers until told to end; True in each worker.

    Who keeps them answers nothing: only a process without threads may fork when one has died.
    """
    alive: set[int] = set()
    told = _told_to_end(lambda: _end(alive))
    while alive or not told.is_set():
        if len(alive) < workers and not told.is_set():
            if (worker := _fork()) == 0:
                return True
            alive.add(worker)
            continue
        ended, _status = os.wait()
        alive.discard(ended)
        if not told.is_set():
            logging.getLogger(__name__).error("worker %s has died; another takes its place", ended)
            told.wait(PAUSE)
    return False


def _fork() -> int:
    """Fork; what is told in between waits until the worker no longer has its keeper's ears."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    worker = os.fork()
    if worker == 0:
        for one in ENDS:
            signal.signal(one, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    return worker


def _end(workers: set[int]) -> None:
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGTERM)


def _work(app: Flask, listener: socket.socket, *, behind_proxy: bool) -> None:
    sockets: dict[int, Any] = {}
    server = _server(app, listener, sockets, behind_proxy=behind_proxy)
    told = _told_to_end(server.pull_trigger)
    nightly.start(app, CHORES)
    backups.watch(app)
    while not told.is_set():
        server.asyncore.loop(timeout=30, map=sockets, count=1)
    _finish(server, sockets)


def _told_to_end(then: Callable[[], object]) -> threading.Event:
    """Set by SIGTERM and by Ctrl-C.

    The handler raises nothing: what it raised could land in a destructor, where Python drops it,
    and the server would never end.
    """
    told = threading.Event()

    def end(_signal: int, _frame: object) -> None:
        told.set()
        then()

    for one in ENDS:
        signal.signal(one, end)
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
