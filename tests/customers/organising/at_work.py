"""At work: a process of its own that bins, restores, merges and undoes until somebody kills it.

`python -m tests.customers.organising.at_work KEPT GONE` prints a line before and after each act.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from crm import create_app
from crm.customers import cards, recycling
from crm.customers.binned import Binned
from crm.customers.merging import Merge, joining, parting
from crm.db import db
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crm.accounts.people import Viewer

    Act = Callable[[Viewer, UUID, UUID], Any]


def bin_(lin: Viewer, kept: UUID, _gone: UUID) -> None:
    recycling.throw_in(cards.get(kept, lin), lin)


def restore(lin: Viewer, kept: UUID, _gone: UUID) -> None:
    recycling.restore(lin, *recycling.get(kept, lin))


def merge(lin: Viewer, kept: UUID, gone: UUID) -> None:
    both = [cards.get(one, lin).customer for one in (kept, gone)]
    joining.join(lin, *both, {"owner": "right", "phone": "right"})


def unmerge(lin: Viewer, _kept: UUID, _gone: UUID) -> None:
    standing = select(Merge).where(Merge.undone_at.is_(None))
    parting.part(lin, db.session.scalars(standing).one())


ACTS: Mapping[str, Act] = {"bin": bin_, "restore": restore, "merge": merge, "unmerge": unmerge}
AFTER = {"bin": "restore", "merge": "bin", "unmerge": "bin"}
"""What comes next; after a restore: the undoing of the merge, if there is one, else the merge."""


def next_act(kept: UUID) -> str:
    """By what is in the archive: a killed act is begun again."""
    if db.session.get(Binned, kept):
        return "restore"
    merged = select(Merge.id).where(Merge.undone_at.is_(None))
    return "unmerge" if db.session.scalar(merged) else "merge"


def main(kept: UUID, gone: UUID) -> None:
    """Go round: merge, bin, restore, undo, bin, restore."""
    app = create_app({"TESTING": True})
    with app.test_request_context():
        lin = cast.viewer("lin")
        act = next_act(kept)
        db.session.rollback()
        while True:
            print("begin", act, flush=True)  # noqa: T201 - whoever kills it reads this
            with unit.work(lin.actor()):
                ACTS[act](lin, kept, gone)
            print("done", act, flush=True)  # noqa: T201 - the same
            act = AFTER.get(act) or next_act(kept)
            db.session.rollback()


if __name__ == "__main__":
    main(*(UUID(one) for one in sys.argv[1:]))
