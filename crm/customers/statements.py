"""Statements: what a list asks the database, one for each form of the question, built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Integer, Select, and_, bindparam, or_, select, union_all

from crm.access.policy import Scope
from crm.accounts.people import Person
from crm.crypto.keyring import DataKey
from crm.customers import scenes
from crm.customers.beside import Star
from crm.customers.cards import SHARED, Customer, NameGram
from crm.customers.contacts import Contact
from crm.customers.followups import FollowUp
from crm.customers.narrowing import FILTERS, OF_A_WEEK, WALKED_BY
from crm.customers.reach import GATHERED
from crm.customers.searching import ALSO, FOUND

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement

SORTS: dict[str, tuple[Any, str]] = {
    "recent": (Customer.last_at, "desc"),
    "next": (Customer.next_contact, "asc"),
    "name": (Customer.sort_name, "asc"),
    "level": (Customer.level, "asc"),
}


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a question: everything that makes its statement another one."""

    scene: str
    far: Scope
    filters: tuple[str, ...]
    found: str
    walked: bool
    sort: str
    direction: str
    by_key: bool


@lru_cache(maxsize=500)
def statement(form: Form) -> Select[*tuple[Any, ...]]:
    """The ids of a page in their order, and what is shown of each."""
    inner = _ids(form).limit(bindparam("limit", type_=Integer)).subquery("page")
    order = [inner.c.key, inner.c.id]
    ordered = order if form.direction == "asc" else [one.desc() for one in order]
    return _columns().join(inner, inner.c.id == Customer.id).order_by(*ordered)


def _ids(form: Form) -> Select[*tuple[Any, ...]]:
    """The page's ids with their sort key."""
    found = FOUND[form.found]
    through = form.found in {"named", "either"} and not form.walked
    meant = FILTERS if form.sort in {"recent", "level"} else FILTERS | WALKED_BY
    conditions = [
        GATHERED[form.far]
        if through and form.scene == "all" and form.far in GATHERED
        else scenes.condition(form.scene, form.far),
        *(meant[name] for name in form.filters),
        *([] if found is None else [found]),
    ]
    start = bindparam("offset", type_=Integer)
    if form.walked:  # names under a part, closest first, straight off the index
        wanted = select(Customer.id.label("id"), NameGram.length.label("key"))
        joined = wanted.join(NameGram, NameGram.customer_id == Customer.id)
        named = joined.where(NameGram.gram == bindparam("gram"), ALSO, *conditions)
        return named.order_by(NameGram.length, NameGram.customer_id).offset(start)
    if through:
        return _gone_through(form, conditions).offset(start)
    if form.sort == "recent" and form.scene == "all" and "week" in form.filters:
        others = [one for one in conditions if one is not FILTERS["week"]]
        return _of_a_week(form, others).offset(start)
    return _in_order(form, conditions).offset(start)


def _in_order(form: Form, conditions: list[Any]) -> Select[*tuple[Any, ...]]:
    column = SORTS[form.sort][0]
    wanted = select(Customer.id.label("id"), column.label("key")).where(*conditions)
    return _turned(form, wanted, column, Customer.id)


def _gone_through(form: Form, conditions: list[Any]) -> Select[*tuple[Any, ...]]:
    """Cards that are looked through before they are put in order: their offset keeps them apart.

    A database that thinks a name common would rather walk everybody's cards in the list's order.
    """
    wanted = select(Customer.id.label("id"), SORTS[form.sort][0].label("key"))
    cards = wanted.where(*conditions).offset(0).subquery("cards")
    return _turned(form, select(cards.c.id, cards.c.key), cards.c.key, cards.c.id)


def _turned(form: Form, wanted: Any, key: Any, card: Any) -> Select[*tuple[Any, ...]]:
    ascending = form.direction == "asc"
    order = [key.asc(), card.asc()] if ascending else [key.desc(), card.desc()]
    turned = wanted.where(_after(key, card, ascending)) if form.by_key else wanted
    ordered: Select[*tuple[Any, ...]] = turned.order_by(*order)
    return ordered


def _of_a_week(form: Form, conditions: list[Any]) -> Select[*tuple[Any, ...]]:
    """Each day's first rows, put in order: no day's are gathered whole."""
    most = bindparam("up_to", type_=Integer)
    days = (_in_order(form, [*conditions, day]).limit(most).subquery() for day in OF_A_WEEK)
    week = union_all(*(select(one.c.id, one.c.key) for one in days)).subquery("week")
    return _turned(form, select(week.c.id, week.c.key), week.c.key, week.c.id)


def _after(key: Any, card: Any, ascending: bool) -> ColumnElement[bool]:  # noqa: FBT001 - one of a form's facts
    after: BindParameter[Any] = bindparam("after_key")
    last: BindParameter[UUID] = bindparam("after_id")
    if ascending:
        return or_(key > after, and_(key == after, card > last))
    return or_(key < after, and_(key == after, card < last))


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
