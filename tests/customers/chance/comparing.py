"""Comparing: the archive as it is against what was done to it, after every step."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crm.accounts.people import Person
from crm.audit.entry import LogEntry
from crm.customers.beside import Collaborator
from crm.customers.binned import Binned, Shredded
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.contributing.records import Contribution
from crm.customers.followups import FollowUp
from crm.customers.merging import Merge
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard
from crm.db import db
from tests.customers.chance.belief import BIN, HELD, MERGED, POOL, SHREDDED

if TYPE_CHECKING:
    from uuid import UUID

    from tests.customers.chance.belief import Belief
    from tests.customers.chance.town import Town

ROWS = (
    select(
        Customer.id, Customer.team_id, Person.login, Person.team_id.label("owners_team"),
        PoolCard.since, Binned.customer_id.label("binned"), Binned.owner_id.label("had"),
    )
    .outerjoin(Person, Person.id == Customer.owner_id)
    .outerjoin(PoolCard, PoolCard.customer_id == Customer.id)
    .outerjoin(Binned, Binned.customer_id == Customer.id)
)  # fmt: skip


def place_of(row: Any) -> str:
    """Where a card is, by its rows; they must not say two things."""
    if row.binned:
        assert row.login is None
        return BIN
    if row.login:
        return HELD
    assert row.since is not None, "a card that is nobody's and not in the pool"
    return POOL


def each_card_is_somewhere(town: Town, belief: Belief) -> None:
    """Somebody has it who may, or it is in the pool, in the bin, in another card, or shredded."""
    logins = dict(db.session.execute(select(Person.id, Person.login)).all())
    found = {row.id: row for row in db.session.execute(ROWS)}
    for one, row in found.items():
        card, place = belief.cards[one], place_of(row)
        owner = logins.get(row.had) if place == BIN else row.login
        assert (place, owner) == (card.place, card.owner)
        if place == HELD:
            assert town.may_have(row.login), f"{row.login} may not have a card"
            assert row.team_id == row.owners_team
    gone = select(Merge.gone_id).where(Merge.undone_at.is_(None))
    merged, shredded = (
        set(db.session.scalars(gone)),
        set(db.session.scalars(select(Shredded.customer_id))),
    )
    assert merged == set(belief.those(MERGED))
    assert shredded == set(belief.those(SHREDDED))
    assert set(found) | merged | shredded == set(belief.cards)


def nobody_stands_beside_a_card_that_is_nobodys() -> None:
    without = Customer.owner_id.is_(None)
    beside = select(Collaborator.customer_id).join(
        Customer, Customer.id == Collaborator.customer_id
    )
    assert db.session.scalars(beside.where(without)).all() == []


def nothing_that_was_written_is_lost(belief: Belief) -> None:
    """A contact for each card that was made; follow-ups and contributions where they belong."""
    there = belief.those(HELD, POOL, BIN)
    for table, what in ((FollowUp, "follow_up"), (Contribution, "contribution")):
        grouped = select(table.customer_id, func.count()).group_by(table.customer_id)
        found = dict(db.session.execute(grouped).all())
        assert found == {one: n for one in there if (n := belief.written(one, what))}
    grouped = select(Contact.customer_id, func.count()).group_by(Contact.customer_id)
    assert dict(db.session.execute(grouped).all()) == {
        one: len(list(belief.inside(one))) for one in there
    }


def history_is_whole(belief: Belief, cards: set[UUID]) -> None:
    """What a card's history says is every change there was, each from where the last one ended."""
    logins: dict[UUID | None, str] = dict(
        db.session.execute(select(Person.id, Person.login)).all()  # type: ignore[arg-type]
    )
    wanted = select(OwnerChange.customer_id, OwnerChange.from_id, OwnerChange.to_id)
    said: dict[UUID, Counter[Any]] = {one: Counter() for one in cards}
    for row in db.session.execute(wanted.where(OwnerChange.customer_id.in_(cards))):
        said[row.customer_id][logins.get(row.from_id), logins.get(row.to_id)] += 1
    for one in cards:
        there = belief.cards[one].place not in {MERGED, SHREDDED}
        assert said[one] == (belief.history(one) if there else Counter())


def the_log_is_dense(belief: Belief) -> None:
    """No sequence is missing; each handover that was made has its entry."""
    counted = select(func.count(), func.max(LogEntry.seq)).select_from(LogEntry)
    number, last = db.session.execute(counted).one()
    assert number == last
    made = (LogEntry.action == "handover", LogEntry.result == "ok")
    handovers = select(func.count()).select_from(LogEntry).where(*made)
    assert db.session.scalar(handovers) == belief.handovers


def done() -> set[str]:
    """The acts that came about at all."""
    return set(db.session.scalars(select(LogEntry.action).where(LogEntry.result == "ok")))
