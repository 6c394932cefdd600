"""Lists: which customers, in which order, on which page – one query for what a page shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import Select, and_, exists, or_, select

from crm import clock
from crm.accounts.people import Person
from crm.crypto.keyring import DataKey
from crm.customers import scenes, searching
from crm.customers.cards import Collaborator, Customer, CustomerTag, NameGram, Star
from crm.customers.contacts import Contact
from crm.customers.followups import FollowUp
from crm.db import db
from crm.errors import Invalid

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crm.accounts.people import Viewer

PAGE = 50
FARTHEST_PAGE = 200
"""Pages are turned by key; a page asked for by number alone goes no farther."""
SORTS: dict[str, tuple[Any, str]] = {
    "recent": (Customer.last_at, "desc"),
    "next": (Customer.next_contact, "asc"),
    "name": (Customer.sort_name, "asc"),
    "level": (Customer.level, "asc"),
}
NEXT_FILTERS = ("overdue", "today", "week", "none")


@dataclass(slots=True)
class Asked:
    """What a list is asked for."""

    scene: str = "mine"
    q: str = ""
    contacts: bool = False
    sort: str = "recent"
    direction: str = "desc"
    page: int = 1
    after: str = ""
    filters: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """What a list answers with: rows of `columns()`, whether more follow, and how it looked."""

    rows: list[Any]
    more: bool
    by: str = ""


def page(asked: Asked, viewer: Viewer) -> Page:
    """One page of customers. Raises Invalid for a page, sort or key that cannot be."""
    wanted, by, direction = _ids(asked, viewer)
    inner = wanted.limit(PAGE + 1).subquery("page")
    order = (
        [inner.c.key, inner.c.id] if direction == "asc" else [inner.c.key.desc(), inner.c.id.desc()]
    )
    rows = db.session.execute(_columns(inner, viewer).order_by(*order)).all()
    return Page(list(rows[:PAGE]), len(rows) > PAGE, by)


def _ids(asked: Asked, viewer: Viewer) -> tuple[Select[*tuple[Any, ...]], str, str]:
    """The page's ids with their sort key, how a search looked, and the direction."""
    conditions = [
        c
        for c in (scenes.condition(asked.scene, viewer), *_filters(asked.filters))
        if c is not None
    ]
    if not asked.q:
        return _ordered(conditions, asked), "", asked.direction
    if asked.contacts:
        known = searching.contacts_named(asked.q, viewer)
        return (
            _ordered([*conditions, Customer.id.in_(known)], asked),
            "contact.name",
            asked.direction,
        )
    found = searching.find(asked.q, viewer)
    own = asked.scene in {"mine", "shared", "starred"} or searching.reachable(viewer) is not None
    if own or found.gram is None:
        return _ordered([*conditions, found.condition], asked), found.by, asked.direction
    return _walked([*conditions, found.condition], found.gram, asked), found.by, "asc"


def _walked(
    conditions: list[ColumnElement[bool]], gram: str, asked: Asked
) -> Select[*tuple[Any, ...]]:
    """Names under a pair of characters, closest first, straight off the index."""
    wanted = select(Customer.id.label("id"), NameGram.length.label("key"))
    joined = wanted.join(NameGram, NameGram.customer_id == Customer.id)
    named = joined.where(NameGram.gram == gram, *conditions)
    return named.order_by(NameGram.length, NameGram.customer_id).offset(_offset(asked))


def _filters(given: dict[str, str]) -> list[ColumnElement[bool]]:
    simple = {"level": Customer.level, "status": Customer.status, "industry": Customer.industry}
    made: list[ColumnElement[bool]] = [
        column.in_(given[name].split(",")) for name, column in simple.items() if given.get(name)
    ]
    if region := given.get("region"):
        made.append(Customer.region.startswith(region, autoescape=True))
    if tag := given.get("tag"):
        made.append(Customer.id.in_(select(CustomerTag.customer_id).where(CustomerTag.tag == tag)))
    if due := given.get("next"):
        made.append(_due(due))
    return made


def _due(when: str) -> ColumnElement[bool]:
    today, column = clock.today(), Customer.next_contact
    if when not in NEXT_FILTERS:
        raise Invalid(gettext("没有这个筛选。"))
    return {
        "overdue": column < today,
        "today": column == today,
        "week": column.between(today, today + timedelta(days=7)),
        "none": column == date.max,  # how a missing date is kept
    }[when]


def _ordered(conditions: list[ColumnElement[bool]], asked: Asked) -> Select[*tuple[Any, ...]]:
    """Sort by an open column and go to the page: by key when one is given, else by number."""
    if asked.sort not in SORTS or asked.direction not in {"asc", "desc"}:
        raise Invalid(gettext("不能按这一列排序。"))
    column = SORTS[asked.sort][0]
    wanted = select(Customer.id.label("id"), column.label("key")).where(*conditions)
    if asked.after:
        return _turned(_after(wanted, column, asked), column, asked)
    return _turned(wanted.offset(_offset(asked)), column, asked)


def _offset(asked: Asked) -> int:
    if not 1 <= asked.page <= FARTHEST_PAGE:
        raise Invalid(gettext("翻得太远了，请用搜索或筛选缩小范围。"))
    return (asked.page - 1) * PAGE


def _turned(
    wanted: Select[*tuple[Any, ...]], column: Any, asked: Asked
) -> Select[*tuple[Any, ...]]:
    if asked.direction == "asc":
        return wanted.order_by(column.asc(), Customer.id.asc())
    return wanted.order_by(column.desc(), Customer.id.desc())


def _after(wanted: Select[*tuple[Any, ...]], column: Any, asked: Asked) -> Select[*tuple[Any, ...]]:
    text, _tilde, last = asked.after.rpartition("~")
    try:
        key, last_id = _key(asked.sort, text), UUID(last)
    except ValueError:
        raise Invalid(gettext("这个翻页地址不完整，请从第一页开始。")) from None
    if asked.direction == "asc":
        return wanted.where(or_(column > key, and_(column == key, Customer.id > last_id)))
    return wanted.where(or_(column < key, and_(column == key, Customer.id < last_id)))


def _key(sort: str, text: str) -> Any:
    if sort == "recent":
        return datetime.fromisoformat(text)
    if sort == "next":
        return date.fromisoformat(text)
    return text


def key_after(row: Any, sort: str) -> str:
    """What the next page's address carries: the last row's key and id."""
    value = getattr(
        row,
        {"recent": "last_at", "next": "next_contact", "name": "sort_name", "level": "level"}[sort],
    )
    text = value.isoformat() if isinstance(value, date) else (value or date.max.isoformat())
    return f"{text}~{row.id}"


def _columns(inner: Any, viewer: Viewer) -> Select[*tuple[Any, ...]]:
    shared = exists().where(
        Collaborator.customer_id == Customer.id, Collaborator.person_id == viewer.id
    )
    wanted = select(
        Customer.id, Customer.name, Customer.short_name, Customer.region, Customer.industry,
        Customer.level, Customer.status, Customer.tags, Customer.source, Customer.owner_id,
        Customer.team_id, Customer.last_at, Customer.next_contact, Customer.sort_name,
        Person.name.label("owner"), shared.label("shared"), Star.person_id.label("star"),
        Contact.id.label("contact_id"), Contact.name.label("contact"),
        FollowUp.id.label("follow_up_id"), FollowUp.author_id, FollowUp.text, FollowUp.outcome,
        DataKey.version.label("data_version"), DataKey.key_version, DataKey.wrapped,
    )  # fmt: skip
    return (
        wanted.join(inner, inner.c.id == Customer.id)
        .outerjoin(Person, Person.id == Customer.owner_id)
        .outerjoin(Contact, Contact.id == Customer.main_contact_id)
        .outerjoin(FollowUp, FollowUp.id == Customer.last_follow_up_id)
        .outerjoin(DataKey, DataKey.owner_id == Customer.id)
        .outerjoin(Star, and_(Star.customer_id == Customer.id, Star.person_id == viewer.id))
    )
