"""Claiming, giving and putting back: how a card leaves the pool, and how its owner returns it.

Everything happens in a writing unit, where there is one writer at a time: of two people who tap at
once one finds the card and the other finds it gone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, func, select

from crm import clock
from crm.accounts.people import Person
from crm.audit import log
from crm.customers import owners, passing, standing
from crm.customers.cards import LIVE, Card, Customer
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard
from crm.customers.pool.falling import into_pool
from crm.customers.pool.rules import Rules, rules
from crm.db import db, run
from crm.errors import Invalid, Missing, OverQuota, Trouble
from crm.notices import Kind, tell

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.people import Viewer

FIRST_CONTACT = timedelta(days=1)
"""A claimed card is to be contacted by tomorrow."""

CLAIMED_TODAY = select(func.count()).where(
    OwnerChange.to_id == bindparam("person_id"),
    OwnerChange.at >= bindparam("since"),
    OwnerChange.how == "claim",
)


class Gone(Trouble):
    """The card is not in the pool any more: somebody was faster, or it never was."""

    status = 409


def in_force() -> Rules:
    """The pool's rules. Raises Missing while there is no pool."""
    now = rules()
    if not now.on:
        raise Missing
    return now


def claim(viewer: Viewer, customer_id: UUID) -> Customer:
    """Take a card out of the pool. Raises Missing, Gone, OverQuota or Invalid; refusals are logged.

    What is not in the pool answers alike, whether there is such a card or not.
    """
    now = in_force()
    customer, line = _standing_there(customer_id, "claim")
    if line.former_id == viewer.id and _cooling(line, now):
        _refuse("claim", customer_id, "cool_down")
        raise Invalid(_("这家客户原来由您负责，满 %(n)s 天后才能再认领。", n=now.cool_down))
    if claimed_today(viewer) >= now.claims:
        _refuse("claim", customer_id, "OverQuota")
        raise OverQuota(_("今天已认领 %(n)s 家，达到每日上限，明天再来。", n=now.claims))
    person = db.session.get(Person, viewer.id)
    _give(customer, line, person, "claim", viewer.id)
    log.say("claim", subject_type="customer", subject_ids=(customer_id,), indexed=True)
    return customer


def assign(viewer: Viewer, customer_id: UUID, login: str) -> Person:
    """Give a card of the pool to somebody. Raises Missing, Gone, or Invalid for nobody's name."""
    in_force()
    customer, line = _standing_there(customer_id, "assign")
    person = standing.owner(login)
    if person is None:
        raise Invalid(_("请选择分给谁。"))
    _give(customer, line, person, "assign", viewer.id)
    log.say(
        "assign",
        subject_type="customer",
        subject_ids=(customer_id,),
        detail={"to": person.login, "from": "pool"},
        indexed=True,
    )
    tell(person.id, Kind.ASSIGNED, customer_id)
    return person


def _standing_there(customer_id: UUID, act: str) -> tuple[Customer, PoolCard]:
    wanted = (
        select(Customer, PoolCard)
        .join(PoolCard, PoolCard.customer_id == Customer.id)
        .where(PoolCard.customer_id == customer_id, Customer.owner_id.is_(None), LIVE)
    )
    row = db.session.execute(wanted).first()
    if row is None:
        _refuse(act, customer_id, "gone")
        raise Gone(_("这家客户已不在公海，可能刚被同事认领。"))
    return row[0], row[1]


def _refuse(act: str, customer_id: UUID, why: str) -> None:
    log.refuse(act, subject_type="customer", subject_ids=(customer_id,), detail={"why": why})


def _cooling(line: PoolCard, now: Rules) -> bool:
    return clock.now() < line.since + timedelta(days=now.cool_down)


def _give(customer: Customer, line: PoolCard, person: Person | None, how: str, by: UUID) -> None:
    former = line.former_id
    owners.note(customer, person, how, by=by)
    customer.next_contact = clock.today() + FIRST_CONTACT
    db.session.execute(delete(PoolCard).where(PoolCard.customer_id == customer.id))
    db.session.flush()
    if former and person and former != person.id:
        tell(former, Kind.CLAIMED, customer.id)


def claimed_today(viewer: Viewer) -> int:
    """How many cards this person has claimed on this office day."""
    since = clock.start_of(clock.today())
    count: int = run(CLAIMED_TODAY, {"person_id": viewer.id, "since": since}).scalar_one()
    return count


def release(viewer: Viewer, card: Card, reason: str) -> None:
    """Put an own card back. Raises Missing while there is no pool, Invalid for no reason.

    Whoever only works on a card cannot put it back.
    """
    in_force()
    customer: Any = card.customer
    if customer.owner_id != viewer.id:
        raise Invalid(_("只有负责人能把客户退回公海。"))
    if reason not in passing.RETURNED:
        raise Invalid(_("请选择退回的原因。"))
    db.session.expunge(customer)  # changed past the mapper: what was loaded is not true any more
    into_pool([(customer.id, viewer.id)], "return", reason, viewer.id)
    log.say(
        "pool_release",
        subject_type="customer",
        subject_ids=(customer.id,),
        detail={"reason": reason},
        indexed=True,
    )
