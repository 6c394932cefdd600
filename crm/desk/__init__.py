"""The desk: the supervisor's pages over the access log. Reading the log is logged too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.web.guard import Blueprint

if TYPE_CHECKING:
    from flask import Flask

bp = Blueprint("desk", __name__)


def install(app: Flask) -> None:
    """Add the desk's pages."""
    from crm.desk import entries, today

    app.register_blueprint(bp)
