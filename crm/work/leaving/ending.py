"""Ending: the signature, the closed account, the withdrawn notice – and the last day, by night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.accounts import signing as accounts
from crm.accounts.people import Person
from crm.db import db
from crm.errors import Denied, Invalid
from crm.web import unit
from crm.work.leaving import checklist, signing, telling
from crm.work.leaving.departures import RUNNING, Departure, Kind, State

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.people import Viewer


def sign(viewer: Viewer, departure: Departure, leaver: Person) -> None:
    """Sign what is complete; on the last day, or after it, the account closes with it.

    Raises Denied (logged) for who does not sign for this person, Invalid for what is missing.
    """
    if not signing.may(viewer, leaver):
        telling.refuse(departure, "leaving_signed", "signer")
        raise Denied(_("签字人由公司规定，自己的离职由别人签字。"))
    if departure.state != State.OPEN.value:
        raise Invalid(_("这份离职交接已经签字或结束。"))
    if left := checklist.missing(departure):
        titles = _("、").join(str(one.title) for one in left)
        raise Invalid(_("还没办完：%(titles)s。办完才能签字。", titles=titles))
    departure.state = State.SIGNED.value
    departure.signed_at, departure.signed_by_id = clock.now(), viewer.id
    telling.say(departure, "leaving_signed")
    if departure.kind == Kind.TRANSFER.value or departure.ends_on <= clock.today():
        close(departure, leaver, viewer.id)
    db.session.flush()


def close(departure: Departure, leaver: Person, by: UUID | None) -> None:
    """The end: the account is frozen and its sessions die – after a transfer it stays."""
    if departure.kind != Kind.TRANSFER.value and leaver.disabled_at is None:
        accounts.freeze(leaver, by="leaving")
    leaver.leaving_since = None
    departure.state = State.CLOSED.value
    departure.ended_at, departure.ended_by_id = clock.now(), by
    telling.say(departure, "leaving_closed")
    db.session.flush()


def may_withdraw(viewer: Viewer, departure: Departure) -> bool:
    """Who gave notice takes it back; what others entered, only those who enter such things."""
    if not departure.is_running:
        return False
    if viewer.id == departure.person_id:
        return departure.entered_by_id == viewer.id
    return not viewer.leaving and law.scope(viewer, Permission.LEAVING_ENTER) is not None


def withdraw(viewer: Viewer, departure: Departure, leaver: Person) -> None:
    """Take it back: everything is as before, but what was granted must be asked for again.

    Raises Denied (logged), Invalid when it is over.
    """
    if not departure.is_running:
        raise Invalid(_("这份离职交接已经签字或结束。"))
    if not may_withdraw(viewer, departure):
        telling.refuse(departure, "leaving_withdrawn", "entered by others")
        raise Denied(_("别人登记的离职，要由登记的岗位撤回。"))
    if viewer.id == leaver.id:
        unit.current().standing = None
    if departure.frozen_at and leaver.disabled_at:
        accounts.thaw(leaver)
    leaver.leaving_since = None
    departure.state = State.WITHDRAWN.value
    departure.ended_at, departure.ended_by_id = clock.now(), viewer.id
    telling.say(departure, "leaving_withdrawn")
    db.session.flush()


def nightly() -> int:
    """Shut the accounts whose last day is over; says how many.

    What is signed and handed over is closed. The rest is frozen all the same, and stays on the
    list as 未办完. A transfer shuts nothing.
    """
    with unit.work():
        wanted = select(Departure, Person).join(Person, Person.id == Departure.person_id)
        wanted = wanted.where(
            Departure.state.in_(RUNNING),
            Departure.frozen_at.is_(None),
            Departure.kind != Kind.TRANSFER.value,
        )
        rows = [(row[0], row[1]) for row in db.session.execute(wanted)]
        over = [(one, who) for one, who in rows if one.ends_on < clock.today()]
        for departure, leaver in over:
            _last_day(departure, leaver)
    return len(over)


def _last_day(departure: Departure, leaver: Person) -> None:
    signed = departure.state == State.SIGNED.value
    if signed and not checklist.cards_of(leaver.id):
        close(departure, leaver, None)
        return
    departure.frozen_at = clock.now()
    if leaver.disabled_at is None:
        accounts.freeze(leaver, by="leaving")
    telling.say(departure, "leaving_unfinished")
    db.session.flush()
