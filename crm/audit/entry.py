"""One entry of the access log: what is said, and the row that keeps it.

The canonical text of an entry (JSON, keys sorted, no spaces) is what its leaf hash covers:
SHA-256(0x00 ‖ text), RFC 6962 §2.1. It names fields, never values; free text is sealed and
appears as ciphertext, so that erasing it does not break the tree.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from crm.crypto.sealed import Sealed, SealedText
from crm.db import Base, Moment, uuid7

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 10
"""Ten of 32 letters: 50 random bits name one disclosure."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who an entry names: an account, or a command line acting for one."""

    id: UUID | None
    login: str
    role: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, before it is given its sequence and time."""

    action: str
    result: str = "ok"
    subject_type: str | None = None
    subject_ids: tuple[UUID, ...] = ()
    fields: tuple[str, ...] = ()
    purpose: str | None = None
    grant_id: UUID | None = None
    code: str | None = None
    note: Sealed | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    """Small facts that are not values: counts, an endpoint, a role given."""
    indexed: bool = False
    """Whether the entry is found by its subjects: true for what was opened, not for lists."""
    id: UUID = field(default_factory=uuid7)
    actor: Actor | None = None
    """Only where it is not the unit's own actor, as at sign-in."""

    def as_failed(self) -> Entry:
        """The same act, which did not come about."""
        return replace(self, result="failed")


class LogEntry(Base):
    """A row of the log. Triggers refuse to update or delete it."""

    __tablename__ = "log_entries"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    action: Mapped[str] = mapped_column(String(24))
    result: Mapped[str] = mapped_column(String(8))
    note: Mapped[Sealed | None] = mapped_column(SealedText)
    text: Mapped[str] = mapped_column(Text)
    """The canonical JSON that the leaf covers."""
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (
        Index("ix_log_entries_actor_id_seq", "actor_id", "seq"),
        Index("ix_log_entries_action_seq", "action", "seq"),
        Index("ix_log_entries_result_seq", "result", "seq"),
    )


class LogSubject(Base):
    """Which entries opened something of a record."""

    __tablename__ = "log_subjects"

    subject_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )


def new_code() -> str:
    """A disclosure's code: what a mark carries and a tracer types."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def canonical(  # noqa: PLR0913, PLR0917 - what a leaf covers, in its order
    seq: int, at: datetime, actor: Actor, session: str, address: str, entry: Entry
) -> str:
    """The text that the leaf covers; `crm audit export` writes the same keys."""
    said = {
        "seq": seq,
        "at": at.isoformat(timespec="microseconds"),
        "id": str(entry.id),
        "actor": actor.login,
        "role": actor.role,
        "action": entry.action,
        "subject_type": entry.subject_type,
        "subject_ids": [str(subject) for subject in entry.subject_ids],
        "fields": list(entry.fields),
        "purpose": entry.purpose,
        "grant_id": str(entry.grant_id) if entry.grant_id else None,
        "session": session or None,
        "address": address or None,
        "result": entry.result,
        "code": entry.code,
        "note": base64.b64encode(entry.note.box).decode() if entry.note else None,
        "detail": dict(entry.detail),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def leaf_hash(text: str) -> bytes:
    """RFC 6962 §2.1: the hash of a leaf, 32 bytes."""
    return hashlib.sha256(b"\x00" + text.encode()).digest()
