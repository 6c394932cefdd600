"""The list of customers: scenes, filters, columns, pages; and the suggestions for its filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import g, redirect, render_template, request
from flask_babel import lazy_gettext
from sqlalchemy import update

from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.accounts.people import Person
from crm.customers import ledger, listing, scenes, searching
from crm.customers.pool.rules import rules
from crm.customers.statements import SORTS
from crm.customers.status import LEVELS, Status
from crm.customers.terms import Vocabulary, suggestions
from crm.customers.views import bp
from crm.db import db
from crm.web import counting, unit, words
from crm.web.forms import number_of
from crm.web.guard import allow
from crm.web.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from crm.accounts.people import Viewer

COLUMNS = {
    "level": lazy_gettext("等级"),
    "contact": lazy_gettext("主要联系人"),
    "last": lazy_gettext("最近跟进"),
    "next": lazy_gettext("下次联系"),
    "status": lazy_gettext("状态"),
    "owner": lazy_gettext("负责人"),
    "industry": lazy_gettext("行业"),
    "tags": lazy_gettext("标签"),
    "source": lazy_gettext("来源"),
}
"""The columns one may choose: open facts, and on own cards the contact's name and own follow-up."""
USUAL = ("level", "contact", "last", "next", "status")
SCENE_TITLES = {
    "mine": lazy_gettext("我负责的"),
    "shared": lazy_gettext("我协作的"),
    "team": lazy_gettext("团队"),
    "starred": lazy_gettext("星标"),
    "all": lazy_gettext("全部"),
    "pool": lazy_gettext("公海"),
}
NEXT_TITLES = {
    "overdue": lazy_gettext("已逾期"),
    "today": lazy_gettext("今天"),
    "week": lazy_gettext("七天内"),
    "none": lazy_gettext("未安排"),
}
FILTER_TITLES = {
    "level": lazy_gettext("等级"),
    "status": lazy_gettext("状态"),
    "next": lazy_gettext("下次联系"),
    "industry": lazy_gettext("行业"),
    "region": lazy_gettext("地区"),
    "tag": lazy_gettext("标签"),
}
"""What a list is narrowed by: a choice of a few, or a word of the archive's own."""


@bp.get("/customers")
@allow(Permission.CUSTOMER_LIST)
def index() -> ResponseReturnValue:
    """The ledger of customers. One entry names the ids it showed."""
    if request.args.get("scene") == "pool" and law.scope(g.viewer, Permission.CUSTOMER_POOL):
        asked_for = {name: value for name, value in request.args.items() if name == "q" and value}
        return redirect("/customers/pool" + (f"?{urlencode(asked_for)}" if asked_for else ""))
    offered = scenes.open_to(g.viewer)
    asked = _asked(offered)
    try:
        return _page(asked, offered, listing.page(asked, g.viewer))
    except listing.TooFar as far:
        return _page(asked, offered, listing.Page([], more=False), far.sentence), 422


def _page(asked: listing.Asked, offered: list[str], found: listing.Page, problem: str = "") -> str:
    titles, pool = _column_titles(), rules()
    counted = scenes.counts(g.viewer, offered)
    return render_template(
        "customers/list.html",
        scene=asked.scene,
        scenes=_tabs(offered, counted, pool_on=pool.on),
        q=asked.q,
        in_contacts=asked.contacts,
        rows=ledger.lines(found, asked, g.viewer, pool),
        filters=_filters(asked),
        sort=asked.sort,
        direction=asked.direction,
        columns=[(code, titles[code]) for code in _chosen()],
        all_columns=list(titles.items()),
        pager=_pager(asked, found),
        due=counted.get("due") if "mine" in offered else None,
        may=_may(),
        problem=problem,
    )


def _asked(offered: list[str]) -> listing.Asked:
    args = request.args
    sort = args.get("sort", "recent")
    usual = SORTS.get(sort, (None, "asc"))[1]
    usual_scene = (
        "mine"
        if "mine" in offered and law.scope(g.viewer, Permission.CUSTOMER_LIST) is Scope.OWN
        else "all"
    )
    wanted = args.get("scene") or ("all" if args.get("q") else usual_scene)
    return listing.Asked(
        scene="all" if wanted == "pool" else wanted,
        q=clean_line(args.get("q", ""), searching.LONGEST).text[: searching.LONGEST],
        contacts=args.get("in") == "contacts",
        sort=sort,
        direction=args.get("direction") or usual,
        page=number_of(args.get("page", "1"), 10**6) or 0,
        after=args.get("after", ""),
        filters={name: args[name] for name in FILTER_TITLES if args.get(name)},
    )


def tabs(viewer: Viewer) -> list[tuple[str, str, str | None]]:
    """The scenes as tabs, for the pool's own page."""
    offered = scenes.open_to(viewer)
    return _tabs(offered, scenes.counts(viewer, offered), pool_on=True)


def _tabs(
    offered: list[str], counted: Mapping[str, int], *, pool_on: bool
) -> list[tuple[str, str, str | None]]:
    titles = _scene_titles()
    shown = [(code, titles[code], _told(counted.get(code))) for code in offered]
    if pool_on and law.scope(g.viewer, Permission.CUSTOMER_POOL) is not None:
        shown.append(("pool", titles["pool"], None))
    return shown


@words.once
def _scene_titles() -> dict[str, str]:
    return {code: str(title) for code, title in SCENE_TITLES.items()}


@words.once
def _column_titles() -> dict[str, str]:
    return {code: str(title) for code, title in COLUMNS.items()}


def _told(number: int | None) -> str | None:
    return None if number is None else counting.told(number)


def _filters(asked: listing.Asked) -> list[dict[str, Any]]:
    return [one | {"value": asked.filters.get(one["name"], "")} for one in _offered_filters()]


@words.once
def _offered_filters() -> list[dict[str, Any]]:
    options = {
        "level": [(one, one) for one in LEVELS],
        "status": [(one.value, one.label) for one in Status],
        "next": [(code, str(title)) for code, title in NEXT_TITLES.items()],
    }
    return [
        {"name": name, "label": str(label), "options": options.get(name)}
        for name, label in FILTER_TITLES.items()
    ]


def _pager(asked: listing.Asked, found: listing.Page) -> dict[str, Any]:
    first = (asked.page - 1) * listing.PAGE + 1
    ends = found.more and asked.page == listing.FARTHEST_PAGE
    return {
        "page": asked.page,
        "first": first if found.rows else 0,
        "last": first + len(found.rows) - 1 if found.rows else 0,
        "previous_url": _page_url(asked.page - 1) if asked.page > 1 else None,
        "next_url": _next_url(asked, found) if found.more and not ends else None,
        "ends": ends,
    }


def _page_url(page: int, **more: str) -> str:
    kept = {
        name: value
        for name, value in request.args.items()
        if name not in {"page", "after"} and value
    }
    return "/customers?" + urlencode(kept | more | {"page": page})


def _next_url(asked: listing.Asked, found: listing.Page) -> str:
    if found.by == "name":
        return _page_url(asked.page + 1)
    return _page_url(asked.page + 1, after=listing.key_after(found.rows[-1], asked.sort))


def _chosen() -> list[str]:
    chosen = [code for code in g.viewer.columns.split() if code in COLUMNS]
    return chosen or list(USUAL)


def _may() -> set[str]:
    asks = {
        "assign": Permission.CUSTOMER_ASSIGN,
        "create": Permission.CUSTOMER_CREATE,
        "import": Permission.CUSTOMER_IMPORT,
        "today": Permission.CUSTOMER_DIAL,
        "fields": Permission.CUSTOMER_FIELDS,
    }
    return {
        name for name, permission in asks.items() if law.scope(g.viewer, permission) is not None
    } | {"choose"}


@bp.post("/customers/columns")
@allow(Permission.CUSTOMER_LIST)
def columns() -> ResponseReturnValue:
    """Keep which columns this person wants to see."""
    chosen = [code for code in request.form.getlist("column") if code in COLUMNS]
    unit.current().write()
    db.session.execute(
        update(Person).where(Person.id == g.viewer.id).values(columns=" ".join(chosen))
    )
    return redirect("/customers")


@bp.get("/customers/terms/<string:kind>")
@allow(Permission.CUSTOMER_LIST)
def terms(kind: str) -> ResponseReturnValue:
    """Suggestions for a filter, from open facts only: industries, regions, tags."""
    known = kind if kind in {one.value for one in Vocabulary} else Vocabulary.TAG.value
    return render_template(
        "customers/_terms.html",
        terms=suggestions(Vocabulary(known), request.args.get("q", "")[:20], g.viewer),
    )
