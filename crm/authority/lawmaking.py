"""Changing the law: one proposes, another approves, and it holds from the next request on.

安全管理员 proposes, 总经理 or 执行董事 approves. Nobody approves what they proposed. Where an
approver's own post would gain by a change, one approval is not enough: the other approver must
agree too (ADR 0084).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import clock
from crm.access import law, versions
from crm.access.knobs import KNOBS, Knob
from crm.access.permissions import Permission
from crm.access.policy import DECIDERS
from crm.access.versions import LawVersion
from crm.accounts.people import Person
from crm.audit import log
from crm.authority import proposals
from crm.authority.proposals import WAITING, LawProposal, State
from crm.db import db, uuid7
from crm.errors import Denied, Invalid, Missing
from crm.notices import inbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.accounts.roles import Role


def propose(viewer: Viewer, code: str, value: int | None) -> LawProposal:
    """Propose another value. Raises Invalid for a knob or value that is none, or no change.

    Denied (logged) where it would widen one's own post.
    """
    knob = KNOBS.get(code)
    if knob is None:
        raise Invalid(_("没有这一项设置。"))
    now = _now()[code]
    wanted = _wanted(knob, value, now)
    if proposals.gains(knob, now, wanted, [viewer.role]):
        log.refuse("law_proposed", detail={"knob": code, "old": now, "new": wanted})
        raise Denied(_("放宽自己岗位的权限，要由别人提出。"))
    made = LawProposal(
        id=uuid7(), knob=code, old=now, new=wanted, state=State.ASKED.value,
        proposed_at=clock.now(), proposed_by_id=viewer.id,
    )  # fmt: skip
    db.session.add(made)
    _say(made, "law_proposed")
    _tell(approvers(), inbox.Kind.LAW_PROPOSED, viewer)
    db.session.flush()
    return made


def _wanted(knob: Knob, value: int | None, now: int) -> int:
    if value is None or value not in knob.values:
        told = {"least": knob.least, "most": knob.most}
        number = _("请填 %(least)s 到 %(most)s 的整数。", **told)
        raise Invalid(number if knob.counts else _("没有这个选项。"))
    if value == now:
        raise Invalid(_("现在就是这样，没有变化。"))
    if proposals.waiting_for(knob.code):
        raise Invalid(_("这一项已有待批准的修改，请先撤回或等它办完。"))
    return value


def may_approve(viewer: Viewer, proposal: LawProposal) -> bool:
    """Whether this person's word is wanted: neither who proposed it nor who approved first."""
    given = law.scope(viewer, Permission.LAW_APPROVE) is not None
    return given and viewer.id not in {proposal.proposed_by_id, proposal.first_by_id}


def get(viewer: Viewer, proposal_id: UUID, action: str) -> LawProposal:
    """A proposal to be decided. Raises Missing, Denied (logged) if not theirs, Invalid if done."""
    proposal = _get(proposal_id)
    if not may_approve(viewer, proposal):
        log.refuse(action, subject_type="law", subject_ids=(proposal.id,), detail=_facts(proposal))
        raise Denied(_("自己提出的、或自己已批准过的修改，要由另一人来批准。"))
    return proposal


def approve(viewer: Viewer, proposal: LawProposal) -> None:
    """Approve: it holds from the next request on – or waits for the other approver's word."""
    if proposals.needs_two(proposal) and proposal.state == State.ASKED.value:
        proposal.first_at, proposal.first_by_id = clock.now(), viewer.id
        proposal.state = State.SECOND.value
        _say(proposal, "law_approved", first=True)
        others = [one for one in approvers() if one != viewer.id]
        _tell(others, inbox.Kind.LAW_PROPOSED, viewer)
    else:
        _decided(viewer, proposal, State.APPROVED)
        made = _next_version(proposal)
        proposal.version_id = made.id
        _say(proposal, "law_approved", version=made.number)
        _tell([proposal.proposed_by_id], inbox.Kind.LAW_APPROVED, viewer)
        _tell(_concerned(proposal), inbox.Kind.LAW_CHANGED, viewer)
    db.session.flush()


def refuse(viewer: Viewer, proposal: LawProposal) -> None:
    """Leave everything as it is."""
    _decided(viewer, proposal, State.REFUSED)
    _say(proposal, "law_refused")
    _tell([proposal.proposed_by_id], inbox.Kind.LAW_REFUSED, viewer)
    db.session.flush()


def withdraw(viewer: Viewer, proposal_id: UUID) -> None:
    """Take one's own proposal back. Raises Missing for another's."""
    proposal = _get(proposal_id)
    if proposal.proposed_by_id != viewer.id:
        raise Missing
    _decided(viewer, proposal, State.WITHDRAWN)
    _say(proposal, "law_withdrawn")
    db.session.flush()


def how_many(viewer: Viewer) -> int:
    """How many proposals wait for this person's word."""
    if law.scope(viewer, Permission.LAW_APPROVE) is None:
        return 0
    return sum(may_approve(viewer, one) for one in proposals.all_waiting())


def approvers() -> list[UUID]:
    """Everybody who may approve."""
    return _people(DECIDERS)


def _get(proposal_id: UUID) -> LawProposal:
    """A proposal that waits. Raises Missing, Invalid when it has been decided already."""
    found = db.session.get(LawProposal, proposal_id)
    if found is None:
        raise Missing
    if found.state not in WAITING:
        done = State(found.state).label
        raise Invalid(_("这项修改已经处理过了：%(state)s。", state=done))
    return found


def _now() -> dict[str, int]:
    """The values that hold under the writer's lock, whatever this request began with."""
    return dict(versions.law(db.session.scalar(versions.NEWEST)).values)


def _next_version(proposal: LawProposal) -> LawVersion:
    last = db.session.scalar(select(func.max(LawVersion.number))) or 0
    values = _now() | {proposal.knob: proposal.new}
    made = LawVersion(id=uuid7(), number=last + 1, values=values, made_at=clock.now())
    db.session.add(made)
    db.session.flush()
    return made


def _decided(viewer: Viewer, proposal: LawProposal, state: State) -> None:
    proposal.state = state.value
    proposal.decided_at, proposal.decided_by_id = clock.now(), viewer.id


def _concerned(proposal: LawProposal) -> list[UUID]:
    """Whose rights changed."""
    return _people(KNOBS[proposal.knob].roles)


def _people(roles: Iterable[Role]) -> list[UUID]:
    there = select(Person.id).where(
        Person.disabled_at.is_(None), Person.role.in_([role.value for role in roles])
    )
    return list(db.session.scalars(there.order_by(Person.login)))


def _tell(people: Iterable[UUID], kind: inbox.Kind, viewer: Viewer) -> None:
    for person_id in dict.fromkeys(people):
        if person_id != viewer.id:
            inbox.tell(person_id, kind, other_id=viewer.id)


def _facts(proposal: LawProposal) -> dict[str, object]:
    return {"knob": proposal.knob, "old": proposal.old, "new": proposal.new}


def _say(proposal: LawProposal, action: str, **more: object) -> None:
    about = {"subject_type": "law", "subject_ids": (proposal.id,)}
    log.say(action, **about, detail=_facts(proposal) | more)
