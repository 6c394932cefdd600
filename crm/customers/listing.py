"""Lists: which customers, in which order, on which page – one query for what a page shows.

Every form of the question is built once and kept (crm/customers/statements.py); who asks and for
what are its values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext

from crm import clock
from crm.access.policy import Scope
from crm.customers import reach, scenes, searching
from crm.customers.narrowing import narrowed
from crm.customers.statements import SORTS, Form, statement
from crm.db import run
from crm.errors import Invalid

if TYPE_CHECKING:
    from crm.accounts.people import Viewer
    from crm.customers.searching import Found

PAGE = 20
"""Rows of a page: one screen of a desk, and what a phone loads at once."""
FARTHEST_PAGE = 200
"""Farther on nobody reads: who has come so far is asked for a filter."""


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
    rows = run(statement(form), values).all()
    return Page(list(rows[:PAGE]), len(rows) > PAGE, found.by)


def _plain(asked: Asked) -> bool:
    """Whether the latest that are found are the ones on the page."""
    return (
        asked.scene == "all"
        and asked.sort == "recent"
        and asked.direction == "desc"
        and not asked.filters
    )


def _form(asked: Asked, far: Scope, filters: tuple[str, ...], found: Found) -> Form:
    own = asked.scene in {*scenes.OWN, "starred"} or far is not Scope.ALL
    walked = bool(found.gram) and not own
    return Form(
        scene=asked.scene,
        far=far,
        filters=filters,
        found=found.how,
        walked=walked,
        sort=asked.sort,
        direction="asc" if walked else asked.direction,
        by_key=bool(asked.after) and not walked,
    )


def _turned_to(asked: Asked, form: Form) -> dict[str, Any]:
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
