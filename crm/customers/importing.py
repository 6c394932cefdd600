"""Importing: a workbook's customers become cards, a chunk at a time, and a second time nothing changes.

Whoever imports may bring customers for others to look after; a card that is there already is only
touched by who may edit it, and everybody else is told that it is there and whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from crm import jobs
from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.accounts.people import Person, Viewer
from crm.audit import log
from crm.crypto import blind, keyring
from crm.crypto.uses import use
from crm.customers import names, reindex, saving, terms
from crm.customers.cards import Collaborator, Customer, CustomerTag, NameGram
from crm.customers.contacts import Contact
from crm.customers.editing.apply import responsible
from crm.customers.editing.slots import shares_told
from crm.customers.imports import rows, sheet
from crm.customers.saving import Saving
from crm.customers.terms import Vocabulary
from crm.db import db, uuid7
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from crm.customers.imports.outcome import ContactDraft, CustomerDraft, Outcome

CHUNK = 100
"""Customers in one transaction: a kill loses nothing acknowledged, and others can write between."""
OPEN = ("short_name", "credit_code", "industry", "region", "level", "source")
SEALED = ("phone", "address", "traits", "business", "invoice_title")
CONTACT = (
    "name",
    "role",
    "title",
    "gender",
    "birth_date",
    "education",
    "mobile",
    "home_address",
    "hobbies",
    "family",
    "other",
    "wechat",
    "email",
)
_open = use("match")


@dataclass(slots=True)
class Counts:
    """What an import did."""

    new: int = 0
    changed: int = 0
    same: int = 0
    held: int = 0
    """Customers that are there already and somebody else's."""
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
    return (drafts[at : at + CHUNK] for at in range(0, len(drafts), CHUNK))


def _known(chunk: Sequence[CustomerDraft]) -> dict[str, Customer]:
    keys = [names.fold(draft.name) for draft in chunk]
    return {
        one.name_key: one
        for one in db.session.scalars(select(Customer).where(Customer.name_key.in_(keys)))
    }


def run(
    viewer: Viewer, drafts: Sequence[CustomerDraft], job_id: UUID | None = None, address: str = ""
) -> Counts:
    """Bring the customers in, in transactions of their own; afterwards blind indexes fit the new size."""
    counts = Counts()
    done = 0
    for chunk in _chunks(drafts):
        with unit.work(viewer.actor(), address):
            _take(viewer, chunk, counts)
            done += sum(len(draft.rows) for draft in chunk)
            if job_id:
                jobs.progress(job_id, done=done, facts=_facts(job_id) | counts.facts())
    with unit.work(viewer.actor(), address):
        reindex.fit()
    return counts


def _facts(job_id: UUID) -> dict[str, Any]:
    return dict(db.session.scalar(select(jobs.Job.facts).where(jobs.Job.id == job_id)) or {})


def _take(viewer: Viewer, chunk: Sequence[CustomerDraft], counts: Counts) -> None:
    known, owners, touched = _known(chunk), _owners(chunk), []
    batch = _Batch(viewer, owners)
    for draft in chunk:
        customer = known.get(names.fold(draft.name))
        if customer is None:
            touched.append(batch.add(draft).id)
            counts.new += 1
        elif not _mine(viewer, customer):
            counts.held += 1
        elif _update(viewer, customer, draft):
            touched.append(customer.id)
            counts.changed += 1
        else:
            counts.same += 1
    batch.store()
    if touched:
        log.say(
            "import",
            subject_type="customer",
            subject_ids=tuple(touched),
            detail={"customers": len(touched)},
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


class _Batch:
    """New customers of one chunk, stored with one statement a table."""

    def __init__(self, viewer: Viewer, owners: dict[str, Person]) -> None:
        self.viewer, self.owners = viewer, owners
        self.me = db.session.get(Person, viewer.id)
        self.rows: list[Any] = []
        self.keys: list[Any] = []
        self.terms: list[blind.Term] = []
        self.grams: list[dict[str, Any]] = []
        self.tags: list[dict[str, Any]] = []
        self.words: dict[Vocabulary, set[str]] = {kind: set() for kind in Vocabulary}

    def add(self, draft: CustomerDraft) -> Customer:
        """One new card with its contacts."""
        mine = (
            self.me if law.scope(self.viewer, Permission.CUSTOMER_FOLLOW_UP) is not None else None
        )
        customer = saving.new_customer(draft.name, self.owners.get(draft.owner or "") or mine)
        data_key, key = keyring.current().new_data_key(customer.id)
        save = Saving(self.viewer, customer, key, draft.source or "", history=False)
        _put_company(save, draft)
        customer.tags = " ".join(draft.tags)
        self.rows.append(customer)
        self.keys.append(data_key)
        for position, one in enumerate(draft.contacts):
            contact = Contact(id=uuid7(), customer_id=customer.id, position=position, facts={})
            _put_contact(save, contact, one)
            customer.main_contact_id = customer.main_contact_id or contact.id
            self.rows.append(contact)
        self.terms += save.terms
        self.grams += saving.gram_rows(customer)
        self.tags += [{"tag": tag, "customer_id": customer.id} for tag in dict.fromkeys(draft.tags)]
        self.words[Vocabulary.INDUSTRY].add(customer.industry)
        self.words[Vocabulary.REGION].add(customer.region)
        self.words[Vocabulary.TAG].update(draft.tags)
        return customer

    def store(self) -> None:
        """Write the chunk."""
        db.session.add_all(self.rows + self.keys)
        db.session.flush()
        blind.add(self.terms)
        for table, given in ((NameGram, self.grams), (CustomerTag, self.tags)):
            if given:
                db.session.execute(insert(table), given)
        for kind, words in self.words.items():
            terms.note(kind, words)


def _put_company(save: Saving, draft: CustomerDraft) -> None:
    for code in (*OPEN, *SEALED):
        save.put(save.customer, code, getattr(draft, code) or None)
    if draft.shareholders:
        told = shares_told((who, f"{share.normalize():f}") for who, share in draft.shareholders)
        save.put(save.customer, "shareholders", told)
    if draft.remark and not draft.traits:
        save.put(save.customer, "traits", draft.remark)


def _put_contact(save: Saving, contact: Contact, draft: ContactDraft) -> None:
    for column in CONTACT:
        value = getattr(draft, column)
        save.put(contact, f"contact.{column}", str(value) if value else None)


def _update(viewer: Viewer, customer: Customer, draft: CustomerDraft) -> bool:
    """Bring a known card up to what the file says; False when it says nothing new."""
    key = keyring.current().record_key(customer.id)
    save = Saving(viewer, customer, key, draft.source or customer.source)
    before = customer.search_text
    _put_company(save, draft)
    people = list(db.session.scalars(select(Contact).where(Contact.customer_id == customer.id)))
    for one in draft.contacts:
        contact = _match(save, people, one)
        if contact is None:
            contact = Contact(id=uuid7(), customer_id=customer.id, position=len(people), facts={})
            db.session.add(contact)
            people.append(contact)
        _put_contact(save, contact, one)
    fresh = [tag for tag in draft.tags if tag not in customer.tags.split()]
    if fresh:
        save.changed.append("tags")
    if not save.changed:
        return False
    customer.version += 1
    customer.main_contact_id = customer.main_contact_id or (people[0].id if people else None)
    saving.rename(customer)
    db.session.flush()
    if fresh:
        saving.store_tags(customer, [*customer.tags.split(), *fresh])
    if customer.search_text != before:
        saving.store_grams(customer)
    return True


def _match(save: Saving, people: Sequence[Contact], draft: ContactDraft) -> Contact | None:
    """The contact that the file means: the same mobile, else the same name without another mobile."""

    def held(contact: Contact, column: str) -> str:
        sealed = getattr(contact, column)
        return (
            _open(save.key, saving.place_of(contact, f"contact.{column}"), sealed) if sealed else ""
        )

    for contact in people:
        if draft.mobile and held(contact, "mobile") == draft.mobile:
            return contact
    for contact in people:
        if draft.name and names.fold(held(contact, "name")) == names.fold(draft.name):
            mobile = held(contact, "mobile")
            if not (mobile and draft.mobile and mobile != draft.mobile):
                return contact
    return None


def begin(
    viewer: Viewer, content: bytes, filename: str, outcome: Outcome
) -> tuple[jobs.Job, Counts]:
    """Keep an upload that was read, sealed, until somebody says go."""
    counts = foresee(outcome.drafts)
    counts.bad = len({problem.row for problem in outcome.problems})
    facts = {"filename": filename[-80:], "expected": counts.facts(), "bad": counts.bad}
    job = jobs.prepare("import", viewer.id, content, facts)
    job.total = outcome.total_rows
    db.session.flush()
    log.say(
        "import_read",
        subject_type="job",
        subject_ids=(job.id,),
        detail={"rows": outcome.total_rows},
    )
    return job, counts


def carry_out(viewer: Viewer, job_id: UUID, address: str) -> None:
    """The job's work: read the kept file again and bring it in."""
    with unit.work(viewer.actor(), address):
        filename = jobs.get(job_id, viewer.id, "import").facts["filename"]
        content = jobs.content(job_id)
    _sheet, outcome = read(content, filename)  # without the writer's lock: it may take seconds
    counts = run(viewer, outcome.drafts, job_id, address)
    counts.bad = len({problem.row for problem in outcome.problems})
    with unit.work(viewer.actor(), address):
        jobs.progress(
            job_id, state="done", done=outcome.total_rows, facts=_facts(job_id) | counts.facts()
        )
        if not counts.bad:
            jobs.forget(job_id)
