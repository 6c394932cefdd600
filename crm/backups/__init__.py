"""Backups: taking, restoring, drilling, and the pages that show them to the administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.web.guard import Blueprint

if TYPE_CHECKING:
    from flask import Flask

bp = Blueprint("backups", __name__)


def install(app: Flask) -> None:
    """Add the pages."""
    from crm.backups import views

    app.register_blueprint(bp)
