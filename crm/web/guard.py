"""The guard: no route is registered without a permission, no request passes without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import flask
from flask import current_app, request

from crm.errors import Denied, Missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.typing import ResponseReturnValue, RouteCallable

    Allows = Callable[[Any], bool]

OPEN = frozenset({"static"})
"""Flask's own endpoints, opened by name: they hold nothing of ours but style and scripts."""


View = TypeVar("View", bound="Callable[..., Any]")


def allow(permission: Any) -> Callable[[View], View]:
    """Say which permission a view function asks for."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined] # functions take attributes
        return view

    return mark


def permission_of(view: Any) -> Any:
    """The permission that a view function or View class names, or None."""
    named = getattr(view, "permission", None)
    return named or getattr(getattr(view, "view_class", None), "permission", None)


class Blueprint(flask.Blueprint):
    """A blueprint that refuses a view which names no permission."""

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        provide_automatic_options: bool | None = None,  # noqa: FBT001 - Flask's signature
        **options: Any,
    ) -> None:
        """Register a route.

        Raises TypeError when the view names no permission.
        """
        if permission_of(view_func) is None:
            raise TypeError(f"{view_func!r} names no permission")
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


def install(app: Flask, allows: Allows, refused: Callable[[], ResponseReturnValue]) -> None:
    """Ask the law before every view; `refused` answers who is not signed in."""

    def stand_guard() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint in OPEN:
            return None
        permission = permission_of(current_app.view_functions[request.endpoint])
        if permission is None:
            raise Missing
        if not permission.needs_person:
            return None
        if not flask.g.get("viewer"):
            return refused()
        if not allows(permission):
            raise Denied
        return None

    app.before_request(stand_guard)
