"""Openings and the daily quota: which card is open for whom, and how many were looked into."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import (
    Date,
    Index,
    String,
    Uuid,
    bindparam,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.access import holding, law
from crm.access.policy import OPEN_FOR
from crm.db import Base, Identified, Moment, run, uuid7
from crm.disclosure.acts import COUNTED, Act
from crm.errors import OverQuota

if TYPE_CHECKING:
    from crm.access.holding import Held
    from crm.access.law import Subject
    from crm.accounts.people import Viewer
    from crm.db import Told


class Opening(Base, Identified):
    """One card open for one session until a time."""

    __tablename__ = "openings"

    session_id: Mapped[UUID | None] = mapped_column(Uuid)
    person_id: Mapped[UUID] = mapped_column(Uuid)
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    purpose: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    grant_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The grant that let it, where the post did not: revoked, it shows nothing any more."""

    __table_args__ = (
        Index("ix_openings_session_id_customer_id", "session_id", "customer_id", "until"),
        Index("ix_openings_customer_id", "customer_id"),
    )


class DailyLook(Base):
    """One customer a person looked into on one office day; the quota counts these rows."""

    __tablename__ = "daily_looks"

    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)


RUNNING = (
    select(*Opening.__table__.columns)
    .where(
        Opening.session_id == bindparam("session_id"),
        Opening.customer_id == bindparam("customer_id"),
        Opening.person_id == bindparam("person_id"),
        Opening.until > bindparam("now"),
    )
    .order_by(Opening.until.desc())
    .limit(1)
)
_TODAY = (DailyLook.person_id == bindparam("person_id"), DailyLook.day == bindparam("day"))
USED = select(func.count()).where(*_TODAY)
_RUNNING = RUNNING.subquery("running")
STANDING = select(USED.scalar_subquery().label("used"), *_RUNNING.columns).select_from(
    select(literal(1)).subquery("always").outerjoin(_RUNNING, true())
)
LOOKED = select(literal(1)).where(*_TODAY, DailyLook.customer_id == bindparam("customer_id"))
ENDS = (
    update(Opening.__table__)  # type: ignore[arg-type] # past the mapper: one statement
    .where(Opening.person_id == bindparam("whose"), Opening.until > bindparam("now"))
    .values(until=bindparam("now", type_=Moment()))
)
OPENS, COUNTS = insert(Opening), insert(DailyLook)


def start(
    viewer: Viewer, customer_id: UUID, purpose: str, code: str, grant_id: UUID | None = None
) -> Opening:
    """Open a card for this session, from now on for as long as the law says."""
    now = clock.now()
    values = {
        "id": uuid7(),
        "session_id": viewer.session_id,
        "person_id": viewer.id,
        "customer_id": customer_id,
        "purpose": purpose,
        "code": code,
        "opened_at": now,
        "until": now + OPEN_FOR,
        "grant_id": grant_id,
    }
    run(OPENS, values)
    return Opening(**values)


def running(viewer: Viewer, customer_id: UUID) -> Told | None:
    """The opening that is still running for this session and card: Opening's columns."""
    return run(RUNNING, _whose(viewer, customer_id)).first()


def standing(viewer: Viewer, customer_id: UUID) -> tuple[Told | None, int]:
    """The same, and how many more customers this person may open today: one statement."""
    row = run(STANDING, _whose(viewer, customer_id) | {"day": clock.today()}).one()
    return (row if row.id else None), max(0, law.quota(viewer) - row.used)


def _whose(viewer: Viewer, customer_id: UUID) -> dict[str, Any]:
    return {
        "session_id": viewer.session_id,
        "person_id": viewer.id,
        "customer_id": customer_id,
        "now": clock.now(),
    }


def end_all(person_id: UUID) -> None:
    """Shut whatever is open for a person, in every session of theirs."""
    run(ENDS, {"whose": person_id, "now": clock.now()})


def used_today(viewer: Viewer) -> int:
    """Distinct customers this person looked into today."""
    used: int = run(USED, {"person_id": viewer.id, "day": clock.today()}).scalar_one()
    return used


def charge(viewer: Viewer, subject: Subject, grant: Held, act: Act, *, paid: bool = False) -> None:
    """Charge a grant: a counted act costs it one opening, a look within its own opening does not.

    Raises OverQuota when it has ended, or is used up, since it was read.
    """
    costs = act in COUNTED or act is Act.EXPORT
    free = paid or not costs or (act is Act.REVEAL and _within(viewer, subject, grant))
    if not (holding.still(grant) if free else holding.spend(grant)):
        ended = _("授权单 %(number)s 已到期或次数已用完，可以再申请。", number=grant.number)
        raise OverQuota(ended)


def count(viewer: Viewer, subject: Subject) -> None:
    """Count this customer for today, once. Raises OverQuota with what to do."""
    look = {"person_id": viewer.id, "day": clock.today(), "customer_id": subject.id}
    if run(LOOKED, look).first():
        return
    if used_today(viewer) >= law.quota(viewer):
        raise OverQuota(
            _(
                "今天已打开 %(n)s 家客户，达到每日上限。"
                "拨打和写跟进不受影响；如工作需要，请联系市场主管。",
                n=law.quota(viewer),
            )
        )
    run(COUNTS, look)


def _within(viewer: Viewer, subject: Subject, grant: Held) -> bool:
    opening = running(viewer, subject.id)
    return opening is not None and opening.grant_id == grant.id
