"""What `crm run` does by itself every night, and `crm customers tidy` when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.cli import archive, as_json, result
from crm.cli.customers import group
from crm.customers import recycling, reindex

if TYPE_CHECKING:
    from crm.nightly import Chores

CHORES: Chores = {"bin": recycling.purge, "blind": reindex.fit}
"""Name of the lease → what is to be done: each may be killed and goes on the next time."""


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
