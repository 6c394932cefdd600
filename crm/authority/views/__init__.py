"""Authority's pages: one's own grants, and those that wait for a decision."""

from __future__ import annotations

from crm.web.guard import Blueprint

bp = Blueprint("authority", __name__)
