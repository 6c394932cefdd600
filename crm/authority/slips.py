"""Slips: a grant as pages tell it and as the log says it; its free text, sealed and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import clock
from crm.access import holding
from crm.access.fields import FIELDS
from crm.access.grants import Grant, GrantCustomer, State
from crm.access.law import Subject
from crm.accounts.people import Person
from crm.authority import terms
from crm.crypto import keyring
from crm.crypto.sealed import Place
from crm.db import db
from crm.disclosure import door
from crm.disclosure.acts import Act, Purpose
from crm.disclosure.opened import Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.crypto.sealed import Sealed
    from crm.disclosure.opened import Opened

PREFIX = "SQ"
"""授权: the series that slips are numbered in."""
TEXTS = ("reason", "named", "answer")
TONES = {State.ASKED: "", State.SECOND: "", State.GRANTED: "ok"}


def sealed(person_id: UUID, grant_id: UUID, column: str, text: str) -> Sealed | None:
    """Free text of a grant, sealed under the key of whoever it is for."""
    if not text:
        return None
    key = keyring.current().record_key(person_id)
    return key.seal(Place("grants", column, grant_id), text)


def texts(viewer: Viewer, grant: Grant) -> dict[str, Opened]:
    """Reason, names and answer, opened for whoever decides; one entry. Needs a writing unit."""
    asked = [one for one in items(grant) if one.sealed is not None]
    if not asked:
        return {}
    key = keyring.current().record_key(grant.holder_id)
    purpose = Purpose.MANAGEMENT.value
    opened = door.disclose(viewer, Act.CONSIDER, subject(grant), asked, purpose, key=key)
    return {name.rpartition(".")[2]: text for name, text in opened.items()}


def own_texts(viewer: Viewer, mine: Iterable[Grant]) -> dict[str, Any]:
    """One's own reasons and the answers to them: what one wrote, and was told, needs no opening."""
    key = keyring.current().record_key(viewer.id)
    rows = [(subject(one), key, items(one, own=True)) for one in mine]
    return door.listing(viewer, rows, scene="grants")


def subject(grant: Grant) -> Subject:
    """A grant as the law sees it."""
    return Subject("grant", grant.id, grant.holder_id, None)


def items(grant: Grant, *, own: bool = False) -> list[Item]:
    """A grant's free text as the door knows it."""
    return [
        Item(
            f"grant.{grant.id}.{column}", FIELDS[f"grant.{column}"], grant.id,
            getattr(grant, column), own=own,
        )
        for column in TEXTS
    ]  # fmt: skip


def detail(grant: Grant) -> dict[str, object]:
    """What an entry says of a grant: its terms, no value."""
    return {
        "number": grant.number,
        "acts": grant.acts,
        "level": grant.level,
        "days": grant.days,
        "most": grant.most,
    }


def told(some: Sequence[Grant]) -> list[dict[str, Any]]:
    """Grants as pages list them, with the names of those concerned and how many customers."""
    people = {one.holder_id for one in some} | {one.decided_by_id for one in some}
    people |= {one.confirmed_by_id for one in some} | {one.ended_by_id for one in some}
    names = names_of(people)
    counted = select(GrantCustomer.grant_id, func.count()).where(
        GrantCustomer.grant_id.in_([one.id for one in some])
    )
    counts = {
        row[0]: row[1] for row in db.session.execute(counted.group_by(GrantCustomer.grant_id))
    }
    return [_row(one, names, counts.get(one.id, 0)) for one in some]


def names_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """People's names by id."""
    named = select(Person.id, Person.name).where(Person.id.in_(set(ids) - {None}))
    return {row[0]: row[1] for row in db.session.execute(named)}


def _row(grant: Grant, names: dict[UUID | None, str], customers: int) -> dict[str, Any]:
    state, tone = standing_of(grant)
    return {
        "id": grant.id,
        "number": grant.number,
        "standing": grant.standing,
        "exports": "export" in grant.acts.split(),
        "holder": names.get(grant.holder_id, ""),
        "purpose": Purpose(grant.purpose).label,
        "acts": terms.act_titles(grant.acts.split()),
        "fields": terms.field_titles(grant.level, grant.fields.split()),
        "customers": _whose(grant, customers),
        "count": customers,
        "meant": grant.meant,
        "missing": grant.meant > customers and not grant.every,
        "days": grant.days,
        "most": grant.most,
        "used": grant.used,
        "left": holding.time_left(grant.until) if tone == "ok" else "",
        "openings": None if grant.most is None else max(0, grant.most - grant.used),
        "state": state,
        "tone": tone,
        "asked_at": grant.asked_at,
        "since": grant.since,
        "until": grant.until,
        "decided_at": grant.decided_at,
        "decided_by": names.get(grant.decided_by_id, ""),
        "confirmed_by": names.get(grant.confirmed_by_id, ""),
        "ended_at": grant.ended_at,
        "ended_by": names.get(grant.ended_by_id, ""),
    }


def _whose(grant: Grant, customers: int) -> str:
    if grant.by_task:
        return _("未办结的投诉、回访所涉客户")
    if grant.every:
        return _("全部客户")
    return _("%(n)s 家客户", n=customers if grant.since else grant.meant)


def standing_of(grant: Grant) -> tuple[str, str]:
    """How it stands now, and the tone it is told in: a granted one ends by date and by count."""
    state = State(grant.state)
    if state is State.GRANTED:
        if grant.until and grant.until <= clock.now():
            return _("已到期"), "idle"
        if grant.most is not None and grant.used >= grant.most:
            return _("次数已用完"), "idle"
    return state.label, TONES.get(state, "idle")
