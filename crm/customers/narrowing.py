"""Narrowing: what the filters of a list mean, each a condition that is built once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from sqlalchemy import BindParameter, bindparam, exists, func, select

from crm import clock
from crm.customers import searching
from crm.customers.cards import Customer, CustomerTag
from crm.db import run
from crm.errors import Invalid

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

MOST_CHOSEN = 50
"""Levels, statuses or industries that one filter takes."""
COMMON = 2_000
"""Cards of a tag from which on the list is walked and asked for the tag, not the other way."""
_TODAY: BindParameter[date] = bindparam("today")
_WEEK: BindParameter[date] = bindparam("in_a_week")
FILTERS: dict[str, ColumnElement[bool]] = {
    "level": Customer.level.in_(bindparam("level", expanding=True)),
    "status": Customer.status.in_(bindparam("status", expanding=True)),
    "industry": Customer.industry.in_(bindparam("industry", expanding=True)),
    "region": Customer.region.like(bindparam("region"), escape="/"),
    "tag": Customer.id.in_(
        select(CustomerTag.customer_id).where(CustomerTag.tag == bindparam("tag"))
    ),
    "tag_common": exists().where(
        CustomerTag.tag == bindparam("tag"), CustomerTag.customer_id == Customer.id
    ),
    "overdue": Customer.next_contact < _TODAY,
    "today": Customer.next_contact == _TODAY,
    "week": Customer.next_contact.between(_TODAY, _WEEK),
    "none": Customer.next_contact == date.max,  # how a missing date is kept
}
"""What narrows a list: by an open column, or by when the next contact is due."""
WALKED_BY = {
    "level": Customer.level.concat("").in_(bindparam("level", expanding=True)),
}
"""Filters that let many through, said so that no index of their own is taken: the list is walked in
its order and asked for them."""
DAYS = 8
"""A week ahead, today among it."""
OF_A_WEEK = tuple(Customer.next_contact == bindparam(f"day{at}") for at in range(DAYS))
"""`week`, a day at a time: each has an index in the list's order, the week has none."""
OF_A_CARD = ("level", "status", "region", "industry", "tag")
"""Filters by what stands on a card, not by when somebody is to call."""
DUE = ("overdue", "today", "week", "none")
TAGGED = select(func.count()).select_from(
    select(CustomerTag.tag).where(CustomerTag.tag == bindparam("tag")).limit(COMMON).subquery()
)


def narrowed(given: dict[str, str]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The names of the filters asked for, in their own order, and the values they compare with."""
    values: dict[str, Any] = {name: text for name, text in given.items() if text}
    due = values.pop("next", None)
    if due and due not in DUE:
        raise Invalid(gettext("没有这个筛选。"))
    for name in values.keys() & {"level", "status", "industry"}:
        values[name] = values[name].split(",")[:MOST_CHOSEN]
    if "region" in values:
        values["region"] = searching.escaped(values["region"]) + "%"
    chosen = values.keys() | ({due} if due else set())
    if "tag" in chosen and _is_common(values["tag"]):
        chosen = chosen - {"tag"} | {"tag_common"}
    names = tuple(name for name in FILTERS if name in chosen)
    today = clock.today()
    days = {f"day{at}": today + timedelta(days=at) for at in range(DAYS)}
    return names, values | days | {"today": today, "in_a_week": days[f"day{DAYS - 1}"]}


def _is_common(tag: str) -> bool:
    return int(run(TAGGED, {"tag": tag}).scalar_one()) == COMMON
