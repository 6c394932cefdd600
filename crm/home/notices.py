"""通知: what happened that a person should know; read here, marked here as seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, redirect, render_template, request
from sqlalchemy import select

from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.customers.cards import LIVE, Customer
from crm.customers.passing import WHY
from crm.db import db
from crm.disclosure import door
from crm.home import bp
from crm.notices import inbox
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from crm.accounts.people import Viewer
    from crm.notices import Notice


@bp.get("/notices")
@allow(Permission.SIGNED_IN)
def notices() -> ResponseReturnValue:
    """One's notices, the newest first."""
    return render_template("home/notices.html", rows=told(g.viewer, inbox.SHOWN))


def told(viewer: Viewer, limit: int) -> list[dict[str, Any]]:
    """A person's latest notices in words. The cards they name are an entry, as in any list."""
    found = inbox.latest(viewer.id, limit)
    names = _names(viewer, found) | _people(found)
    return [_row(one, names) for one in found]


def _names(viewer: Viewer, found: Sequence[Notice]) -> dict[UUID, str]:
    """The cards' names: for who still sees customers, and not of what lies in the bin."""
    ids = {one.subject_id for one in found if one.subject_id}
    if not ids or law.scope(viewer, Permission.CUSTOMER_LIST) is None:
        return {}
    named = select(Customer.id, Customer.name).where(Customer.id.in_(ids), LIVE)
    rows = db.session.execute(named)
    names: dict[UUID, str] = {row.id: row.name for row in rows}
    subjects = [(Subject("customer", one, None, None), None, ()) for one in names]
    door.listing(viewer, subjects, scene="notices")
    return names


def _people(found: Sequence[Notice]) -> dict[UUID, str]:
    """The colleagues whom some notices name."""
    ids = {one.other_id for one in found if one.other_id}
    if not ids:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _row(one: Notice, names: dict[UUID, str]) -> dict[str, Any]:
    template = inbox.TEMPLATES.get(one.kind)
    name, other = (names.get(each, "") if each else "" for each in (one.subject_id, one.other_id))
    card = f"/customers/{one.subject_id}" if one.kind in inbox.LEADS_TO_CARD else ""
    return {
        "id": one.id,
        "at": one.at,
        "seen": one.seen_at is not None,
        "sentence": inbox.sentence(one, name, other, str(WHY.get(one.why, one.why))),
        "url": card or (template.url if template else ""),
        "icon": template.icon if template else "bell",
    }


@bp.post("/notices/seen")
@allow(Permission.SIGNED_IN)
def notices_seen() -> ResponseReturnValue:
    """Mark one notice as seen, or all."""
    unit.current().write()
    named = request.form.get("notice", "")
    one = id_of(named)
    if one or not named:
        inbox.mark_seen(g.viewer.id, one)
    return redirect("/notices", 303)
