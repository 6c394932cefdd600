"""Cookies: the signed one that carries a session's token, sent when it changes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from flask.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask import Flask, Response
    from flask.sessions import SessionMixin
    from itsdangerous import URLSafeTimedSerializer


class Cookies(SecureCookieSessionInterface):
    """Flask's own, whose signer is made once: no page needs it made anew, nor a word about caches.

    Every page says no-store, so that no cache has to be told what it depends on.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def _signer(self) -> URLSafeTimedSerializer | None:
        return super().get_signing_serializer(self._app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:  # noqa: ARG002 - Flask's signature
        """The one signer of this application."""
        return self._signer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if it has changed."""
        if session.modified:
            super().save_session(app, session, response)
