"""The recycle bin: a card goes in, comes back within thirty days, or is shredded for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from crm import clock
from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.accounts.people import Person
from crm.audit import log
from crm.crypto.blind import BlindTerm
from crm.crypto.keyring import DataKey
from crm.customers import duplicates, merging, names, placing, terms
from crm.customers.beside import Collaborator, Star
from crm.customers.binned import Binned, Shredded
from crm.customers.cards import Customer, CustomerTag, NameGram
from crm.customers.changes import Change
from crm.customers.contacts import Contact, ExtraValue
from crm.customers.contributing import records
from crm.customers.contributing.consents import Consent
from crm.customers.contributing.links import IntakeLink
from crm.customers.duplicates import NearKey, NearSeen, Pair
from crm.customers.followups import FollowUp
from crm.customers.merging import Merge
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard
from crm.customers.purchases import Purchase
from crm.customers.purchases.classify import LevelProposal
from crm.db import db, scrub
from crm.disclosure.openings import Opening
from crm.errors import Denied, Invalid, Missing
from crm.notices.inbox import Notice
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm.accounts.people import Viewer
    from crm.customers.cards import Card

KEPT = timedelta(days=30)
"""How long a card lies in the bin before it is shredded."""
PAGE = 50
AT_A_TIME = 20
"""Cards shredded in one transaction by the timer."""

SHREDDED: tuple[tuple[Any, Any], ...] = (
    (Consent, Consent.customer_id),
    (IntakeLink, IntakeLink.customer_id),
    (ExtraValue, ExtraValue.customer_id),
    (Contact, Contact.customer_id),
    (FollowUp, FollowUp.customer_id),
    (Purchase, Purchase.customer_id),
    (LevelProposal, LevelProposal.customer_id),
    (PoolCard, PoolCard.customer_id),
    (OwnerChange, OwnerChange.customer_id),
    (Pair, Pair.low_id),
    (Pair, Pair.high_id),
    (NearKey, NearKey.customer_id),
    (NearSeen, NearSeen.customer_id),
    (Notice, Notice.subject_id),
    (Merge, Merge.kept_id),
    (Merge, Merge.gone_id),
    (Change, Change.customer_id),
    (CustomerTag, CustomerTag.customer_id),
    (NameGram, NameGram.customer_id),
    (Collaborator, Collaborator.customer_id),
    (Star, Star.customer_id),
    (Binned, Binned.customer_id),
    (Opening, Opening.customer_id),
    (BlindTerm, BlindTerm.owner_id),
    (Customer, Customer.id),
    (DataKey, DataKey.owner_id),
)
"""What goes with a card, in this order; a test holds that no table which names customers is left
out. The log stays: it names fields, never values; so do the days' counts of the quota."""


def throw_in(card: Card, viewer: Viewer) -> None:
    """Put a card into the bin. Raises Denied for who only works on it beside somebody else."""
    customer = card.customer
    if law.scope(viewer, Permission.CUSTOMER_BIN) is Scope.OWN and customer.owner_id != viewer.id:
        log.refuse("bin", subject_type="customer", subject_ids=(customer.id,))
        raise Denied(_("只有负责人或市场主管能把客户移入回收站。"))
    db.session.add(
        Binned(
            customer_id=customer.id,
            at=clock.now(),
            by_id=viewer.id,
            owner_id=customer.owner_id,
            team_id=customer.team_id,
            next_contact=customer.next_contact,
            people={
                "collaborators": _taken(Collaborator, customer.id),
                "stars": _taken(Star, customer.id),
            },
        )
    )
    customer.owner_id = customer.team_id = customer.next_contact = None
    duplicates.gone(customer.id)
    _moved(customer)
    log.say("bin", subject_type="customer", subject_ids=(customer.id,), indexed=True)


def _taken(table: Any, customer_id: UUID) -> list[str]:
    """The people who stand to the card so; they stand so no longer."""
    here = table.customer_id == customer_id
    ids = db.session.scalars(select(table.person_id).where(here)).all()
    db.session.execute(delete(table).where(here))
    return [str(one) for one in ids]


def _moved(customer: Customer) -> None:
    """Somebody who is just editing the card will notice."""
    customer.version += 1
    db.session.flush()


def get(
    customer_id: UUID, viewer: Viewer, permission: Permission = Permission.CUSTOMER_BIN
) -> tuple[Customer, Binned]:
    """A card in the bin, for who may take it out or shred it. Raises Missing, logged."""
    wanted = select(Customer, Binned).join(Binned, Binned.customer_id == Customer.id)
    row = db.session.execute(wanted.where(Binned.customer_id == customer_id)).first()
    if row is None:
        raise Missing
    subject = Subject("customer", customer_id, row[1].owner_id, row[1].team_id)
    if not law.may(viewer, permission, subject):
        asked = {"permission": permission.value}
        log.refuse("access", subject_type="customer", subject_ids=(customer_id,), detail=asked)
        raise Missing
    return row[0], row[1]


def restore(viewer: Viewer, customer: Customer, row: Binned) -> bool:
    """Take a card out of the bin, as it was; False when who had it may not have it any more."""
    customer.owner_id, customer.team_id = row.owner_id, row.team_id
    customer.next_contact = row.next_contact
    for table, ids in ((Collaborator, row.people["collaborators"]), (Star, row.people["stars"])):
        if ids:
            given = [{"customer_id": customer.id, "person_id": UUID(one)} for one in ids]
            db.session.execute(insert(table), given)
    db.session.delete(row)
    _moved(customer)
    as_it_was = placing.settle(viewer, customer.id)
    db.session.expire(customer)
    log.say(
        "restore",
        subject_type="customer",
        subject_ids=(customer.id,),
        detail={} if as_it_was else {"why": placing.LEFT},
        indexed=True,
    )
    return as_it_was


def page(viewer: Viewer, before: datetime | None = None) -> Sequence[Any]:
    """What lies in the bin, newest first, as far as this person's right reaches; one too many."""
    by, had = select(Person.id, Person.name).subquery(), select(Person.id, Person.name).subquery()
    wanted = (
        select(
            Customer.id, Customer.name, Customer.level, Customer.region, Binned.at,
            by.c.name.label("by"), had.c.name.label("owner"),
        )
        .join(Binned, Binned.customer_id == Customer.id)
        .join(by, by.c.id == Binned.by_id)
        .outerjoin(had, had.c.id == Binned.owner_id)
        .order_by(Binned.at.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if law.scope(viewer, Permission.CUSTOMER_BIN) is not Scope.ALL:
        wanted = wanted.where(Binned.owner_id == viewer.id)
    if before:
        wanted = wanted.where(Binned.at < before)
    rows = db.session.execute(wanted).all()
    ids = tuple(row.id for row in rows[:PAGE])
    log.say("list", subject_type="customer", subject_ids=ids, detail={"scene": "bin"})
    return rows


def graves(limit: int = 20) -> Sequence[Any]:
    """The latest tombstones: when, by whom, how."""
    wanted = select(Shredded.customer_id, Shredded.at, Shredded.how, Person.name.label("by"))
    joined = wanted.outerjoin(Person, Person.id == Shredded.by_id)
    return db.session.execute(joined.order_by(Shredded.at.desc()).limit(limit)).all()


def those(customer_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these cards are in the bin."""
    here = Binned.customer_id.in_(list(customer_ids))
    return set(db.session.scalars(select(Binned.customer_id).where(here)))


def shred_at_once(customer: Customer, viewer: Viewer, typed: str) -> None:
    """Shred a card before its days are over. Raises Invalid unless its name was typed."""
    if names.fold(typed) != customer.name_key:
        raise Invalid(_("输入的名称和这家客户不一致，没有销毁。"), "name")
    _shred(customer.id, viewer.id, "at-once")


def _shred(customer_id: UUID, by_id: UUID | None, how: str) -> None:
    """Everything of a card goes, last of all the key that opened it; a tombstone stays.

    So does everything of the cards that went into it: they are in it.
    """
    db.session.flush()
    db.session.expunge_all()
    inside = merging.inside(customer_id)
    merging.forget(customer_id)
    records.forget(customer_id)
    gone = [customer_id, *inside]
    tagged = select(CustomerTag.tag).where(CustomerTag.customer_id.in_(gone))
    tags = db.session.scalars(tagged).all()
    for table, column in SHREDDED:
        db.session.execute(delete(table).where(column.in_(gone)))
    terms.forget_unused(tags)
    told = {"at": clock.now(), "by_id": by_id, "how": how}
    db.session.execute(insert(Shredded), [told | {"customer_id": one} for one in gone])
    log.say(
        "shred",
        subject_type="customer",
        subject_ids=tuple(gone),
        detail={"how": how},
        indexed=True,
    )


def purge() -> int:
    """Shred what has lain in the bin for thirty days; how many. For a timer or a command."""
    done = 0
    while True:
        with unit.work():
            over = select(Binned.customer_id).where(Binned.at < clock.now() - KEPT)
            some = db.session.scalars(over.order_by(Binned.at).limit(AT_A_TIME)).all()
            for customer_id in some:
                _shred(customer_id, None, "expired")
        if not some:
            break
        done += len(some)
    if done:
        scrub()
    return done
