"""档案质量: which cards are old, quiet, incomplete or nobody's – each asked through an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, and_, bindparam, or_, select, text

from crm import clock
from crm.access import law
from crm.access.fields import FIELDS
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.accounts.people import Person
from crm.customers.cards import LIVE, Customer
from crm.customers.walked import INCOMPLETE
from crm.db import db, run
from crm.errors import Invalid
from crm.web.counting import few, told

if TYPE_CHECKING:
    from crm.accounts.people import Viewer

PAGE = 50
QUIET_DAYS = {"A": 30, "B": 60, "C": 90, "D": 180}
"""Level → days without a follow-up after which a card is quiet."""
KINDS = {
    "never": _("从未核实"),
    "year": _("核实超过一年"),
    "half": _("核实超过半年"),
    "quiet-a": _("A 级 30 天没跟进"),
    "quiet-b": _("B 级 60 天没跟进"),
    "quiet-c": _("C 级 90 天没跟进"),
    "quiet-d": _("D 级 180 天没跟进"),
    "gaps": _("缺少必填信息"),
    "nobody": _("未分配"),
}
"""What the board tells; the last is for who sees everybody's cards."""
REQUIRED = ("phone", "address", "contact.name", "industry", "region")
"""The facts that every card needs: the conditions of walked.INCOMPLETE."""

_CONDITIONS: dict[str, tuple[Any, Any]] = {
    "never": (Customer.verified_on == date.max, Customer.verified_on),
    "year": (Customer.verified_on < bindparam("year"), Customer.verified_on),
    "half": (
        and_(Customer.verified_on >= bindparam("year"), Customer.verified_on < bindparam("half")),
        Customer.verified_on,
    ),
    **{
        f"quiet-{level.lower()}": (
            and_(Customer.level == level, Customer.last_at < bindparam(f"quiet_{level}")),
            Customer.last_at,
        )
        for level in QUIET_DAYS
    },
    "gaps": (text(INCOMPLETE), Customer.last_at),
    "nobody": (Customer.owner_id.is_(None), Customer.last_at),
}
"""Kind → its condition, and the column whose index gives the order."""


@dataclass(slots=True)
class Board:
    """One page of one kind."""

    rows: list[Any]
    more: str
    """The next page's key; empty on the last."""


def offered(viewer: Viewer) -> list[str]:
    """The kinds this person has a use for."""
    return [kind for kind in KINDS if kind != "nobody" or sees_all(viewer)]


def sees_all(viewer: Viewer) -> bool:
    """Whether the board is everybody's cards, or one's own."""
    return law.scope(viewer, Permission.CUSTOMER_EDIT) is Scope.ALL


def _values(owner: UUID | None) -> dict[str, Any]:
    today, now = clock.today(), clock.now()
    quiet = {f"quiet_{level}": now - timedelta(days=days) for level, days in QUIET_DAYS.items()}
    return {
        "owner": owner,
        "year": today - timedelta(days=365),
        "half": today - timedelta(days=183),
    } | quiet


def counts(viewer: Viewer, owner: UUID | None) -> dict[str, str]:
    """Kind → how many, exact to ten thousand."""
    kinds = tuple(offered(viewer))
    row = run(_counting(kinds, owned=owner is not None), _values(owner)).one()
    return {kind: told(number) for kind, number in zip(kinds, row, strict=True)}


@cache
def _counting(kinds: tuple[str, ...], *, owned: bool) -> Select[*tuple[Any, ...]]:
    return select(*(_few(kind, owned=owned) for kind in kinds))


def _few(kind: str, *, owned: bool) -> Any:
    return few(select(Customer.id).where(*_where(kind, owned=owned)))


def _where(kind: str, *, owned: bool) -> list[Any]:
    mine = [Customer.owner_id == bindparam("owner")] if owned and kind != "nobody" else []
    return [*mine, _CONDITIONS[kind][0], LIVE]


def page(kind: str, owner: UUID | None, after: str) -> Board:
    """Fifty cards of a kind, the longest waiting first. Raises Invalid for no kind or no key."""
    if kind not in KINDS:
        raise Invalid(gettext("没有这个筛选。"))
    column = _CONDITIONS[kind][1]
    values = _values(owner)
    if after:
        values |= _key(after, column)
    rows = list(
        run(_page(kind, owned=owner is not None, by_key=bool(after)), values | {"limit": PAGE + 1})
    )
    more = ""
    if len(rows) > PAGE:
        last = rows[PAGE - 1]
        at = getattr(last, column.key) or date.max
        more = f"{at.isoformat()}~{last.id}"
    return Board(rows[:PAGE], more)


@cache
def _page(kind: str, *, owned: bool, by_key: bool) -> Select[*tuple[Any, ...]]:
    column = _CONDITIONS[kind][1]
    wanted = (
        select(
            Customer.id,
            Customer.name,
            Customer.region,
            Customer.industry,
            Customer.level,
            Customer.owner_id,
            Customer.team_id,
            Customer.verified_on,
            Customer.last_at,
            Customer.last_follow_up_id,
            Customer.phone.is_not(None).label("has_phone"),
            Customer.address.is_not(None).label("has_address"),
            Customer.main_contact_id,
            Person.name.label("owner"),
        )
        .outerjoin(Person, Person.id == Customer.owner_id)
        .where(*_where(kind, owned=owned))
    )
    if by_key:
        key: Any = bindparam("after_key", type_=column.type)
        last: Any = bindparam("after_id", type_=Customer.id.type)
        wanted = wanted.where(or_(column > key, and_(column == key, Customer.id > last)))
    return wanted.order_by(column, Customer.id).limit(
        bindparam("limit", type_=Customer.__table__.c.version.type)
    )


def _key(after: str, column: Any) -> dict[str, Any]:
    said, _tilde, last = after.rpartition("~")
    try:
        at = clock.read(said) if column is Customer.last_at else date.fromisoformat(said)
        return {"after_key": at, "after_id": UUID(last)}
    except ValueError:
        raise Invalid(gettext("这个翻页地址不完整，请从第一页开始。")) from None


def missing(row: Any) -> list[str]:
    """Which required facts a card of the board lacks, by their names."""
    there = {
        "phone": row.has_phone,
        "address": row.has_address,
        "contact.name": row.main_contact_id,
        "industry": row.industry,
        "region": row.region,
    }
    return [str(FIELDS[code].label) for code in REQUIRED if not there[code]]


def left() -> list[tuple[UUID, str, str]]:
    """People whose accounts are frozen and who still have cards: id, name, how many."""
    gone = db.session.execute(
        select(Person.id, Person.name).where(Person.disabled_at.is_not(None))
    ).all()
    found = []
    for person, name in gone:
        theirs = select(Customer.id).where(Customer.owner_id == person)
        if number := db.session.scalar(select(few(theirs))):
            found.append((person, name, told(number)))
    return found
