"""Deciding: 总经理 approves, narrows, refuses; a second person confirms what carries values out.

总经理 decides what others ask, 执行董事 what 总经理 asks – and, while a delegation runs, in place
of 总经理. Nobody decides what is their own. A decision never gives more than was asked for.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from crm import clock
from crm.access import holding, law
from crm.access.grants import CARRIES_OUT, Grant, GrantCustomer, State
from crm.access.permissions import Permission
from crm.access.policy import CONFIRMERS, DECIDERS
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.audit import log
from crm.authority import delegating, slips
from crm.db import db
from crm.errors import Denied, Invalid, Missing
from crm.notices import inbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.authority.terms import Terms


def may_decide(person_id: UUID, role: Role, holder: Person) -> bool:
    """Whether a person of this post decides what `holder` asks."""
    if person_id == holder.id or role not in DECIDERS:
        return False
    if holder.role == Role.GENERAL_MANAGER.value:
        return role is Role.EXECUTIVE_DIRECTOR
    return role is Role.GENERAL_MANAGER or delegating.stands_in(person_id)


def deciders(holder_id: UUID) -> list[Person]:
    """Everybody who decides what this person asks, now."""
    holder = _person(holder_id)
    posts = [role.value for role in DECIDERS]
    there = select(Person).where(Person.disabled_at.is_(None), Person.role.in_(posts))
    found = db.session.scalars(there.order_by(Person.login)).all()
    return [one for one in found if may_decide(one.id, Role(one.role), holder)]


def waiting(viewer: Viewer, state: State = State.ASKED) -> list[tuple[Grant, Person]]:
    """What waits for this person: requests to decide, or approvals to confirm as the second."""
    wanted = (
        select(Grant, Person)
        .join(Person, Person.id == Grant.holder_id)
        .where(Grant.state == state.value)
        .order_by(Grant.asked_at)
    )
    rows = [(row[0], row[1]) for row in db.session.execute(wanted)]
    if state is State.SECOND:
        return [(one, holder) for one, holder in rows if may_confirm(viewer, one)]
    return [(one, who) for one, who in rows if may_decide(viewer.id, viewer.role, who)]


def how_many(viewer: Viewer) -> int:
    """How many requests and approvals wait for this person's word."""
    if law.scope(viewer, Permission.GRANT_CONFIRM) is None:
        return 0
    return len(waiting(viewer)) + len(waiting(viewer, State.SECOND))


def may_confirm(viewer: Viewer, grant: Grant) -> bool:
    """Whether this person may be the second one here: neither the asker nor who approved."""
    given = law.scope(viewer, Permission.GRANT_CONFIRM) is not None
    return given and viewer.id not in {grant.holder_id, grant.decided_by_id}


def get(viewer: Viewer, grant_id: UUID, state: State) -> tuple[Grant, Person]:
    """A grant to be decided. Raises Missing, Denied (logged) if not theirs, Invalid when done."""
    grant = db.session.get(Grant, grant_id)
    if grant is None:
        raise Missing
    holder = _person(grant.holder_id)
    theirs = (
        may_confirm(viewer, grant)
        if state is State.SECOND
        else may_decide(viewer.id, viewer.role, holder)
    )
    if not theirs:
        about = {"subject_type": "grant", "subject_ids": (grant.id,), "grant_id": grant.id}
        log.refuse("grant_decided", **about)
        raise Denied(_("这份申请不由您审批：自己的、或不在您权限内的，要由别人来批。"))
    if grant.state != state.value:
        raise Invalid(_("这份申请已经处理过了：%(state)s。", state=State(grant.state).label))
    return grant, holder


def approve(
    viewer: Viewer, grant: Grant, told: Terms, customers: Iterable[UUID], answer: str
) -> None:
    """Approve as asked or less. Raises Invalid where it would be more, or nothing."""
    kept = set(customers)
    _only_less(grant, told, kept)
    grant.acts, grant.fields = " ".join(told.acts), " ".join(told.fields)
    grant.level, grant.days, grant.most = told.level, told.days, told.most
    others = delete(GrantCustomer).where(
        GrantCustomer.grant_id == grant.id, GrantCustomer.customer_id.not_in(kept)
    )
    db.session.execute(others)
    _decided(viewer, grant, answer)
    second = bool(CARRIES_OUT & set(told.acts))
    if second:
        grant.state = State.SECOND.value
        _tell_second(viewer, grant)
    else:
        begin(grant)
    _say(grant, "grant_approved", {"second": second, "customers": len(kept)})
    db.session.flush()


def refuse(viewer: Viewer, grant: Grant, answer: str) -> None:
    """Refuse, with a reason. Raises Invalid without one."""
    if not answer:
        raise Invalid(_("请写一句不批准的原因。"), "answer")
    _decided(viewer, grant, answer)
    grant.state = State.REFUSED.value
    _say(grant, "grant_refused", {})
    inbox.tell(grant.holder_id, inbox.Kind.GRANT_REFUSED, other_id=viewer.id)
    db.session.flush()


def confirm(viewer: Viewer, grant: Grant, *, yes: bool) -> None:
    """The second person's word: only then does it begin."""
    grant.confirmed_at, grant.confirmed_by_id = clock.now(), viewer.id
    if yes:
        begin(grant)
    else:
        grant.state = State.REFUSED.value
        inbox.tell(grant.holder_id, inbox.Kind.GRANT_REFUSED, other_id=viewer.id)
    _say(grant, "grant_confirmed", {"yes": yes})
    db.session.flush()


def begin(grant: Grant, until: datetime | None = None) -> None:
    """Let it be in force from now on, and its holder know."""
    grant.state, grant.since = State.GRANTED.value, clock.now()
    grant.until = until or grant.since + timedelta(days=grant.days)
    longer = update(Person).where(
        Person.id == grant.holder_id,
        Person.granted_until.is_(None) | (Person.granted_until < grant.until),
    )
    db.session.execute(longer.values(granted_until=grant.until))
    inbox.tell(grant.holder_id, inbox.Kind.GRANTED, other_id=grant.decided_by_id)


def revoke(viewer: Viewer, grant: Grant) -> None:
    """End a grant at once: the very next request finds it gone, in every process."""
    if grant.state != State.GRANTED.value:
        raise Invalid(_("这份授权单已经结束了。"))
    grant.state, grant.ended_at, grant.ended_by_id = State.REVOKED.value, clock.now(), viewer.id
    _say(grant, "grant_revoked", {})
    if viewer.id != grant.holder_id:
        inbox.tell(grant.holder_id, inbox.Kind.GRANT_REVOKED, other_id=viewer.id)
    db.session.flush()


def end_all(viewer: Viewer, holder_id: UUID) -> int:
    """End everything of a person's, in force or asked for: they are leaving. Says how many."""
    mine = select(Grant).where(
        Grant.holder_id == holder_id,
        Grant.state.in_([State.ASKED.value, State.SECOND.value, State.GRANTED.value]),
    )
    found = db.session.scalars(mine).all()
    for grant in found:
        (revoke if grant.state == State.GRANTED.value else withdraw)(viewer, grant)
    none = update(Person).where(Person.id == holder_id).values(granted_until=None)
    db.session.execute(none)
    return len(found)


def withdraw(viewer: Viewer, grant: Grant) -> None:
    """Its asker needs it no more."""
    grant.state, grant.ended_at, grant.ended_by_id = State.WITHDRAWN.value, clock.now(), viewer.id
    _say(grant, "grant_withdrawn", {})
    db.session.flush()


def _only_less(grant: Grant, told: Terms, kept: set[UUID]) -> None:
    asked_fields = set(grant.fields.split())
    more = (
        not set(told.acts) <= set(grant.acts.split())
        or (asked_fields and not (told.fields and set(told.fields) <= asked_fields))
        or (told.level == "secret" and grant.level != "secret")
        or told.days > grant.days
        or (grant.most is not None and (told.most is None or told.most > grant.most))
        or not kept <= set(holding.customers_of(grant.id))
    )
    if more:
        raise Invalid(_("批准的内容不能多于申请的内容。"))
    if not kept:
        raise Invalid(_("没有对上的客户，无法批准。"))


def _decided(viewer: Viewer, grant: Grant, answer: str) -> None:
    grant.decided_at, grant.decided_by_id = clock.now(), viewer.id
    grant.answer = slips.sealed(grant.holder_id, grant.id, "answer", answer)


def _tell_second(viewer: Viewer, grant: Grant) -> None:
    posts = [role.value for role in CONFIRMERS]
    there = select(Person.id).where(Person.disabled_at.is_(None), Person.role.in_(posts))
    for person_id in db.session.scalars(there).all():
        if person_id not in {grant.holder_id, viewer.id}:
            inbox.tell(person_id, inbox.Kind.GRANT_SECOND, other_id=grant.holder_id)


def _say(grant: Grant, action: str, more: dict[str, object]) -> None:
    log.say(
        action,
        subject_type="grant",
        subject_ids=(grant.id,),
        fields=tuple(grant.fields.split()),
        purpose=grant.purpose,
        grant_id=grant.id,
        detail=slips.detail(grant) | more,
    )


def _person(person_id: UUID) -> Person:
    return db.session.get_one(Person, person_id)
