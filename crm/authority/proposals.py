"""Proposals: what is to be changed in the law, where each stands, and how it is told in words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, Integer, String, Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.knobs import KNOBS, Knob
from crm.access.policy import DECIDERS
from crm.access.versions import LawVersion
from crm.authority.slips import names_of
from crm.db import Base, Identified, Moment, db
from crm.web.filters import day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm.accounts.roles import Role

SHOWN = 50


class State(StrEnum):
    """Where a proposal stands; `second` waits for the other approver."""

    ASKED = "asked"
    SECOND = "second"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state as people read it."""
        return str(TITLES[self])


TITLES = {
    State.ASKED: _("等待批准"),
    State.SECOND: _("等待第二人批准"),
    State.APPROVED: _("已生效"),
    State.REFUSED: _("未批准"),
    State.WITHDRAWN: _("已撤回"),
}
TONES = {State.APPROVED: "ok"}
WAITING = (State.ASKED.value, State.SECOND.value)


class LawProposal(Base, Identified):
    """One knob to be moved from one value to another."""

    __tablename__ = "law_proposals"

    knob: Mapped[str] = mapped_column(String(24))
    old: Mapped[int] = mapped_column(Integer)
    new: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    first_at: Mapped[datetime | None] = mapped_column(Moment)
    first_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Who approved first, where two must."""
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Who approved, refused or withdrew it at last."""
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("law_versions.id"))

    __table_args__ = (Index("ix_law_proposals_state", "state"),)


def waiting_for(code: str) -> bool:
    """Whether a change of this knob waits already."""
    there = select(LawProposal.id).where(LawProposal.knob == code, LawProposal.state.in_(WAITING))
    return db.session.scalar(there) is not None


def all_waiting() -> Sequence[LawProposal]:
    """Every proposal that waits, the oldest first."""
    there = select(LawProposal).where(LawProposal.state.in_(WAITING))
    return db.session.scalars(there.order_by(LawProposal.proposed_at)).all()


def gains(knob: Knob, old: int, new: int, roles: Iterable[Role]) -> bool:
    """Whether one of these posts may do more by this change."""
    return new > old and not knob.roles.isdisjoint(roles)


def needs_two(proposal: LawProposal) -> bool:
    """Whether an approver's own post gains, so that both approvers must agree."""
    return gains(KNOBS[proposal.knob], proposal.old, proposal.new, DECIDERS)


def effect(proposal: LawProposal) -> str:
    """从批准起，业务员可查看本团队的客户（本公司放宽设置，原为…）: what it does, in plain words."""
    knob, old = KNOBS[proposal.knob], KNOBS[proposal.knob].value(proposal.old)
    told = {"says": knob.says(proposal.new), "remark": knob.remark(proposal.new), "old": old}
    told["since"] = _since(proposal)
    if told["remark"]:
        return gettext("%(since)s，%(says)s（%(remark)s，原为%(old)s）。", **told)
    return gettext("%(since)s，%(says)s（原为%(old)s）。", **told)


def _since(proposal: LawProposal) -> str:
    if proposal.version_id is None:
        return gettext("从批准起")
    return gettext("从%(day)s起", day=day(proposal.decided_at))


def over() -> Sequence[LawProposal]:
    """Those that were decided or withdrawn, the newest first."""
    done = select(LawProposal).where(LawProposal.state.not_in(WAITING))
    return db.session.scalars(done.order_by(LawProposal.decided_at.desc()).limit(SHOWN)).all()


def told(some: Sequence[LawProposal]) -> list[dict[str, Any]]:
    """Proposals as the page lists them, with who did what when."""
    people = {one.proposed_by_id for one in some} | {one.first_by_id for one in some}
    names = names_of(people | {one.decided_by_id for one in some})
    made = select(LawVersion.id, LawVersion.number).where(
        LawVersion.id.in_({one.version_id for one in some} - {None})
    )
    numbers: dict[UUID | None, int] = {row[0]: row[1] for row in db.session.execute(made)}
    return [
        {
            "id": one.id,
            "effect": effect(one),
            "state": State(one.state).label,
            "tone": TONES.get(State(one.state), "idle"),
            "number": numbers.get(one.version_id),
            "two": needs_two(one),
            "proposed_by": names[one.proposed_by_id],
            "proposed_at": one.proposed_at,
            "first_by": names.get(one.first_by_id, ""),
            "decided_by": names.get(one.decided_by_id, ""),
            "decided_at": one.decided_at,
        }
        for one in some
    ]
