"""Grants 授权单: what one person may do beyond the post, with whose cards, until when, how often.

Who is not one of the five posts looks things up by 总经理's approval only, for a need of the work
and the customers concerned (细则第二章·客户档案管理(6)). Here stands what was granted; `holding`
looks it up. Asking and deciding are a room of their own.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.permissions import Permission
from crm.crypto.sealed import Sealed, SealedText
from crm.db import Base, Identified, Moment

GIVES = {
    "open": Permission.CUSTOMER_OPEN,
    "reveal": Permission.CUSTOMER_REVEAL,
    "dial": Permission.CUSTOMER_DIAL,
    "copy": Permission.CUSTOMER_COPY,
    "print": Permission.CUSTOMER_PRINT,
    "export": Permission.CUSTOMER_EXPORT,
}
"""An act that can be granted → the permission it gives. What is not here is nobody's to grant."""
CARRIES_OUT = frozenset({"export"})
"""Acts that take many values out of the house: a second person confirms what was approved."""


class State(StrEnum):
    """Where a grant stands. One that is granted ends by itself, by date or by count."""

    ASKED = "asked"
    SECOND = "second"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        """The state as people read it."""
        return str(STATE_TITLES[self])


STATE_TITLES = {
    State.ASKED: _("等待审批"),
    State.SECOND: _("等待第二人确认"),
    State.GRANTED: _("生效中"),
    State.REFUSED: _("未批准"),
    State.WITHDRAWN: _("已撤回"),
    State.REVOKED: _("已撤销"),
}


class Grant(Base, Identified):
    """One slip: asked for, decided, and how much of it has been used."""

    __tablename__ = "grants"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    """SQ-2026-0001: every slip has one, refused ones too."""
    standing: Mapped[bool] = mapped_column(Boolean, default=False)
    """常设授权单: given for up to a year, without having been asked for."""
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    purpose: Mapped[str] = mapped_column(String(16))
    reason: Mapped[Sealed | None] = mapped_column(SealedText)
    """Why, in the asker's words, sealed under their own key."""
    named: Mapped[Sealed | None] = mapped_column(SealedText)
    """Customers as they were written, whether or not there are such cards."""
    meant: Mapped[int] = mapped_column(Integer)
    """How many were meant: what its asker is told until it is granted, lest the number of those
    that are there say which are."""
    acts: Mapped[str] = mapped_column(String(60))
    """Acts of `GIVES`, separated by blanks."""
    fields: Mapped[str] = mapped_column(String(600), default="")
    """Codes of the catalogue, separated by blanks; none: whatever `level` reaches."""
    level: Mapped[str] = mapped_column(String(12))
    every: Mapped[bool] = mapped_column(Boolean, default=False)
    """All customers, instead of those of grant_customers."""
    by_task: Mapped[bool] = mapped_column(Boolean, default=False)
    """Only customers about whom a task of the holder's is open, as long as it is."""
    days: Mapped[int] = mapped_column(Integer)
    most: Mapped[int | None] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(10), default=State.ASKED.value)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    answer: Mapped[Sealed | None] = mapped_column(SealedText)
    """What the decision said beside yes or no, sealed under the asker's key."""
    since: Mapped[datetime | None] = mapped_column(Moment)
    until: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by_id: Mapped[UUID | None] = mapped_column(Uuid)

    __table_args__ = (
        Index("ix_grants_holder_id_state", "holder_id", "state"),
        Index("ix_grants_state_asked_at", "state", "asked_at"),
    )


class GrantCustomer(Base):
    """One customer that a grant is about."""

    __tablename__ = "grant_customers"

    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)

    __table_args__ = (Index("ix_grant_customers_customer_id", "customer_id"),)
