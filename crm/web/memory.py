"""Memory: what the start has loaded stays; the collector need not look through it at every page."""

from __future__ import annotations

import gc

YOUNG = 20_000
"""Objects made before the collector looks for rings among them; a card's page makes some thousand.

Nearly everything is freed without it. With Python's own 700 it ran through the whole program's
objects several times a page: a fifth to a quarter of a page's time (docs/performance.md).
"""


def settle() -> None:
    """Set aside what is loaded by now. A server calls this once, before its first request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
