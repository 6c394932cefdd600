"""The archive's pages: lists, the card, editing, today's calls, import."""

from __future__ import annotations

from crm.web.guard import Blueprint

bp = Blueprint("customers", __name__)
