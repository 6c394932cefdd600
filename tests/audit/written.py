"""What the log holds, as tests read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crm.audit.entry import LogEntry
from tests.crypto.meddling import run

if TYPE_CHECKING:
    from flask import Flask


def entries(app: Flask, action: str | None = None) -> list[dict[str, Any]]:
    """The canonical texts, parsed, in order; of one action when it is named."""
    said = [json.loads(text) for (text,) in run(app, select(LogEntry.text).order_by(LogEntry.seq))]
    return [one for one in said if action in {None, one["action"]}]


def last(app: Flask, action: str | None = None) -> dict[str, Any]:
    """The newest entry."""
    return entries(app, action)[-1]


def results(app: Flask, action: str) -> list[str]:
    """How each act of this kind ended."""
    return [one["result"] for one in entries(app, action)]
