"""The log, entry by entry: filters, pages by sequence, and taking it out as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, render_template, request, stream_with_context
from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.audit import log, reading
from crm.audit.reading import PAGE, Wanted
from crm.customers.cards import Customer
from crm.db import db
from crm.desk import bp
from crm.desk.telling import safe, told
from crm.disclosure.actions import ACTIONS
from crm.disclosure.words import RESULTS
from crm.errors import Invalid
from crm.web.forms import day_of, number_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

NAMES = ("person", "action", "result", "since", "until", "customer")


@bp.get("/audit/entries")
@allow(Permission.LOG_READ)
def entries() -> ResponseReturnValue:
    """The log with filters. Reading it is an entry that names the filters, never a value."""
    filters = {name: request.args.get(name, "") for name in NAMES}
    before = number_of(request.args.get("before", ""), 10**15)
    wanted = _wanted(filters)
    rows = reading.entries(wanted, before)
    log.say(
        "log_read",
        subject_type="log",
        detail={name: value for name, value in filters.items() if value},
    )
    shown = rows[:PAGE]
    return render_template(
        "audit/entries.html",
        filters=filters,
        people_options=_people(),
        action_options=[(code, str(title)) for code, title in ACTIONS.items()],
        result_options=[(code, str(title)) for code, title in RESULTS.items()],
        customer_name=_customer(wanted.subject_id),
        entries=told(shown),
        pager=_pager(filters, shown, more=len(rows) > PAGE, turned=bool(before)),
        may_export=law.scope(g.viewer, Permission.LOG_EXPORT) is not None,
    )


def _wanted(filters: Mapping[str, str]) -> Wanted:
    """The filter a form means. Raises Invalid for what is not a person, a date or a known word."""
    since, until = (
        clock.today() if filters[name] == "today" else day_of(filters[name])
        for name in ("since", "until")
    )
    if filters["result"] and filters["result"] not in RESULTS:
        raise Invalid(_("没有这种结果。"))
    if filters["action"] and filters["action"] not in ACTIONS:
        raise Invalid(_("没有这种操作。"))  # nor may free text reach the log through a filter
    return Wanted(
        actor_id=_uuid(filters["person"]),
        action=filters["action"] or None,
        result=filters["result"] or None,
        subject_id=_uuid(filters["customer"]),
        since=clock.start_of(since) if since else None,
        until=clock.start_of(clock.next_day(until)) if until else None,
    )


def _uuid(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(_("这个编号不完整。")) from None


def _people() -> list[tuple[str, str]]:
    wanted = select(Person.id, Person.name, Person.login).order_by(Person.login)
    return [
        (str(row.id), _("%(name)s（%(login)s）", name=safe(row.name), login=row.login))
        for row in db.session.execute(wanted)
    ]


def _customer(customer_id: UUID | None) -> str | None:
    wanted = select(Customer.name).where(Customer.id == customer_id)
    name = db.session.scalar(wanted) if customer_id else None
    return safe(name) if name else None


def _pager(
    filters: Mapping[str, str], rows: list[reading.Read], *, more: bool, turned: bool
) -> dict[str, Any]:
    kept = {name: value for name, value in filters.items() if value}
    first = "/audit/entries?" + urlencode(kept)
    older = f"{first}&before={rows[-1].seq}" if rows and more else None
    top, bottom = (rows[0].seq, rows[-1].seq) if rows else (0, 0)
    return {
        "page": 1,
        "first": bottom,
        "last": top,
        "previous_url": first if turned else None,
        "next_url": older,
    }


@bp.post("/audit/export")
@allow(Permission.LOG_EXPORT)
def export() -> ResponseReturnValue:
    """The entries that fit, one JSON object a line, as `crm audit export` writes them."""
    filters = {name: request.form.get(name, "") for name in NAMES}
    texts = list(reading.in_order(_wanted(filters)))
    log.say("log_exported", subject_type="log", detail={"entries": len(texts)})
    body = stream_with_context(text + "\n" for text in texts)
    name = f"kedang-log-{clock.today().isoformat()}.jsonl"
    return Response(
        body,
        mimetype="application/x-ndjson",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )
