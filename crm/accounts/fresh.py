"""Fresh: what is worth a second proof asks whether this session has just shown who it is.

A view that copies, exports or changes the law carries `@fresh.needed`, or calls `required()` where
only some of its ways need it. Who has not proved it lately is led to /me/confirm and back.
"""

from __future__ import annotations

from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import g

from crm import clock
from crm.errors import NotFresh

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.accounts.people import Viewer

FRESH_FOR = timedelta(minutes=10)

View = TypeVar("View", bound="Callable[..., Any]")


def is_fresh(viewer: Viewer) -> bool:
    """Whether this session has proved itself within ten minutes – not after now: clocks go back."""
    if viewer.proved_at is None:
        return False
    return timedelta() <= clock.now() - viewer.proved_at <= FRESH_FOR


def required() -> None:
    """Go on only if the session is fresh. Raises NotFresh, which leads to /me/confirm."""
    if not is_fresh(g.viewer):
        raise NotFresh


def needed(view: View) -> View:
    """Ask `required` before a view does anything. Stands beside `@allow`, in either order."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        required()
        return view(*args, **kwargs)

    return cast("View", asked)
