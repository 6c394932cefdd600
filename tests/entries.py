"""Reading the log in tests: what it says of an action, parsed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crm.audit.entry import LogEntry
from crm.db import db

if TYPE_CHECKING:
    from flask import Flask


def said(app: Flask, action: str | None = None) -> list[dict[str, Any]]:
    """The entries of one action, or all, oldest first."""
    with app.app_context():
        wanted = select(LogEntry.text).order_by(LogEntry.seq)
        if action:
            wanted = wanted.where(LogEntry.action == action)
        return [json.loads(text) for text in db.session.scalars(wanted)]
