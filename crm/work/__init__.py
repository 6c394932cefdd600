"""Work: the department's registers, one subject each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.web.guard import Blueprint

if TYPE_CHECKING:
    from flask import Flask

bp = Blueprint("work", __name__)


def install(app: Flask) -> None:
    """Add the registers' pages."""
    from crm.work.complaints import views as complaints
    from crm.work.leaving import views as leaving

    app.register_blueprint(bp)
