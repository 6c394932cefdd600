"""Authority 授权: asking for access beyond one's post, deciding, delegating, and taking back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def install(app: Flask) -> None:
    """Add the pages."""
    from crm.authority.views import approvals, bp, grants, standing

    app.register_blueprint(bp)
