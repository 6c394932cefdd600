"""The inbox: what happened that a person should know, which card, and whether it was seen.

A notice holds no words: its kind names a literal template, a number and a card fill it. So no
value can stay behind in it, and it is read in the language of whoever reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, Integer, String, Uuid, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.accounts.people import Person
from crm.db import Base, Identified, Moment, db, uuid7

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN = 100
UNSEEN_TO = 100
"""Unseen notices are counted up to here, then shown as 99+."""


class Kind(StrEnum):
    """What happened."""

    POOL_WARNING = "pool_warning"
    POOL_FELL = "pool_fell"
    POOL_FELL_MANY = "pool_fell_many"
    CLAIMED = "claimed"
    ASSIGNED = "assigned"
    HANDED_OVER = "handed_over"
    CARDS_CAME = "cards_came"
    CARDS_WENT = "cards_went"
    GRANT_ASKED = "grant_asked"
    GRANT_SECOND = "grant_second"
    GRANTED = "granted"
    GRANT_REFUSED = "grant_refused"
    GRANT_REVOKED = "grant_revoked"
    DELEGATED = "delegated"
    LEAVING_GIVEN = "leaving_given"
    LEAVING_ENTERED = "leaving_entered"
    LEAVING_READY = "leaving_ready"
    RECOVERY_USED = "recovery_used"
    RECOVERY_PROPOSED = "recovery_proposed"
    RECOVERY_WAITS = "recovery_waits"
    FACTOR_RESET = "factor_reset"
    LAW_PROPOSED = "law_proposed"
    LAW_APPROVED = "law_approved"
    LAW_CHANGED = "law_changed"
    LAW_REFUSED = "law_refused"


@dataclass(frozen=True, slots=True)
class Template:
    """A kind's sentence, and where a notice without a card leads."""

    sentence: object
    url: str = ""
    icon: str = "bell"


TEMPLATES: Mapping[str, Template] = {
    Kind.POOL_WARNING: Template(
        _("%(n)s 家客户快要回公海了：写一笔跟进就能留住。"), "/customers?scene=mine", "warn"
    ),
    Kind.POOL_FELL: Template(_("%(name)s 太久没有跟进，已回公海。"), "", "clock"),
    Kind.POOL_FELL_MANY: Template(_("%(n)s 家客户太久没有跟进，已回公海。"), "", "clock"),
    Kind.CLAIMED: Template(_("%(name)s 已被同事从公海认领。"), "", "users"),
    Kind.ASSIGNED: Template(_("%(name)s 分给您负责了，请尽快联系。"), "", "user"),
    Kind.HANDED_OVER: Template(_("%(name)s 移交给您负责了，请尽快联系。"), "", "user"),
    Kind.CARDS_CAME: Template(
        _("新到我名下 %(n)s 家客户，原负责人 %(other)s（%(why)s）。"),
        "/customers?scene=mine",
        "users",
    ),
    Kind.CARDS_WENT: Template(
        _("移交出去 %(n)s 家客户，接手人 %(other)s（%(why)s）。"), "", "users"
    ),
    Kind.GRANT_ASKED: Template(
        _("%(other)s 申请查阅 %(n)s 家客户，等您审批。"), "/approvals", "scale"
    ),
    Kind.GRANT_SECOND: Template(
        _("%(other)s 的导出申请已获批准，请您作为第二人确认。"), "/approvals", "scale"
    ),
    Kind.GRANTED: Template(_("您的授权单已生效，批准人 %(other)s。"), "/grants", "key"),
    Kind.GRANT_REFUSED: Template(_("您的授权申请未获批准，审批人 %(other)s。"), "/grants", "lock"),
    Kind.GRANT_REVOKED: Template(_("%(other)s 撤销了您的授权单。"), "/grants", "lock"),
    Kind.DELEGATED: Template(_("%(other)s 委托您代行授权审批。"), "/approvals", "scale"),
    Kind.LEAVING_GIVEN: Template(
        _("%(other)s 的离职交接开始了，请核对由您确认的项目。"), "/work/leaving", "out"
    ),
    Kind.LEAVING_ENTERED: Template(
        _("%(other)s 登记了您的离职交接，交接期从今天开始。"), "/work/leaving/new", "out"
    ),
    Kind.LEAVING_READY: Template(
        _("%(other)s 的离职交接已办齐，等您签字。"), "/work/leaving", "check"
    ),
    Kind.RECOVERY_USED: Template(
        _("用恢复码登录了一次，还剩 %(n)s 个。不是您？马上改密码并重做恢复码。"),
        "/me/second-factor",
        "key",
    ),
    Kind.RECOVERY_PROPOSED: Template(
        _("%(other)s 提出重置您的第二重验证。不是您要的？马上告诉安全管理员。"), "", "warn"
    ),
    Kind.RECOVERY_WAITS: Template(
        _("%(other)s 的第二重验证要重置，等您同意。"), "/admin/second-factor", "key"
    ),
    Kind.FACTOR_RESET: Template(
        _("您的第二重验证已重置，由 %(other)s 同意。请重新设置，并换一个新密码。"),
        "/me/second-factor",
        "key",
    ),
    Kind.LAW_PROPOSED: Template(_("有一项权限修改等您批准。"), "/admin/policy", "scale"),
    Kind.LAW_APPROVED: Template(
        _("您提出的权限修改已生效，批准人 %(other)s。"), "/admin/policy", "scale"
    ),
    Kind.LAW_CHANGED: Template(_("您岗位的权限规则改了，批准人 %(other)s。"), "/me", "scale"),
    Kind.LAW_REFUSED: Template(
        _("您提出的权限修改未获批准，审批人 %(other)s。"), "/admin/policy", "lock"
    ),
}
"""Kind → its literal sentence: %(name)s is the card's open name, %(n)s the notice's number,
%(other)s another person concerned, %(why)s a reason of a table."""
LEADS_TO_CARD = frozenset({Kind.ASSIGNED, Kind.HANDED_OVER})
"""Kinds about a card that is the reader's own."""


class Notice(Base, Identified):
    """One notice to one person."""

    __tablename__ = "notices"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[UUID | None] = mapped_column(Uuid)
    number: Mapped[int] = mapped_column(Integer, default=0)
    other_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Another person whom it concerns."""
    why: Mapped[str] = mapped_column(String(12), default="")
    """A reason's code; its words stand in the area's own table."""
    at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_notices_person_id_at", "person_id", "at"),
        Index("ix_notices_person_id_seen_at", "person_id", "seen_at"),
    )


def tell(  # noqa: PLR0913, PLR0917 - the facts of a notice
    person_id: UUID,
    kind: Kind | str,
    subject_id: UUID | None = None,
    number: int = 0,
    other_id: UUID | None = None,
    why: str = "",
) -> None:
    """Put a notice into a person's inbox, in the running unit. Raises KeyError for no kind."""
    TEMPLATES[Kind(kind)]
    now = clock.now()
    db.session.add(
        Notice(
            id=uuid7(),
            person_id=person_id,
            kind=str(kind),
            subject_id=subject_id,
            number=number,
            other_id=other_id,
            why=why,
            at=now,
        )
    )
    raised = update(Person).where(Person.id == person_id).values(unseen=Person.unseen + 1)
    db.session.execute(raised.execution_options(synchronize_session=False))
    db.session.flush()


def tell_daily(person_id: UUID, kind: Kind, number: int) -> None:
    """Tell a number at most once a day; the same day's notice takes the new number."""
    today = clock.start_of(clock.today())
    same = update(Notice).where(
        Notice.person_id == person_id, Notice.kind == kind.value, Notice.at >= today
    )
    done = db.session.execute(same.values(number=number))
    if not done.rowcount:  # type: ignore[attr-defined] # SQLAlchemy types an UPDATE as rows
        tell(person_id, kind, number=number)


def tell_more(person_id: UUID, kind: Kind, number: int, other_id: UUID | None, why: str) -> None:
    """Tell a number of one more time; the same day's notice of the same, not seen yet, takes it."""
    today = clock.start_of(clock.today())
    same = update(Notice).where(
        Notice.person_id == person_id, Notice.kind == kind.value, Notice.at >= today,
        Notice.seen_at.is_(None), Notice.other_id.is_not_distinct_from(other_id),
        Notice.why == why,
    )  # fmt: skip
    added = same.values(number=Notice.number + number)
    done = db.session.execute(added.execution_options(synchronize_session=False))
    if not done.rowcount:  # type: ignore[attr-defined] # SQLAlchemy types an UPDATE as rows
        tell(person_id, kind, number=number, other_id=other_id, why=why)


def latest(person_id: UUID, limit: int = SHOWN) -> Sequence[Notice]:
    """A person's notices, the newest first."""
    wanted = select(Notice).where(Notice.person_id == person_id)
    return db.session.scalars(
        wanted.order_by(Notice.at.desc(), Notice.id.desc()).limit(limit)
    ).all()


def sentence(notice: Notice, name: str, other: str = "", why: str = "") -> str:
    """What a notice says, about a card of this open name and another person."""
    template = TEMPLATES.get(notice.kind)
    if template is None:
        return gettext("有一条通知。")
    return str(template.sentence) % {
        "name": name or gettext("一家客户"),
        "n": notice.number,
        "other": other or gettext("未分配"),
        "why": why,
    }


def mark_seen(person_id: UUID, notice_id: UUID | None = None) -> None:
    """Mark one of a person's notices as seen, or all of them; another's is left alone."""
    mine = update(Notice).where(Notice.person_id == person_id, Notice.seen_at.is_(None))
    if notice_id:
        mine = mine.where(Notice.id == notice_id)
    db.session.execute(
        mine.values(seen_at=clock.now()).execution_options(synchronize_session=False)
    )
    left = select(func.count()).where(Notice.person_id == person_id, Notice.seen_at.is_(None))
    count = db.session.scalar(left) or 0
    db.session.execute(update(Person).where(Person.id == person_id).values(unseen=count))
