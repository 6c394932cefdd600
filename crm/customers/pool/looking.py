"""Looking at the pool: open fields only, the latest first, so many different lines a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import (
    BindParameter,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
)  # fmt: skip

from crm import clock
from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.customers import names
from crm.customers.cards import LIVE, Customer, NameGram
from crm.customers.pool import PoolCard, PoolLook
from crm.customers.searching import escaped, rarest
from crm.db import run
from crm.disclosure import door
from crm.errors import Invalid
from crm.web.counting import few

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crm.accounts.people import Viewer
    from crm.customers.pool.rules import Rules

PAGE = 20
CANDIDATES = 5000
"""Names under the rarest part of what was typed that are looked through, the shortest first."""

STANDING: tuple[ColumnElement[bool], ...] = (
    PoolCard.customer_id == Customer.id,
    Customer.owner_id.is_(None),
    LIVE,
)
"""A card is in the pool while it has its row there and nobody has it."""
_NAMED = and_(
    Customer.id.in_(
        select(NameGram.customer_id)
        .where(NameGram.gram == bindparam("gram"))
        .order_by(NameGram.length)
        .limit(CANDIDATES)
    ),
    Customer.search_text.like(bindparam("pattern"), escape="/"),
)
_KEY: BindParameter[datetime] = bindparam("after_since", type_=PoolCard.since.type)
_LAST: BindParameter[UUID] = bindparam("after_id")
_AFTER = or_(PoolCard.since < _KEY, and_(PoolCard.since == _KEY, PoolCard.customer_id < _LAST))
SEEN = select(PoolLook.customer_id).where(
    PoolLook.person_id == bindparam("person_id"),
    PoolLook.day == bindparam("day"),
    PoolLook.customer_id.in_(bindparam("ids", expanding=True)),
)
USED = select(func.count()).where(
    PoolLook.person_id == bindparam("person_id"), PoolLook.day == bindparam("day")
)
LOOKS = insert(PoolLook)
HOW_MANY = select(
    few(
        select(PoolCard.customer_id)
        .join(Customer, Customer.id == PoolCard.customer_id)
        .where(Customer.owner_id.is_(None), LIVE)
    )
)


@dataclass(frozen=True, slots=True)
class Line:
    """What one may see of a card before claiming it."""

    id: UUID
    name: str
    region: str
    industry: str
    level: str
    since: datetime
    mine_before: bool
    """Whether it was the reader's own."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the pool: its lines, where the next begins, and how many lines today leaves."""

    lines: list[Line]
    after: str | None
    left: int | None
    """None for who sees these cards in the ordinary list anyway."""
    held_back: int
    """Lines that are there and were not shown, because the day's lines are used up."""


@cache
def _statement(*, named: bool, turned: bool) -> Select[*tuple[Any, ...]]:
    asked = [*STANDING, *([_NAMED] if named else []), *([_AFTER] if turned else [])]
    return (
        select(
            Customer.id, Customer.name, Customer.region, Customer.industry, Customer.level,
            PoolCard.since, PoolCard.former_id,
        )
        .where(*asked)
        .order_by(PoolCard.since.desc(), PoolCard.customer_id.desc())
        .limit(bindparam("limit", type_=Integer))
    )  # fmt: skip


def page(viewer: Viewer, now: Rules, q: str = "", after: str = "") -> Page:
    """The next lines for this person. In a writing unit: what is shown is counted and logged.

    Raises Invalid for an address that is no page's.
    """
    values: dict[str, Any] = {"limit": PAGE + 1} | _named(q) | _turned(after)
    rows = run(_statement(named=bool(q), turned=bool(after)), values).all()
    more, rows = len(rows) > PAGE, rows[:PAGE]
    shown, left = _within_the_day(viewer, now, rows)
    subjects = [(Subject("customer", row.id, None, None), None, ()) for row in shown]
    door.listing(viewer, subjects, scene="pool", **({"search": "name"} if q else {}))
    return Page(
        [_line(row, viewer) for row in shown],
        f"{rows[-1].since.isoformat()}~{rows[-1].id}" if more and left != 0 else None,
        left,
        len(rows) - len(shown),
    )


def _line(row: Any, viewer: Viewer) -> Line:
    return Line(
        row.id, row.name, row.region, row.industry, row.level, row.since, row.former_id == viewer.id
    )


def _within_the_day(viewer: Viewer, now: Rules, rows: Any) -> tuple[list[Any], int | None]:
    """What of these rows this person may see today; seeing it counts, once."""
    if law.scope(viewer, Permission.CUSTOMER_LIST) is Scope.ALL:
        return list(rows), None
    whose = {"person_id": viewer.id, "day": clock.today()}
    seen = set(run(SEEN, whose | {"ids": [row.id for row in rows]}).scalars())
    left = max(0, now.lines - run(USED, whose).scalar_one())
    fresh = [row.id for row in rows if row.id not in seen][:left]
    if fresh:
        run(LOOKS, [whose | {"customer_id": one} for one in fresh])
    shown = [row for row in rows if row.id in seen or row.id in set(fresh)]
    return shown, left - len(fresh)


def _named(q: str) -> dict[str, Any]:
    """What a part of a name asks for: what of it is rarest, and the whole part."""
    folded = names.fold(q)
    if not folded:
        return {}
    gram, _beside = rarest(folded)
    return {"gram": gram, "pattern": f"%{escaped(folded)}%"}


def _turned(after: str) -> dict[str, Any]:
    if not after:
        return {}
    since, _tilde, last = after.partition("~")
    try:
        return {"after_since": clock.read(since), "after_id": UUID(last)}
    except ValueError:
        raise Invalid(_("这个翻页地址不完整，请从第一页开始。")) from None


def how_many() -> int:
    """How many cards are in the pool, counted to a thousand."""
    count: int = run(HOW_MANY).scalar_one()
    return count
