"""Looking for duplicates: the cards that changed since the last run, against all, block by block.

Names meet under their keys (keys.py); only those that meet are compared. Work is done in chunks,
each its own transaction, so that others write in between and a run that is cut off goes on where it
was: what was looked at is noted with what was found.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, insert, select

from crm import clock, jobs
from crm.audit import log
from crm.customers import names
from crm.customers.cards import LIVE, Customer
from crm.customers.duplicates import (
    NearKey,
    NearSeen,
    Pair,
    equal,
    keys,
    likeness,
    ordered,
    places,
    shape,
)
from crm.customers.duplicates.likeness import SURE, Likeness, Reason
from crm.db import db
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from crm.audit.entry import Actor

CHUNK = 500
"""Cards in one transaction."""
CROWD = 60
"""A key that more names share than this says too little: it is left to the others."""
Found = dict[tuple["UUID", "UUID"], dict[Reason, int]]


class Named(NamedTuple):
    """A card as it is compared."""

    id: UUID
    name: str
    short_name: str
    region: str = ""


def run(actor: Actor, address: str = "", job_id: UUID | None = None) -> int:
    """Look at what changed since the last run; says how many pairs wait now."""
    changed = _changed()
    total = 2 * len(changed)
    for at in range(0, len(changed), CHUNK):  # first all keys, so that new cards meet each other
        with unit.work(actor, address):
            _note(changed[at : at + CHUNK])
            _progress(job_id, at, total)
    for at in range(0, len(changed), CHUNK):
        some = changed[at : at + CHUNK]
        found = _near(some)
        for one, other, reason in equal.pairs([each.id for each in some]):
            found.setdefault((one, other), {})[reason] = SURE[reason]
        with unit.work(actor, address):
            _store(found)
            _seen(some)
            _progress(job_id, len(changed) + at, total)
    with unit.work(actor, address):
        waiting = db.session.scalar(select(func.count()).where(Pair.state == "open")) or 0
        log.say("duplicates", subject_type="customer", detail={"looked": len(changed)})
        if job_id:
            facts = {"looked": len(changed), "waiting": waiting}
            jobs.progress(job_id, state="done", done=total, total=total, facts=facts)
    return waiting


def _progress(job_id: UUID | None, done: int, total: int) -> None:
    if job_id:
        jobs.progress(job_id, done=done, total=total)


def _changed() -> list[Named]:
    """The cards whose names are new or others than the last run saw."""
    wanted = (
        select(Customer.id, Customer.name, Customer.short_name, Customer.region, NearSeen.print)
        .outerjoin(NearSeen, NearSeen.customer_id == Customer.id)
        .where(LIVE)
    )
    rows = db.session.execute(wanted.execution_options(yield_per=5000))
    return [Named(*row[:4]) for row in rows if row[4] != _print(row[1], row[2])]


def _print(name: str, short_name: str) -> int:
    digest = hashlib.blake2b(f"{name}\n{short_name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _shapes(card: Named) -> list[shape.Shape]:
    """A card's names taken apart: its own, and its short one when that says something else."""
    short = card.short_name if len(card.short_name) > 1 else ""
    return [shape.of(one) for one in dict.fromkeys((card.name, short)) if one]


def _note(cards: Sequence[Named]) -> None:
    ids = [card.id for card in cards]
    db.session.execute(delete(NearKey).where(NearKey.customer_id.in_(ids)))
    rows = [
        {"key": key, "customer_id": card.id}
        for card in cards
        for key in set().union(*(keys.of(one) for one in _shapes(card)))
    ]
    if rows:
        db.session.execute(insert(NearKey), rows)


def _seen(cards: Sequence[Named]) -> None:
    db.session.execute(
        delete(NearSeen).where(NearSeen.customer_id.in_([card.id for card in cards]))
    )
    rows = [{"customer_id": card.id, "print": _print(card.name, card.short_name)} for card in cards]
    db.session.execute(insert(NearSeen), rows)


def _near(cards: Sequence[Named]) -> Found:
    """What these cards' names may be confused with."""
    mine = {card.id: card for card in cards}
    ours = select(NearKey.key, NearKey.customer_id).where(NearKey.customer_id.in_(list(mine)))
    blocks: dict[int, list[UUID]] = {}
    for key, card in db.session.execute(ours):
        blocks.setdefault(key, []).append(card)
    met: dict[UUID, set[UUID]] = {one: set() for one in mine}
    for some in _slices(list(blocks), CHUNK):
        for key, others in _crowds(some).items():
            for one in blocks[key]:
                met[one].update(others)
    known = _names({other for others in met.values() for other in others} - set(mine)) | mine
    found: Found = {}
    for one, near in met.items():
        for other in near - {one}:
            if other in known and (why := judged(known[one], known[other])):
                found.setdefault(ordered(one, other), {})[why.reason] = why.score
    return found


def _slices(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _crowds(some: list[int]) -> dict[int, list[UUID]]:
    """Who stands under these keys, without those that say too little."""
    few = (
        select(NearKey.key)
        .where(NearKey.key.in_(some))
        .group_by(NearKey.key)
        .having(func.count().between(2, CROWD))
    )
    chosen = db.session.scalars(few).all()
    under: dict[int, list[UUID]] = {}
    for key, card in db.session.execute(
        select(NearKey.key, NearKey.customer_id).where(NearKey.key.in_(chosen))
    ):
        under.setdefault(key, []).append(card)
    return under


def _names(ids: Iterable[UUID]) -> dict[UUID, Named]:
    found: dict[UUID, Named] = {}
    for some in _slices(list(ids), CHUNK):
        wanted = select(Customer.id, Customer.name, Customer.short_name, Customer.region).where(
            Customer.id.in_(some)
        )
        found |= {row[0]: Named(*row) for row in db.session.execute(wanted)}
    return found


def judged(one: Named, other: Named) -> Likeness | None:
    """The likeness of two cards by any of their names."""
    best: Likeness | None = None
    for number, mine in enumerate(_shapes(one)):
        for place, theirs in enumerate(_shapes(other)):
            why = likeness.between(mine, theirs)
            if why and (number or place):  # by a short name: only when it says exactly the same
                same = why.reason in {Reason.SAME, Reason.PLACE} and not (number and place)
                why = Likeness(Reason.ALIAS, SURE[Reason.ALIAS]) if same else None
            if why and (best is None or why.score > best.score):
                best = why
    return None if best and best.reason is Reason.TYPO and _elsewhere(one, other) else best


def _elsewhere(one: Named, other: Named) -> bool:
    """Whether the two cards' regions are apart: then one other character is another company."""
    areas = (places.leading(names.fold(card.region))[1] for card in (one, other))
    return places.apart(*(frozenset({area} if area else ()) for area in areas))


def _store(found: Found) -> None:
    """Keep new pairs and fresh reasons; what a person decided stays decided."""
    now = clock.now()
    for some in _slices(list(found), CHUNK):
        wanted = select(Pair).where(Pair.low_id.in_([low for low, _high in some]))
        there = {(one.low_id, one.high_id): one for one in db.session.scalars(wanted)}
        rows = []
        for pair in some:
            reasons = sorted(found[pair], key=lambda one: -found[pair][one])
            score = min(99, max(found[pair].values()) + 3 * (len(reasons) - 1))
            told = {"reasons": [one.value for one in reasons], "score": score}
            if pair not in there:
                rows.append(
                    {
                        "low_id": pair[0],
                        "high_id": pair[1],
                        "found_at": now,
                        "state": "open",
                        **told,
                    }
                )
            elif there[pair].state == "open":
                there[pair].reasons, there[pair].score = [one.value for one in reasons], score
        if rows:
            db.session.execute(insert(Pair), rows)
    db.session.flush()
