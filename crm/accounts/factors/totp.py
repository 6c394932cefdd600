"""TOTP (RFC 6238): six digits that an app on the phone makes anew every thirty seconds.

The secret is sealed under the person's own data key and opened here alone, to compare. It is told
once, when it is made. The last step that was used is kept: no code counts twice, whichever process
is asked; where the clock was set back, none counts until it has caught up.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pyotp
from sqlalchemy import BigInteger, ForeignKey, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.crypto import keyring
from crm.crypto.sealed import Place, Sealed, SealedText
from crm.crypto.uses import use
from crm.db import Base, Identified, Moment, db, uuid7

if TYPE_CHECKING:
    from crm.crypto.sealed import RecordKey

SECONDS, DIGITS = 30, 6
DRIFT = 1
"""Steps that a phone's clock may be off, either way."""
SETTING_UP = timedelta(minutes=15)
"""How long a secret waits for its first code."""
ISSUER = "Kedang"

_open = use("second factor")


class TotpSecret(Base, Identified):
    """One person's secret; until its first code it is no factor yet."""

    __tablename__ = "totp_secrets"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    secret: Mapped[Sealed] = mapped_column(SealedText)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The newest step whose code was taken; none up to here is taken again."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)

    def place(self) -> Place:
        """Where its box belongs."""
        return Place("totp_secrets", "secret", self.id)


def begin(person_id: UUID, login: str) -> tuple[str, str]:
    """A new secret and the address an app reads from a QR code, both told this once."""
    secret = pyotp.random_base32()
    waiting = TotpSecret.person_id == person_id, TotpSecret.confirmed_at.is_(None)
    db.session.execute(delete(TotpSecret).where(*waiting))
    row = TotpSecret(id=uuid7(), person_id=person_id, made_at=clock.now(), last_step=0)
    row.secret = keyring.current().record_key(person_id).seal(row.place(), secret)
    db.session.add(row)
    db.session.flush()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def confirm(person_id: UUID, code: str) -> str | None:
    """Make the waiting secret the person's own, in place of an older one; or why not."""
    row = db.session.scalar(
        select(TotpSecret).where(
            TotpSecret.person_id == person_id,
            TotpSecret.confirmed_at.is_(None),
            TotpSecret.made_at > clock.now() - SETTING_UP,
        )
    )
    why = _wrong(row, code)
    if row is None or why:
        return why
    db.session.execute(
        delete(TotpSecret).where(TotpSecret.person_id == person_id, TotpSecret.id != row.id)
    )
    row.confirmed_at = clock.now()
    db.session.flush()
    return None


def check(person_id: UUID, code: str) -> str | None:
    """Take a code, or say why it is none: `code` where it is wrong, `used` where it came before."""
    return _wrong(of(person_id), code)


def of(person_id: UUID) -> TotpSecret | None:
    """The secret that counts for this person."""
    return db.session.scalar(
        select(TotpSecret).where(
            TotpSecret.person_id == person_id, TotpSecret.confirmed_at.is_not(None)
        )
    )


def _wrong(row: TotpSecret | None, code: str) -> str | None:
    code = "".join(code.split())
    if row is None or not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return "code"
    step = _step_of(row, keyring.current().record_key(row.person_id), code)
    if step is None:
        return "code"
    taken = update(TotpSecret).where(TotpSecret.id == row.id, TotpSecret.last_step < step)
    done = db.session.execute(taken.values(last_step=step))
    return None if done.rowcount else "used"  # type: ignore[attr-defined] # SQLAlchemy types an UPDATE as rows


def _step_of(row: TotpSecret, key: RecordKey, code: str) -> int | None:
    """The step that this is the code of: the present one or a neighbour; all are compared."""
    made = pyotp.TOTP(_open(key, row.place(), row.secret))
    now = int(clock.now().timestamp()) // SECONDS
    fits = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(made.at(step * SECONDS), code)
    ]
    return fits[-1] if fits else None
