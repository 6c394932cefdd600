"""What the supervisor has organised: cards beside the planted one, a merge, a handover cut off."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm import clock, jobs
from crm.customers import cards, duplicates
from crm.customers.duplicates import Pair
from crm.customers.merging import joining
from crm.db import db
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

NAMES = ("玉溪山兰示例商行", "大理云松示例商行", "丽江雪杉示例商行")
"""A card to compare with, and two that became one."""


@dataclass(frozen=True, slots=True)
class Organised:
    """The ids that pages of organising take."""

    other: UUID
    merge: UUID
    handover: UUID


def organised(app: Flask, customer_id: UUID, names: tuple[str, ...] = NAMES) -> Organised:
    """A pair with the planted customer, a merge of two others, a handover that was cut off."""
    facts = {"industry": "Forestry"}
    other, kept, gone = (cast.customer(app, "zhao", name, **facts) for name in names)
    with app.test_request_context():
        lin = cast.viewer("lin")
        with unit.work(lin.actor()):
            both = [cards.get(one, lin).customer for one in (kept, gone)]
            merge = joining.join(lin, *both, {}).id
            low, high = duplicates.ordered(customer_id, other)
            found = {"score": 75, "reasons": ["typo"], "found_at": clock.now(), "state": "open"}
            db.session.add(Pair(low_id=low, high_id=high, **found))
            content = json.dumps({"cards": [], "to": [], "why": "other", "from": None})
            job = jobs.prepare("handover", lin.id, content.encode(), {"to": ["Wang"]})
            jobs.progress(job.id, state="failed")
            return Organised(other, merge, job.id)
