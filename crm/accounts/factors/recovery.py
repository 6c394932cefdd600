"""Recovery codes: ten on paper, each good once, for whoever has lost the phone."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.db import Base, Identified, Moment, db, uuid7

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without what looks alike on paper."""
SIGNS, A_GROUP = 16, 4
"""Sixteen signs of 32: 80 bits, so that a plain hash gives nothing to guess at."""
HOW_MANY = 10
LONGEST = 64


class RecoveryCode(Base, Identified):
    """The hash of one code, and when it was used."""

    __tablename__ = "recovery_codes"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


def make(person_id: UUID) -> list[str]:
    """Ten codes, told this once; those from before end."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(SIGNS)) for _ in range(HOW_MANY)]
    db.session.add_all(
        [
            RecoveryCode(
                id=uuid7(), person_id=person_id, code_hash=_hash(code), made_at=clock.now()
            )
            for code in codes
        ]
    )
    db.session.flush()
    return [written(code) for code in codes]


def take(person_id: UUID, code: str) -> bool:
    """Use one of this person's codes up; False where it is none, or was used before."""
    if len(code) > LONGEST:
        return False
    bare = "".join(sign for sign in code.upper() if sign in ALPHABET)
    unused = update(RecoveryCode).where(
        RecoveryCode.person_id == person_id,
        RecoveryCode.code_hash == _hash(bare),
        RecoveryCode.used_at.is_(None),
    )
    done = db.session.execute(unused.values(used_at=clock.now()))
    return bool(done.rowcount)  # type: ignore[attr-defined] # SQLAlchemy types an UPDATE as rows


def left(person_id: UUID) -> int:
    """How many of a person's codes are still good."""
    unused = RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
    return db.session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def written(code: str) -> str:
    """A code as people copy it from paper: groups of four."""
    return "-".join(code[at : at + A_GROUP] for at in range(0, len(code), A_GROUP))


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
