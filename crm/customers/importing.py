"""Importing: a sheet's customers become cards, chunk by chunk; a second time changes nothing.

Whoever imports may bring customers for others to look after; a card that is there already is only
touched by who may edit it, and everybody else is told that it is there and whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crm import jobs
from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.accounts.people import Person, Viewer
from crm.audit import log
from crm.customers import merging, names, recycling, reindex
from crm.customers.beside import Collaborator
from crm.customers.cards import Customer
from crm.customers.drafts import Batch, update
from crm.customers.imports import rows, sheet
from crm.customers.merging import Merge
from crm.customers.standing import responsible
from crm.db import db
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from crm.customers.imports.outcome import CustomerDraft, Outcome

CHUNK, CHUNK_CONTACTS = 100, 300
"""Customers in one transaction: a kill loses nothing acknowledged, and others can write between."""


@dataclass(slots=True)
class Counts:
    """What an import did."""

    new: int = 0
    changed: int = 0
    same: int = 0
    held: int = 0
    """Customers that are there already and somebody else's, or in the recycle bin."""
    bad: int = 0
    ids: list[UUID] = field(default_factory=list)

    def facts(self) -> dict[str, int]:
        """The numbers, for pages and the command line."""
        return {name: getattr(self, name) for name in ("new", "changed", "same", "held", "bad")}


def read(content: bytes, filename: str) -> tuple[sheet.Sheet, Outcome]:
    """A file's customers and the rows that cannot be taken. Raises Unreadable with a sentence."""
    found = sheet.read(BytesIO(content), filename)
    return found, rows.drafts(found, _known_owner)


def _known_owner(login: str) -> bool:
    return responsible(login) is not None


def foresee(drafts: Sequence[CustomerDraft]) -> Counts:
    """How many of these are new, and how many are there already; nothing is opened for that."""
    counts = Counts()
    for chunk in _chunks(drafts):
        known = _known(chunk)
        counts.changed += len(known)
        counts.new += len(chunk) - len(known)
    return counts


def _chunks(drafts: Sequence[CustomerDraft]) -> Iterable[Sequence[CustomerDraft]]:
    """Parts that hold the writer's lock for a moment: so many customers, or so many contacts."""
    part: list[CustomerDraft] = []
    for draft in drafts:
        part.append(draft)
        if len(part) == CHUNK or sum(len(one.contacts) for one in part) >= CHUNK_CONTACTS:
            yield part
            part = []
    if part:
        yield part


def _known(chunk: Sequence[CustomerDraft]) -> dict[str, Customer]:
    keys = [names.fold(draft.name) for draft in chunk]
    found = {
        one.name_key: one
        for one in db.session.scalars(select(Customer).where(Customer.name_key.in_(keys)))
    }
    return found | _merged(set(keys) - set(found))


def _merged(keys: set[str]) -> dict[str, Customer]:
    """Names whose cards went into others: a sheet that still has one means the survivor."""
    former = select(Merge.gone_key).where(Merge.gone_key.in_(keys), Merge.undone_at.is_(None))
    kept = {key: merging.standing(key) for key in db.session.scalars(former).all()}
    wanted = select(Customer).where(Customer.id.in_([one for one in kept.values() if one]))
    cards = {one.id: one for one in db.session.scalars(wanted)} if kept else {}
    return {key: cards[one] for key, one in kept.items() if one in cards}


def run(
    viewer: Viewer, drafts: Sequence[CustomerDraft], job_id: UUID | None = None, address: str = ""
) -> Counts:
    """Bring the customers in, chunk by chunk; afterwards blind indexes fit the new size."""
    counts = Counts()
    done = 0
    for chunk in _chunks(drafts):
        with jobs.step(viewer, address):
            _take(viewer, chunk, counts)
            done += sum(len(draft.rows) for draft in chunk)
            if job_id:
                jobs.progress(job_id, done=done, facts=_facts(job_id) | counts.facts())
    reindex.fit(viewer.actor(), address)
    return counts


def _facts(job_id: UUID) -> dict[str, Any]:
    return dict(db.session.scalar(select(jobs.Job.facts).where(jobs.Job.id == job_id)) or {})


def _take(viewer: Viewer, chunk: Sequence[CustomerDraft], counts: Counts) -> None:
    known, owners, touched, same = _known(chunk), _owners(chunk), [], []
    binned = recycling.those([one.id for one in known.values()])
    batch = Batch(viewer, owners)
    for draft in chunk:
        customer = known.get(names.fold(draft.name))
        if customer is None:
            touched.append(batch.add(draft).id)
            counts.new += 1
        elif customer.id in binned or not _mine(viewer, customer):
            counts.held += 1
        elif update(viewer, customer, draft):
            touched.append(customer.id)
            counts.changed += 1
        else:
            same.append(customer.id)
            counts.same += 1
    batch.store()
    if touched or same:
        log.say(
            "import",
            subject_type="customer",
            subject_ids=(*touched, *same),
            detail={"customers": len(touched), "compared": len(same)},
            indexed=True,
        )
    counts.ids += touched


def _owners(chunk: Sequence[CustomerDraft]) -> dict[str, Person]:
    logins = {draft.owner for draft in chunk if draft.owner}
    return {login: person for login in logins if (person := responsible(login))}


def _mine(viewer: Viewer, customer: Customer) -> bool:
    shared = db.session.get(Collaborator, (customer.id, viewer.id)) is not None
    subject = Subject("customer", customer.id, customer.owner_id, customer.team_id, shared=shared)
    return law.may(viewer, Permission.CUSTOMER_EDIT, subject)


def begin(
    viewer: Viewer, content: bytes, filename: str, outcome: Outcome
) -> tuple[jobs.Job, Counts]:
    """Keep an upload that was read, sealed, until somebody says go."""
    counts = foresee(outcome.drafts)
    counts.bad = outcome.refused_rows
    facts = {"filename": filename[-80:], "expected": counts.facts(), "bad": counts.bad}
    job = jobs.prepare("import", viewer.id, content, facts)
    job.total = outcome.total_rows
    db.session.flush()
    log.say(
        "import_read",
        subject_type="job",
        subject_ids=(job.id,),
        detail={"rows": outcome.total_rows, "known": counts.changed + counts.same + counts.held},
    )
    return job, counts


def carry_out(viewer: Viewer, job_id: UUID, address: str) -> None:
    """The job's work: read the kept file again and bring it in."""
    with unit.work(viewer.actor(), address):
        filename = jobs.get(job_id, viewer.id, "import").facts["filename"]
        content = jobs.content(job_id)
    _sheet, outcome = read(content, filename)  # without the writer's lock: it may take seconds
    counts = run(viewer, outcome.drafts, job_id, address)
    counts.bad = outcome.refused_rows
    with unit.work(viewer.actor(), address):
        jobs.progress(
            job_id, state="done", done=outcome.total_rows, facts=_facts(job_id) | counts.facts()
        )
        if not counts.bad:
            jobs.forget(job_id)
