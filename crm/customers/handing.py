"""Handing over: many cards from one person to one or several, at once or as a job in chunks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import BindParameter, Select, bindparam, exists, func, select

from crm import jobs
from crm.accounts.people import Person
from crm.audit import log
from crm.customers import followups, narrowing, owners, passing, standing
from crm.customers.cards import LIVE, Customer
from crm.db import db, run
from crm.errors import Invalid
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer

MOST = 10_000
"""Cards in one handover; the form says how many there are first."""
AT_ONCE = 200
"""So many are moved while one waits; more become a job."""
CHUNK = 500
NOBODY = "nobody"
_LIMIT: BindParameter[int] = bindparam("limit", type_=Customer.__table__.c.version.type)


@dataclass(slots=True)
class Wanted:
    """Which cards: chosen ones, or one person's that fit some filters."""

    ids: list[UUID] = field(default_factory=list)
    from_id: UUID | None = None
    from_nobody: bool = False
    filters: dict[str, str] = field(default_factory=dict)

    @property
    def is_said(self) -> bool:
        """Whether anything was named at all."""
        return bool(self.ids or self.from_id or self.from_nobody)


def _asked(wanted: Wanted) -> tuple[Select[UUID, UUID | None], dict[str, Any]]:
    cards = select(Customer.id, Customer.owner_id)
    if wanted.ids:
        return cards.where(Customer.id.in_(wanted.ids), LIVE).order_by(Customer.id), {}
    cards = cards.where(
        LIVE,
        Customer.owner_id.is_(None) if wanted.from_nobody else Customer.owner_id == wanted.from_id,
    )
    names, values = narrowing.narrowed(wanted.filters)
    cards = cards.where(*(narrowing.FILTERS[name] for name in names))
    return cards.order_by(Customer.last_at.desc(), Customer.id.desc()), values


def count(wanted: Wanted) -> int:
    """How many cards are meant, counted to one more than a handover takes."""
    if not wanted.is_said:
        return 0
    cards, values = _asked(wanted)
    few = cards.order_by(None).limit(MOST + 1).subquery()
    return int(run(select(func.count()).select_from(few), values).scalar_one())


def people() -> list[tuple[UUID, str, bool]]:
    """Everybody who is responsible for a card: id, name, whether the account is frozen."""
    held = exists().where(Customer.owner_id == Person.id)
    wanted = select(Person.id, Person.name, Person.disabled_at.is_not(None)).where(held)
    return [
        (row[0], row[1], bool(row[2])) for row in db.session.execute(wanted.order_by(Person.login))
    ]


def receivers(logins: Sequence[str]) -> list[Person]:
    """The people whom a form names. Raises Invalid for nobody, or for somebody who may not."""
    found = [standing.responsible(one) for one in dict.fromkeys(logins) if one.strip()]
    if not found or None in found or any(one.leaving_since for one in found if one):
        raise Invalid(_("请选择在职的接手人。"), "to")
    return [one for one in found if one]


def hand_over(  # noqa: PLR0913 - the facts of a handover, in the order of its form
    viewer: Viewer, wanted: Wanted, to: Sequence[Person], why: str, expected: int, *, note: str = ""
) -> jobs.Job | int:
    """Move the cards now, or prepare the job that does it; says how many, or which job.

    `note` is left on each card for its new owner. Raises Invalid when nothing is meant, too
    much, or another number than was said.
    """
    if why not in passing.REASONS:
        raise Invalid(_("请选择移交原因。"), "why")
    rows = _counted(wanted, expected)
    if len(rows) <= AT_ONCE:
        return _move(viewer, rows, to, why, note=note)
    content = {
        "cards": [str(one) for one, _owner in rows],
        "to": [str(one.id) for one in to],
        "why": why,
        "note": note,
        "from": None if wanted.ids else str(wanted.from_id or NOBODY),
    }
    facts = {"to": [one.name for one in to]}
    job = jobs.prepare("handover", viewer.id, json.dumps(content).encode(), facts)
    job.total = len(rows)
    db.session.flush()
    return job


def _counted(wanted: Wanted, expected: int) -> list[tuple[UUID, UUID | None]]:
    """The cards that are meant, as many as the form said. Raises Invalid."""
    cards, values = _asked(wanted)
    rows = (
        [(row[0], row[1]) for row in run(cards.limit(MOST + 1), values)] if wanted.is_said else []
    )
    if not rows:
        raise Invalid(_("没有符合条件的客户。"))
    if len(rows) > MOST:
        raise Invalid(_("一次最多移交 %(n)s 家，请先缩小范围。", n=MOST))
    if len(rows) != expected:
        raise Invalid(_("客户数变了：现在是 %(n)s 家，请核对后再移交。", n=len(rows)))
    return rows


def _move(  # noqa: PLR0913 - and which part of a large one this is
    viewer: Viewer,
    rows: Sequence[tuple[UUID, UUID | None]],
    to: Sequence[Person],
    why: str,
    start: int = 0,
    *,
    note: str = "",
) -> int:
    """Split the cards evenly and move them, each with its note; one entry names them all."""
    moved = 0
    for number, person in enumerate(to):
        share = [row for at, row in enumerate(rows, start) if at % len(to) == number]
        going = [(card, owner) for card, owner in share if owner != person.id]
        moved += owners.move(viewer, going, person, why)
        if note:
            followups.note(viewer, [card for card, _owner in going], note)
    log.say(
        "handover",
        subject_type="customer",
        subject_ids=tuple(row[0] for row in rows),
        indexed=True,
        detail={"to": [one.login for one in to], "why": why, "moved": moved, "note": bool(note)},
    )
    return moved


def carry_out(viewer: Viewer, job_id: UUID, address: str) -> None:
    """The job's work, chunk by chunk; cut off, it goes on where the last chunk was committed."""
    with unit.work(viewer.actor(), address):
        content = json.JSONDecoder().decode(jobs.content(job_id).decode())
        done = jobs.get(job_id, viewer.id, "handover").done
    ids = [UUID(one) for one in content["cards"]]
    while done < len(ids):
        with jobs.step(viewer, address):
            chunk = ids[done : done + CHUNK]
            to = _there(content["to"])
            still = _still(chunk, content["from"])
            _move(viewer, still, to, content["why"], done, note=content.get("note", ""))
            done += len(chunk)
            jobs.progress(job_id, done=done)
    with unit.work(viewer.actor(), address):
        jobs.progress(job_id, state="done", done=done)
        jobs.forget(job_id)


def _there(ids: Sequence[str]) -> list[Person]:
    """Who of the receivers is still there, maybe days after they were named. Raises Invalid."""
    known = [db.session.get(Person, UUID(one)) for one in ids]
    there = [one for one in known if one and standing.may_have(one)]
    if not there:
        raise Invalid(_("接手人都已不在岗，请重新选择。"), "to")
    return there


def _still(chunk: list[UUID], from_: str | None) -> list[tuple[UUID, UUID | None]]:
    """The cards of a chunk that are still whose they were when the handover was begun."""
    wanted = (
        select(Customer.id, Customer.owner_id)
        .where(Customer.id.in_(chunk), LIVE)
        .order_by(Customer.id)
    )
    if from_ == NOBODY:
        wanted = wanted.where(Customer.owner_id.is_(None))
    elif from_:
        wanted = wanted.where(Customer.owner_id == UUID(from_))
    return [(row[0], row[1]) for row in db.session.execute(wanted)]
