"""Home: signing in and out, the first page, one's own page, and the administration of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.web.guard import Blueprint

if TYPE_CHECKING:
    from flask import Flask

bp = Blueprint("home", __name__)


def install(app: Flask) -> None:
    """Add the pages and what every page's shell shows."""
    from crm.home import (
        address,
        first,
        me,
        notices,
        people,
        pledge,
        policy,
        recovering,
        second_factor,
        second_step,
        settings,
        shell,
        signing,
    )

    app.register_blueprint(bp)
    shell.install(app)
    second_step.install(app)
