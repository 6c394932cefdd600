"""Paper: a departure as the list and its own page print it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.db import db
from crm.work.leaving import checklist, ending, signing, telling
from crm.work.leaving.departures import GIVEN, Departure, Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.work.leaving.checklist import Item
    from crm.work.leaving.departures import Tick


def row(viewer: Viewer, departure: Departure, leaver: Person) -> dict[str, Any]:
    """One line of the list, and what of it waits for whoever reads."""
    done = checklist.ticks(departure)
    left = checklist.cards_of(leaver.id) if departure.is_running else 0
    mine = [
        str(one.title)
        for one in checklist.ITEMS
        if one.code not in done and checklist.may_tick(viewer, one, departure, leaver)
    ]
    state, tone = standing(departure)
    items = len(checklist.ITEMS)
    return {
        "id": departure.id,
        "name": leaver.name,
        "post": Role(leaver.role).label,
        "kind": Kind(departure.kind).label,
        "given_at": departure.given_at,
        "ends_on": departure.ends_on,
        "ended_at": departure.ended_at,
        "state": state,
        "tone": tone,
        "done": items - len(checklist.missing(departure)) if departure.is_running else items,
        "items": items,
        "cards": left,
        "mine": mine,
    }


def standing(departure: Departure) -> tuple[str, str]:
    """How it stands, and the tone in which that is told."""
    if departure.is_unfinished:
        return (_("已冻结，未办完"), "warn")
    told = {
        State.OPEN.value: (_("交接中"), ""),
        State.SIGNED.value: (_("已签字"), "ok"),
        State.CLOSED.value: (_("已办结"), "idle"),
        State.WITHDRAWN.value: (_("已撤回"), "idle"),
    }
    return told[departure.state]


def paper(viewer: Viewer, departure: Departure, leaver: Person) -> dict[str, Any]:
    """Everything that a departure's own page says, but for the cards."""
    signs = signing.may(viewer, leaver)
    done = checklist.ticks(departure)
    names = _names(departure, done.values())
    state, tone = standing(departure)
    post = signing.post(leaver)
    return {
        "departure": departure,
        "leaver": leaver,
        "post": Role(leaver.role).label,
        "kind": Kind(departure.kind).label,
        "frozen": departure.kind not in GIVEN or departure.frozen_at is not None,
        "state": state,
        "tone": tone,
        "step": _step(departure),
        "days_left": (departure.ends_on - clock.today()).days,
        "reason": telling.reason(viewer, departure) if _reads(viewer, departure, leaver) else None,
        "items": [_item(one, viewer, departure, leaver, names, done) for one in checklist.ITEMS],
        "names": names,
        "mine": viewer.id == leaver.id,
        "signs": signs and departure.state == State.OPEN.value,
        "consents": signs and departure.is_running and departure.is_short,
        "complete": departure.is_running and not checklist.missing(departure),
        "signer": post.label if post else _("空缺"),
        "withdraws": ending.may_withdraw(viewer, departure),
    }


def _reads(viewer: Viewer, departure: Departure, leaver: Person) -> bool:
    """Whether this person reads the reason: who signs, and whose it is."""
    return departure.reason is not None and (viewer.id == leaver.id or signing.may(viewer, leaver))


def _step(departure: Departure) -> int:
    """Where on the path: 1 notice, 2 handover, 3 signature, 4 closed; 5 is past them all."""
    if departure.state == State.CLOSED.value:
        return 5
    if departure.state == State.SIGNED.value:
        return 4
    return 2 if checklist.missing(departure) else 3


def _item(  # noqa: PLR0913, PLR0917 - the facts of one line
    item: Item,
    viewer: Viewer,
    departure: Departure,
    leaver: Person,
    names: dict[UUID, str],
    done: dict[str, Tick],
) -> dict[str, Any]:
    tick = done.get(item.code)
    return {
        "code": item.code,
        "title": str(item.title),
        "meaning": str(item.meaning),
        "who": _who(item, departure, leaver),
        "done": tick is not None or (item.counted and not checklist.cards_of(leaver.id)),
        "by": names.get(tick.by_id, "") if tick else "",
        "at": tick.at if tick else None,
        "to": names.get(tick.to_id, "") if tick and tick.to_id else "",
        "counted": item.counted,
        "named": item.named,
        "may": checklist.may_tick(viewer, item, departure, leaver),
    }


def _who(item: Item, departure: Departure, leaver: Person) -> str:
    if item.counted:
        return _("系统计数")
    if item.own and departure.frozen_at is None:
        return leaver.name
    role = Role.ADMINISTRATION if item.own else item.role
    if role is None or role.value not in signing.holders(leaver.id):
        role = signing.post(leaver)
    return role.label if role else _("空缺")


def _names(departure: Departure, ticks: Iterable[Tick]) -> dict[UUID, str]:
    ids = {departure.entered_by_id, departure.consented_by_id, departure.signed_by_id}
    ids |= {departure.ended_by_id}
    for tick in ticks:
        ids |= {tick.by_id, tick.to_id}
    named = select(Person.id, Person.name).where(Person.id.in_(ids - {None}))
    return {one[0]: one[1] for one in db.session.execute(named)}
