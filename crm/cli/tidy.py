"""What `crm run` does by itself every night, and `crm customers tidy` when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.audit.log import NOBODY
from crm.cli import archive, as_json, result
from crm.cli.customers import group
from crm.customers import merging, recycling, reindex
from crm.customers.duplicates import scan
from crm.customers.pool import falling
from crm.db import scrub
from crm.web import unit
from crm.work.leaving import ending

if TYPE_CHECKING:
    from crm.nightly import Chores


def _forget_merges() -> int:
    with unit.work():
        return merging.forget_old()


CHORES: Chores = {
    "bin": recycling.purge,
    "blind": reindex.fit,
    "pool": falling.nightly,
    "pairs": lambda: scan.run(NOBODY),
    "merges": _forget_merges,
    "leaving": ending.nightly,
    "traces": scrub,
}
"""Name of the lease → what is to be done: each may be killed and goes on the next time.

`traces` comes last: what was decided, corrected or forgotten by day leaves the write-ahead log.
"""


@group.command()
@as_json
def tidy(*, as_json: bool) -> None:
    """Shred what has lain in the recycle bin for 30 days, and fit the blind indexes."""
    with archive():
        shredded, rebuilt = recycling.purge(), reindex.fit()
    result(
        {"shredded": shredded, "rebuilt": rebuilt},
        f"{shredded} cards shredded, indexes rebuilt: {', '.join(rebuilt) or 'none'}.",
        as_json=as_json,
    )
