"""Signing in: the check of a password, what happens after failures, and changing it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import update

from crm import clock
from crm.accounts import passwords, people, sessions
from crm.accounts.factors import devices, proving
from crm.audit import log
from crm.db import db
from crm.errors import Invalid
from crm.web import unit

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.factors.proving import Proof
    from crm.accounts.people import Person, Viewer
    from crm.accounts.sessions import Waiting

FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


def attempt(login: str, password: str, device: str = "") -> bool | None:
    """Whether the person is in, when the password is right and the account is open; else None.

    False: the session waits for the second step. `device` is the token of a trusted device.
    Failures are counted and logged; five of them lock the account for 15 minutes. The slow check
    of the password runs before the writer's lock is taken.
    """
    person = people.by_login(login)
    why = _why_not(person, password)
    checked = person.password_hash if person else ""
    unit.current().write()
    person = people.by_login(login)
    if person and not why:
        why = _closed(person) or (None if person.password_hash == checked else "password")
    if person is None or why:
        _refused(person, why or "unknown")
        return None
    if passwords.hasher().check_needs_rehash(person.password_hash):
        person.password_hash = passwords.hashed(password)
    if not sessions.start(person, device=device):
        _say("sign_in_begun", person)  # and failures are not forgotten: there is a step to go
        return False
    person.failures, person.locked_until = 0, None
    _say("sign_in", person, **({"device": "trusted"} if person.second_factor else {}))
    return True


def second_step(waiting: Waiting, proof: Proof, *, device: str = "") -> str | None:
    """Do the second step of a sign-in; None where it is not done.

    Else the token of the device, which is trusted from now on if `device` says what it is, or "".
    Failures count together with those of the password.
    """
    unit.current().write()
    person = db.session.get(people.Person, waiting.person_id)
    if person is None or not sessions.waits(waiting):
        return None
    why = _closed(person) or proving.wrong(person.id, waiting.session_id, proof)
    if why:
        _refused(person, why, "second_factor")
        return None
    person.failures, person.locked_until = 0, None
    sessions.prove(waiting.session_id)
    _say("sign_in", person, factor=proof.kind)
    if not device:
        return ""
    _say("device_trusted", person)
    return devices.trust(person.id, device)


def confirm(viewer: Viewer, password: str, proof: Proof) -> bool:
    """Prove anew, within a session, who one is: the password, and a factor where there is one."""
    person = people.by_login(viewer.login)
    checked = person.password_hash if person else ""
    right = passwords.matches(checked, password)
    unit.current().write()
    person = people.by_login(viewer.login)
    if person is None or viewer.session_id is None:
        return False
    why = _closed(person) or (None if right and person.password_hash == checked else "password")
    if not why and person.second_factor:
        why = proving.wrong(person.id, viewer.session_id, proof)
    if why:
        _refused(person, why, "identity_confirmed")
        return False
    person.failures = 0
    sessions.renew(viewer.session_id)
    _say("identity_confirmed", person)
    return True


def _say(action: str, person: Person, **detail: str) -> None:
    log.say(
        action,
        actor=person.actor(),
        subject_type="person",
        subject_ids=(person.id,),
        detail=detail,
    )


def _why_not(person: Person | None, password: str) -> str | None:
    """Why this sign-in fails, or None. Takes as long for a name that does not exist."""
    if person is None:
        passwords.waste(password)
        return "unknown"
    right = passwords.matches(person.password_hash, password)
    return _closed(person) or (None if right else "password")


def _closed(person: Person) -> str | None:
    """Why nobody signs in to this account now; asked again once others can no longer change it."""
    if person.locked_until and person.locked_until > clock.now():
        return "locked"
    return "disabled" if person.disabled_at else None


def _count_failure(person: Person) -> None:
    person.failures += 1
    if person.failures >= FAILURES:
        person.failures, person.locked_until = 0, clock.now() + LOCKED_FOR


COUNTED = {"password", "code", "used", proving.PASSKEY, proving.RECOVERY}
"""Failures that lock an account when there are too many."""


def _refused(person: Person | None, why: str, action: str = "sign_in") -> None:
    """A failed sign-in is an entry; an unknown name is not written down, it may be a password."""
    if person and why in COUNTED:
        _count_failure(person)
    subject = (person.id,) if person else ()
    actor = person.actor() if person else None
    log.refuse(action, actor=actor, subject_type="person", subject_ids=subject, detail={"why": why})


def change_password(person: Person, current: str, new: str, keep: UUID | None) -> None:
    """Give oneself a new password; every other session ends. Raises Invalid."""
    if not passwords.matches(person.password_hash, current):
        log.refuse("password_changed", subject_type="person", subject_ids=(person.id,))
        raise Invalid(_("现在的密码不对。"))
    if current == new:
        raise Invalid(_("新密码和现在的一样。"))
    passwords.check(new, person.login)
    person.password_hash, person.must_change = passwords.hashed(new), False
    sessions.end_all(person.id, by="password", but=keep)
    log.say("password_changed", subject_type="person", subject_ids=(person.id,))


def freeze(person: Person, *, by: str) -> None:
    """Shut an account at once: its sessions are over at their next request."""
    person.disabled_at = clock.now()
    sessions.end_all(person.id, by=by)
    _said(person, frozen=True)


def thaw(person: Person) -> None:
    """Let an account sign in again."""
    person.disabled_at = None
    _said(person, frozen=False)


def _said(person: Person, *, frozen: bool) -> None:
    about = {"subject_type": "person", "subject_ids": (person.id,)}
    log.say("person_changed", **about, detail={"frozen": frozen})
    db.session.flush()


def reset_password(person: Person, new: str) -> None:
    """An administrator gives a person a password to be changed at the next sign-in."""
    passwords.check(new, person.login)
    unlocked = {"failures": 0, "locked_until": None, "must_change": True}
    db.session.execute(
        update(people.Person)
        .where(people.Person.id == person.id)
        .values(password_hash=passwords.hashed(new), **unlocked)
    )
    sessions.end_all(person.id, by="administrator")
    log.say("password_reset", subject_type="person", subject_ids=(person.id,))
