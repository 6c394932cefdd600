"""Limits: how often one address may fail to sign in, and how often it may ask for costly things."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

View = TypeVar("View", bound="Callable[..., Any]")

limiter = Limiter(get_remote_address, headers_enabled=False)

SIGN_IN = "30 per 15 minutes"
"""Failed sign-ins from one address; an office often shares one."""


INTAKE = "20 per hour"
"""Addresses that lead to no open link, from one address: whoever guesses is soon told to wait."""


CHECKS = "40 per minute"
"""Names that one person asks about, whichever way: checking one, making a card, deciding whose."""


ATTEMPTS = "30 per minute"
"""Reports of one browser that somebody tried to carry something out."""


NOT_SIGNED_IN = parse("20 per minute")
"""Entries about an address that came without signing in: nobody floods the log from outside."""


def limit(*args: Any, **kwargs: Any) -> Callable[[View], View]:
    """Flask-Limiter's `limit`, which marks its view: the others are passed by."""

    def mark(view: View) -> View:
        limited: Any = limiter.limit(*args, **kwargs)(view)
        limited.limited = True
        return cast("View", limited)

    return mark


@limiter.request_filter
def _unlimited() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return not hasattr(view, "limited")


def who() -> str:
    """The person who asks, for limits that go with the person instead of the address."""
    return str(g.viewer.id) if g.get("viewer") else "-"


def told(address: str) -> bool:
    """Whether the log still says that somebody who is not signed in came from here."""
    return limiter.limiter.hit(NOT_SIGNED_IN, "not signed in", address)


def failed(response: Response) -> bool:
    """Whether a response counts against the limit: failures only."""
    return response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def guessed(address: str) -> bool:
    """Count an address or a code that leads to nothing; False once there were too many.

    Counted where nothing was found: whoever guesses closes no right link to their neighbours.
    """
    return limiter.limiter.hit(parse(INTAKE), "intake", address)


def at_most(size: int) -> Callable[[View], View]:
    """Say how many bytes a view takes: more is refused before any of it is read."""

    def mark(view: View) -> View:
        view.at_most = size  # type: ignore[attr-defined] # functions take attributes
        return view

    return mark


def install(app: Flask) -> None:
    """Count in process, or in Redis when several workers share the limits."""
    limiter.init_app(app)
    app.before_request(_limit_size)


def _limit_size() -> None:
    """Before the form is read, for its token or anything else."""
    view = current_app.view_functions.get(request.endpoint or "")
    if size := getattr(view, "at_most", None):
        request.max_content_length = size
