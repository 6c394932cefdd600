"""Handed: what the two people concerned are told when cards pass from one to the other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crm.notices import Kind, tell_more

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from crm.accounts.people import Viewer


def tell(viewer: Viewer, before: Iterable[UUID | None], now: UUID | None, why: str) -> None:
    """Tell each former owner and the new one how many; not who did it, they know."""
    for former, number in Counter(before).items():
        concerned = ((now, Kind.CARDS_CAME, former), (former, Kind.CARDS_WENT, now))
        for person, kind, other in concerned:
            if person and person != viewer.id:
                tell_more(person, kind, number, other, why)
