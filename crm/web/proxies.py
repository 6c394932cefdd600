"""Proxies: forwarded headers count only from the addresses that the settings trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class TrustedProxies:
    """Let Werkzeug's ProxyFix read forwarded headers when the peer is a trusted proxy."""

    def __init__(self, app: WSGIApplication, trusted: Iterable[str]) -> None:
        """Wrap an application; `trusted` are peers' addresses."""
        self._app = app
        self._fixed = ProxyFix(app, x_for=1, x_proto=1, x_host=1)
        self._trusted = frozenset(trusted)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("REMOTE_ADDR") in self._trusted:
            return self._fixed(environ, start_response)
        return self._app(environ, start_response)
