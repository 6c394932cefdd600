"""Wording: the clauses' lines as settings of the house, one for each gate."""

from __future__ import annotations

from crm.access.clauses import GATES, LONGEST, PREFIX
from crm.settings import Setting

TABLE = tuple(
    Setting(PREFIX + code, "", gate.title, gate.ours, most=LONGEST) for code, gate in GATES.items()
)
"""Left empty, a gate shows our own line, which the page tells as its meaning."""
