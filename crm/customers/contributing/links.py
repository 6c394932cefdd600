"""Intake links: a customer fills in the form once, by a secret address kept only as its hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, LargeBinary, Uuid, func, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.audit import log
from crm.customers import cards
from crm.customers.cards import Customer
from crm.db import Base, Identified, Moment, db
from crm.errors import Denied, Missing, OverQuota

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer

TOKEN_BYTES = 24
"""192 random bits: whoever guesses a thousand times a second for a century has not begun."""
LONGEST_TOKEN = 64
OPEN_FOR = (1, 3, 7, 30)
"""Days a link may be open; the form offers these."""
USUAL = 7
A_DAY = 50
SHOWN = 50


class IntakeLink(Base, Identified):
    """One link: for a known customer or a new one, until a day, once."""

    __tablename__ = "intake_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    customer_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    maker_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_intake_links_maker_id_made_at", "maker_id", "made_at"),)

    @property
    def is_open(self) -> bool:
        """Whether it can still be filled in."""
        return not (self.used_at or self.revoked_at or self.expires_at <= clock.now())

    @property
    def state(self) -> tuple[str, str]:
        """What became of it, and the colour of its dot."""
        if self.used_at:
            return _("已填写"), "ok"
        if self.revoked_at:
            return _("已撤回"), "idle"
        return (_("等待填写"), "warn") if self.is_open else (_("已过期"), "idle")


def make(viewer: Viewer, customer_id: UUID | None, days: int) -> tuple[IntakeLink, str]:
    """A new link and its token, which is told this once. Raises Missing, Denied or OverQuota."""
    if customer_id:
        cards.get(customer_id, viewer, Permission.INTAKE_LINK)
        _only_responsible(viewer, customer_id)
    elif law.scope(viewer, Permission.CUSTOMER_CREATE) is None:
        raise Denied(_("您的岗位不新建客户；请从客户的档案卡上发自填链接。"))
    now = clock.now()
    if _made_since(viewer, now - timedelta(days=1)) >= A_DAY:
        raise OverQuota(_("一天最多发 %(n)s 个自填链接，请明天再发。", n=A_DAY))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = IntakeLink(
        token_hash=hashed(token),
        customer_id=customer_id,
        maker_id=viewer.id,
        made_at=now,
        expires_at=now + timedelta(days=days if days in OPEN_FOR else USUAL),
    )
    db.session.add(link)
    db.session.flush()
    _say("intake_link", link)
    return link, token


def _only_responsible(viewer: Viewer, customer_id: UUID) -> None:
    """A collaborator sees the card; asking the customer is for who is responsible for it."""
    if law.scope(viewer, Permission.INTAKE_LINK) is Scope.ALL:
        return
    owner = db.session.scalar(select(Customer.owner_id).where(Customer.id == customer_id))
    if owner != viewer.id:
        raise Denied(_("自填链接由客户的负责人或市场主管发出。"))


def _made_since(viewer: Viewer, moment: datetime) -> int:
    mine = (IntakeLink.maker_id == viewer.id, IntakeLink.made_at > moment)
    return db.session.scalar(select(func.count()).where(*mine)) or 0


def hashed(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def find(token: str) -> IntakeLink | None:
    """The open link of this token; a guessed, used, expired or revoked one is nothing."""
    link = None
    if len(token) <= LONGEST_TOKEN:
        link = db.session.scalar(select(IntakeLink).where(IntakeLink.token_hash == hashed(token)))
    return link if link and link.is_open else None


def spend(link: IntakeLink) -> None:
    """It was filled in: nobody can do so again."""
    link.used_at = clock.now()


def revoke(viewer: Viewer, link_id: UUID) -> None:
    """Take a link back, one's own or, for the supervisor, anybody's. Raises Missing."""
    link = db.session.get(IntakeLink, link_id)
    everywhere = law.scope(viewer, Permission.INTAKE_LINK) is Scope.ALL
    if link is None or not (everywhere or link.maker_id == viewer.id):
        log.refuse("intake_revoked", subject_type="intake_link", subject_ids=(link_id,))
        raise Missing
    if link.is_open:
        link.revoked_at = clock.now()
        db.session.flush()
        _say("intake_revoked", link)


def _say(action: str, link: IntakeLink) -> None:
    about = ("customer", link.customer_id) if link.customer_id else ("intake_link", link.id)
    log.say(action, subject_type=about[0], subject_ids=(about[1],), indexed=True)


def made_by(viewer: Viewer) -> Sequence[tuple[IntakeLink, str | None]]:
    """The links a person made, the latest first, with the customer's name if it is known.

    Only customers that this person is still responsible for are named.
    """
    wanted = (
        select(IntakeLink, Customer.name)
        .outerjoin(Customer, (Customer.id == IntakeLink.customer_id) & _namable(viewer))
        .where(IntakeLink.maker_id == viewer.id)
        .order_by(IntakeLink.made_at.desc(), IntakeLink.id.desc())
        .limit(SHOWN)
    )
    return [(row[0], row[1]) for row in db.session.execute(wanted)]


def _namable(viewer: Viewer) -> object:
    if law.scope(viewer, Permission.CUSTOMER_LIST) is Scope.ALL:
        return Customer.id.is_not(None)
    return Customer.owner_id == viewer.id
