"""Lists: which customers, in which order, on which page – one query for what a page shows.

Every form of the question is built once and kept; who asks and for what are its values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import BindParameter, Integer, Select, and_, bindparam, or_, select, union_all

from crm import clock
from crm.access.policy import Scope
from crm.accounts.people import Person
from crm.crypto.keyring import DataKey
from crm.customers import reach, scenes, searching
from crm.customers.beside import Star
from crm.customers.cards import SHARED, Customer, NameGram
from crm.customers.contacts import Contact
from crm.customers.followups import FollowUp
from crm.customers.narrowing import FILTERS, OF_A_WEEK, WALKED_BY, narrowed
from crm.customers.searching import ALSO, FOUND, Found
from crm.db import run
from crm.errors import Invalid

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crm.accounts.people import Viewer

PAGE = 20
"""Rows of a page: one screen of a desk, and what a phone loads at once."""
FARTHEST_PAGE = 200
"""Farther on nobody reads: who has come so far is asked for a filter."""
SORTS: dict[str, tuple[Any, str]] = {
    "recent": (Customer.last_at, "desc"),
    "next": (Customer.next_contact, "asc"),
    "name": (Customer.sort_name, "asc"),
    "level": (Customer.level, "asc"),
}


class TooFar(Invalid):
    """A page beyond the last that is shown: the question wants narrowing."""


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
    """What a list answers with: rows of `_columns`, whether more follow, and how it looked."""

    rows: list[Any]
    more: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class _Form:
    """The form of a question: everything that makes its statement another one."""

    scene: str
    far: Scope
    filters: tuple[str, ...]
    found: str
    walked: bool
    sort: str
    direction: str
    by_key: bool


def page(asked: Asked, viewer: Viewer) -> Page:
    """One page of customers. Raises Invalid for a page, sort or key that cannot be."""
    scenes.check(asked.scene, viewer)
    if asked.sort not in SORTS or asked.direction not in {"asc", "desc"}:
        raise Invalid(gettext("不能按这一列排序。"))
    filters, values = narrowed(asked.filters)
    enough = asked.page * PAGE + 1 if _plain(asked) else searching.MOST
    found = searching.asked(asked.q, viewer, in_contacts=asked.contacts, enough=enough)
    form = _form(asked, reach.of(viewer), filters, found)
    values |= reach.values(viewer) | found.values | _turned_to(asked, form) | {"limit": PAGE + 1}
    rows = run(_statement(form), values).all()
    return Page(list(rows[:PAGE]), len(rows) > PAGE, found.by)


def _plain(asked: Asked) -> bool:
    """Whether the latest that are found are the ones on the page."""
    return (
        asked.scene == "all"
        and asked.sort == "recent"
        and asked.direction == "desc"
        and not asked.filters
    )


def _form(asked: Asked, far: Scope, filters: tuple[str, ...], found: Found) -> _Form:
    own = asked.scene in {*scenes.OWN, "starred"} or far is not Scope.ALL
    walked = bool(found.gram) and not own
    return _Form(
        scene=asked.scene,
        far=far,
        filters=filters,
        found=found.how,
        walked=walked,
        sort=asked.sort,
        direction="asc" if walked else asked.direction,
        by_key=bool(asked.after) and not walked,
    )


def _turned_to(asked: Asked, form: _Form) -> dict[str, Any]:
    """Where the page begins: after a key when one is given, else at a number."""
    if not 1 <= asked.page <= FARTHEST_PAGE:
        raise TooFar(gettext("最多翻到第 %(n)s 页，请用搜索或筛选缩小范围。", n=FARTHEST_PAGE))
    offset = 0 if form.by_key else (asked.page - 1) * PAGE
    start = {"offset": offset, "up_to": offset + PAGE + 1}
    if not form.by_key:
        return start
    text, _tilde, last = asked.after.rpartition("~")
    try:
        return start | {"after_key": _key(asked.sort, text), "after_id": UUID(last)}
    except ValueError:
        raise Invalid(gettext("这个翻页地址不完整，请从第一页开始。")) from None


def _key(sort: str, text: str) -> Any:
    if sort == "recent":
        return clock.read(text)
    if sort == "next":
        return date.fromisoformat(text)
    return text


def key_after(row: Any, sort: str) -> str:
    """What the next page's address carries: the last row's key and id."""
    value = getattr(row, SORTS[sort][0].key)
    text = value.isoformat() if isinstance(value, date) else (value or date.max.isoformat())
    return f"{text}~{row.id}"


@lru_cache(maxsize=500)
def _statement(form: _Form) -> Select[*tuple[Any, ...]]:
    """The ids of a page in their order, and what is shown of each."""
    inner = _ids(form).limit(bindparam("limit", type_=Integer)).subquery("page")
    order = [inner.c.key, inner.c.id]
    ordered = order if form.direction == "asc" else [one.desc() for one in order]
    return _columns().join(inner, inner.c.id == Customer.id).order_by(*ordered)


def _ids(form: _Form) -> Select[*tuple[Any, ...]]:
    """The page's ids with their sort key."""
    found = FOUND[form.found]
    meant = FILTERS if form.sort in {"recent", "level"} else FILTERS | WALKED_BY
    conditions = [
        scenes.condition(form.scene, form.far),
        *(meant[name] for name in form.filters),
        *([] if found is None else [found]),
    ]
    start = bindparam("offset", type_=Integer)
    if form.walked:  # names under a part, closest first, straight off the index
        wanted = select(Customer.id.label("id"), NameGram.length.label("key"))
        joined = wanted.join(NameGram, NameGram.customer_id == Customer.id)
        named = joined.where(NameGram.gram == bindparam("gram"), ALSO, *conditions)
        return named.order_by(NameGram.length, NameGram.customer_id).offset(start)
    if form.sort == "recent" and form.scene == "all" and "week" in form.filters:
        return _of_a_week(form, [one for one in conditions if one is not FILTERS["week"]])
    return _in_order(form, conditions).offset(start)


def _in_order(form: _Form, conditions: list[Any]) -> Select[*tuple[Any, ...]]:
    column, ascending = SORTS[form.sort][0], form.direction == "asc"
    wanted = select(Customer.id.label("id"), column.label("key")).where(*conditions)
    order = [column.asc(), Customer.id.asc()] if ascending else [column.desc(), Customer.id.desc()]
    turned = wanted.where(_after(column, ascending)) if form.by_key else wanted
    return turned.order_by(*order)


def _of_a_week(form: _Form, conditions: list[Any]) -> Select[*tuple[Any, ...]]:
    """Each day's first rows, put in order: no day's are gathered whole."""
    most = bindparam("up_to", type_=Integer)
    days = (_in_order(form, [*conditions, day]).limit(most).subquery() for day in OF_A_WEEK)
    week = union_all(*(select(one.c.id, one.c.key) for one in days)).subquery("week")
    order = [week.c.key, week.c.id]
    turned = order if form.direction == "asc" else [one.desc() for one in order]
    start = bindparam("offset", type_=Integer)
    return select(week.c.id, week.c.key).order_by(*turned).offset(start)


def _after(column: Any, ascending: bool) -> ColumnElement[bool]:  # noqa: FBT001 - one of a form's facts
    key: BindParameter[Any] = bindparam("after_key")
    last: BindParameter[UUID] = bindparam("after_id")
    if ascending:
        return or_(column > key, and_(column == key, Customer.id > last))
    return or_(column < key, and_(column == key, Customer.id < last))


def _columns() -> Select[*tuple[Any, ...]]:
    """What a list shows of a customer. Conditions on the viewer are answered by the database."""
    return (
        select(
            Customer.id, Customer.name, Customer.short_name, Customer.region, Customer.industry,
            Customer.level, Customer.status, Customer.tags, Customer.source, Customer.owner_id,
            Customer.team_id, Customer.last_at, Customer.next_contact, Customer.sort_name,
            Customer.owned_since,
            Person.name.label("owner"), SHARED.label("shared"),
            Star.person_id.is_not(None).label("starred"),
            Contact.id.label("contact_id"), Contact.name.label("contact"),
            FollowUp.id.label("follow_up_id"), FollowUp.text, FollowUp.outcome,
            (FollowUp.author_id == bindparam("viewer_id")).label("written"),
            DataKey.version.label("data_version"), DataKey.key_version, DataKey.wrapped,
        )
        .outerjoin(Person, Person.id == Customer.owner_id)
        .outerjoin(Contact, Contact.id == Customer.main_contact_id)
        .outerjoin(FollowUp, FollowUp.id == Customer.last_follow_up_id)
        .outerjoin(DataKey, DataKey.owner_id == Customer.id)
        .outerjoin(
            Star,
            and_(Star.customer_id == Customer.id, Star.person_id == bindparam("viewer_id")),
        )
    )  # fmt: skip
