"""Keeping: factors come and go; whether a person has one stands in their own row.

So a page learns it with the session, without a question of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from crm.accounts import sessions
from crm.accounts.factors import devices, passkeys, recovery, totp
from crm.accounts.factors.passkeys import Passkey
from crm.accounts.factors.proving import PASSKEY, TOTP
from crm.accounts.factors.recovery import RecoveryCode
from crm.accounts.factors.totp import TotpSecret
from crm.accounts.people import Person
from crm.audit import log
from crm.db import db

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from crm.accounts.factors.devices import TrustedDevice


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a person has, as their own page lists it."""

    totp: TotpSecret | None
    passkeys: Sequence[Passkey]
    codes_left: int
    devices: Sequence[TrustedDevice]

    @property
    def factors(self) -> int:
        """How many ways there are beside recovery codes."""
        return len(self.passkeys) + (self.totp is not None)


def of(person_id: UUID) -> Kept:
    """What a person has set up."""
    return Kept(
        totp.of(person_id),
        passkeys.of(person_id),
        recovery.left(person_id),
        devices.of(person_id),
    )


def added(person_id: UUID, kind: str, session_id: UUID | None) -> list[str]:
    """Say that a factor was added; with the first come recovery codes, and other sessions end."""
    say("factor_added", person_id, kind=kind)
    if db.session.scalar(select(Person.second_factor).where(Person.id == person_id)):
        return []
    _mark(person_id, has=True)
    sessions.end_all(person_id, by="factor", but=session_id)
    return recovery.make(person_id)


def renewed_codes(person_id: UUID) -> list[str]:
    """Ten recovery codes in place of those from before."""
    say("recovery_codes_made", person_id)
    return recovery.make(person_id)


def remove_totp(person_id: UUID) -> None:
    """Take the app's secret away, and one that waits for its first code."""
    db.session.execute(delete(TotpSecret).where(TotpSecret.person_id == person_id))
    _removed(person_id, TOTP)


def remove_passkey(passkey: Passkey) -> None:
    """Take one passkey away."""
    db.session.execute(delete(Passkey).where(Passkey.id == passkey.id))
    _removed(passkey.person_id, PASSKEY)


def forget_everything(person_id: UUID) -> None:
    """Take everything of a person's away, the trust in devices too, and end all sessions."""
    for table in (TotpSecret, Passkey, RecoveryCode):
        db.session.execute(delete(table).where(table.person_id == person_id))
    sessions.end_all(person_id, by="factor")
    _mark(person_id, has=False)


def say(action: str, person_id: UUID, **detail: str) -> None:
    """An entry about a person's factors; it names the kind, never a code or a key."""
    log.say(action, subject_type="person", subject_ids=(person_id,), detail=detail)


def _removed(person_id: UUID, kind: str) -> None:
    say("factor_removed", person_id, kind=kind)
    if of(person_id).factors:
        return
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    devices.forget(person_id)
    _mark(person_id, has=False)


def _mark(person_id: UUID, *, has: bool) -> None:
    """Straight past what was loaded: a person's row is written where it changes, nowhere else."""
    mine = update(Person).where(Person.id == person_id)
    db.session.execute(mine.values(second_factor=has))
    db.session.flush()
