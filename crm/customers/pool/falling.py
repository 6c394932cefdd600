"""Falling: cards that nobody followed for too long come back to the pool; their owners are warned.

One range of an index for each level and status, a chunk in each transaction: a run that is cut off
goes on where it stopped, a second run finds nothing left to do, and nobody waits for long.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Integer, bindparam, delete, func, insert, or_, select, update

from crm import clock
from crm.audit import log
from crm.audit.entry import Actor
from crm.customers.beside import Collaborator
from crm.customers.cards import Customer
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard
from crm.customers.pool.rules import Rules, idle_before, rules
from crm.db import db, run, uuid7
from crm.notices import Kind
from crm.notices import inbox as notices
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement

CHUNK = 200
"""Cards in one transaction: others can write between, and a kill loses nothing acknowledged."""
ONE_BY_ONE = 5
"""So many fallen cards of one chunk are told by name; more of them as a number."""
TIMER = Actor(None, "timer", "-")
"""Who the log names where no person asked for it."""

_IDLE: tuple[ColumnElement[bool], ...] = (
    Customer.level == bindparam("level"),
    Customer.status == bindparam("status"),
    Customer.owner_id.is_not(None),
    Customer.last_at < bindparam("before"),
    or_(Customer.owned_since.is_(None), Customer.owned_since < bindparam("before")),
)
DUE = (
    select(Customer.id, Customer.owner_id)
    .where(*_IDLE)
    .order_by(Customer.last_at, Customer.id)
    .limit(bindparam("limit", type_=Integer))
)
"""The cards of one level and status that come back now, the longest idle first."""
SOON = select(Customer.owner_id, func.count()).where(*_IDLE).group_by(Customer.owner_id)
"""Owners with cards of one level and status that come back soon, and how many."""


def nightly(actor: Actor = TIMER, address: str = "") -> int:
    """Let cards fall, then warn whose cards fall soon; says how many fell. Off: nothing happens."""
    fallen = fall(actor, address)
    with unit.work(actor, address):
        warn()
    return fallen


def fall(actor: Actor = TIMER, address: str = "", most: int | None = None) -> int:
    """Let every card fall whose day has come, `most` of them where somebody waits for it."""
    fallen = 0
    for level, status in _ranges():
        while most is None or fallen < most:
            with unit.work(actor, address):
                taken = _fall_some(level, status)
            fallen += taken
            if taken < CHUNK:
                break
    return fallen


def _ranges() -> list[tuple[str, str]]:
    return [(level, status) for level, status, _days in rules().groups()]


def _fall_some(level: str, status: str) -> int:
    """One chunk, by the rules as they stand at this moment."""
    now = rules()
    today = clock.today()
    ranges = {(one, of): days for one, of, days in now.groups()}
    if not now.on or today < now.earliest() or (level, status) not in ranges:
        return 0
    asked = {
        "level": level,
        "status": status,
        "before": idle_before(today, ranges[level, status]),
        "limit": CHUNK,
    }
    rows = run(DUE, asked).all()
    if rows:
        _let_fall([(row.id, row.owner_id) for row in rows])
    return len(rows)


def _let_fall(cards: Sequence[tuple[UUID, UUID]]) -> None:
    ids = [customer_id for customer_id, _owner in cards]
    into_pool(cards, "fall", "", None)
    log.say(
        "pool_fall",
        subject_type="customer",
        subject_ids=tuple(ids),
        detail={"customers": len(ids)},
        indexed=True,
    )
    _tell_owners(cards)


def into_pool(cards: Sequence[tuple[UUID, UUID]], how: str, why: str, by: UUID | None) -> None:
    """Take cards (card, owner) from their owners into the pool; collaborators let go too."""
    now, ids = clock.now(), [customer_id for customer_id, _owner in cards]
    run(delete(PoolCard).where(PoolCard.customer_id.in_(ids)))
    run(delete(Collaborator).where(Collaborator.customer_id.in_(ids)))
    run(
        update(Customer)
        .where(Customer.id.in_(ids))
        .values(owner_id=None, team_id=None, next_contact=None, owned_since=None)
    )
    run(
        insert(PoolCard),
        [{"customer_id": one, "since": now, "former_id": owner} for one, owner in cards],
    )
    passed = {"to_id": None, "at": now, "by_id": by, "how": how, "why": why}
    run(
        insert(OwnerChange),
        [passed | {"id": uuid7(), "customer_id": one, "from_id": owner} for one, owner in cards],
    )


def _tell_owners(cards: Sequence[tuple[UUID, UUID]]) -> None:
    by_owner: dict[UUID, list[UUID]] = defaultdict(list)
    for customer_id, owner_id in cards:
        by_owner[owner_id].append(customer_id)
    for owner_id, ids in by_owner.items():
        if len(ids) > ONE_BY_ONE:
            notices.tell(owner_id, Kind.POOL_FELL_MANY, number=len(ids))
            continue
        for customer_id in ids:
            notices.tell(owner_id, Kind.POOL_FELL, customer_id)


def warn() -> int:
    """Tell each owner how many cards fall soon, once a day; says how many owners. In a unit."""
    counted: dict[UUID, int] = defaultdict(int)
    for asked in _soon(rules(), clock.today()):
        for owner_id, number in run(SOON, asked):
            counted[owner_id] += number
    for owner_id, number in counted.items():
        notices.tell_daily(owner_id, Kind.POOL_WARNING, number)
    db.session.flush()
    return len(counted)


def _soon(now: Rules, today: date) -> list[dict[str, Any]]:
    """What to ask for each range: idle so long that its day comes within the days of warning."""
    coming = today + timedelta(days=now.warn)
    if not now.on or coming < now.earliest():
        return []
    return [
        {"level": level, "status": status, "before": idle_before(coming, days)}
        for level, status, days in now.groups()
    ]
