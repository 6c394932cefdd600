"""Trusted devices: where the second step is not asked for, for thirty days after it was done there.

A random token lies in the device's cookie, its hash here. A device is trusted for one person; the
trust ends with the days, at a word, and wherever all of a person's sessions end.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.audit import log
from crm.db import Base, Identified, Moment, db, uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence

TRUSTED_FOR = timedelta(days=30)


class TrustedDevice(Base, Identified):
    """A device that was trusted for a person."""

    __tablename__ = "trusted_devices"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    device: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def until(self) -> datetime:
        """When its trust ends by itself."""
        return self.made_at + TRUSTED_FOR


def trust(person_id: UUID, device: str) -> str:
    """Trust a device from now on; the token for its cookie, told this once."""
    token, now = secrets.token_urlsafe(32), clock.now()
    db.session.execute(
        delete(TrustedDevice).where(
            TrustedDevice.person_id == person_id, TrustedDevice.made_at <= now - TRUSTED_FOR
        )
    )
    row = TrustedDevice(
        id=uuid7(),
        person_id=person_id,
        token_hash=_hash(token),
        device=device,
        made_at=now,
        used_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return token


def knows(person_id: UUID, token: str) -> bool:
    """Whether this token was given to a device that is still trusted for this very person.

    It must have been used before now: a clock that was set back brings no ended trust back.
    """
    if not token:
        return False
    now = clock.now()
    row = db.session.scalar(
        select(TrustedDevice).where(
            TrustedDevice.person_id == person_id,
            TrustedDevice.token_hash == _hash(token),
            TrustedDevice.made_at > now - TRUSTED_FOR,
            TrustedDevice.used_at <= now,
        )
    )
    if row is None:
        return False
    row.used_at = now
    return True


def of(person_id: UUID) -> Sequence[TrustedDevice]:
    """The devices trusted now, the latest used first."""
    mine = TrustedDevice.person_id == person_id
    fresh = TrustedDevice.made_at > clock.now() - TRUSTED_FOR
    wanted = select(TrustedDevice).where(mine, fresh).order_by(TrustedDevice.used_at.desc())
    return db.session.scalars(wanted).all()


def forget(person_id: UUID, device_id: UUID | None = None) -> int:
    """Trust one of a person's devices no longer, or all of them; how many those were."""
    mine = delete(TrustedDevice).where(TrustedDevice.person_id == person_id)
    if device_id:
        mine = mine.where(TrustedDevice.id == device_id)
    gone: int = db.session.execute(mine).rowcount  # type: ignore[attr-defined] # SQLAlchemy types a DELETE as rows
    if gone:
        log.say(
            "device_forgotten",
            subject_type="person",
            subject_ids=(person_id,),
            detail={"devices": gone},
        )
    return gone


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
