"""Telling: what the log says of a departure; its reason, sealed and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.access.fields import FIELDS
from crm.access.law import Subject
from crm.audit import log
from crm.crypto import keyring
from crm.crypto.sealed import Place
from crm.disclosure import door
from crm.disclosure.acts import Act, Purpose
from crm.disclosure.opened import Item

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.crypto.sealed import Sealed
    from crm.disclosure.opened import Opened
    from crm.work.leaving.departures import Departure


def say(departure: Departure, action: str, **detail: object) -> None:
    """One entry about a departure and whose it is; never its reason."""
    log.say(
        action,
        subject_type="person",
        subject_ids=(departure.person_id,),
        detail={"kind": departure.kind, "last_day": str(departure.last_day)} | detail,
    )


def refuse(departure: Departure, action: str, why: str) -> None:
    """The same for what was not allowed."""
    about = {"subject_type": "person", "subject_ids": (departure.person_id,)}
    log.refuse(action, **about, detail={"kind": departure.kind, "why": why})


def sealed(person_id: UUID, departure_id: UUID, text: str) -> Sealed | None:
    """A reason, sealed under the key of whoever leaves."""
    if not text:
        return None
    key = keyring.current().record_key(person_id)
    return key.seal(Place("departures", "reason", departure_id), text)


def reason(viewer: Viewer, departure: Departure) -> Opened | Sealed | None:
    """Why: opened for who signs, by an act of its own; one's own words need none."""
    if departure.reason is None:
        return None
    own = viewer.id == departure.person_id
    item = Item(
        f"departure.{departure.id}.reason",
        FIELDS["departure.reason"],
        departure.id,
        departure.reason,
        own=own,
    )
    subject = Subject("departure", departure.id, departure.person_id, None)
    key = keyring.current().record_key(departure.person_id)
    if own:
        return door.listing(viewer, [(subject, key, [item])], scene="leaving")[item.name]
    purpose = Purpose.MANAGEMENT.value
    return door.disclose(viewer, Act.HEAR, subject, [item], purpose, key=key)[item.name]
