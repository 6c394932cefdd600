"""重置第二重验证: two people let a third in again who has lost every factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access.permissions import Permission
from crm.accounts import fresh
from crm.accounts.factors import resetting
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.db import db
from crm.home import bp
from crm.notices import inbox
from crm.web import unit
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.accounts.factors.resetting import FactorRecovery

HERE = "/admin/second-factor"


@bp.get(HERE)
@allow(Permission.FACTOR_RECOVER)
def recoveries() -> ResponseReturnValue:
    """What waits for a second person, and for whom one may propose."""
    waiting = resetting.waiting()
    asked = {one.person_id for one in waiting}
    return render_template(
        "admin/recoveries.html",
        waiting=[_row(one) for one in waiting],
        people=[one for one in resetting.lost(g.viewer) if one.id not in asked],
        role_of=lambda one: Role(one.role).label,
        hours=int(resetting.LASTS.total_seconds() // 3600),
    )


@bp.post(f"{HERE}/people/<uuid:person_id>")
@allow(Permission.FACTOR_RECOVER)
@fresh.needed
def propose_recovery(person_id: UUID) -> ResponseReturnValue:
    """Propose to let somebody in again: the first of two."""
    unit.current().write()
    made = resetting.propose(g.viewer, person_id)
    inbox.tell(made.person_id, inbox.Kind.RECOVERY_PROPOSED, other_id=g.viewer.id)
    for one in resetting.approvers(made):
        inbox.tell(one, inbox.Kind.RECOVERY_WAITS, other_id=person_id)
    flash(_("已提出，等另一位同意。"), "ok")
    return redirect(HERE, 303)


@bp.post(f"{HERE}/<uuid:recovery_id>")
@allow(Permission.FACTOR_RECOVER)
@fresh.needed
def decide_recovery(recovery_id: UUID) -> ResponseReturnValue:
    """Approve it or not: the second of two."""
    unit.current().write()
    approve = request.form.get("decision") == "approve"
    made = resetting.decide(g.viewer, recovery_id, approve=approve)
    if approve:
        inbox.tell(made.person_id, inbox.Kind.FACTOR_RESET, other_id=g.viewer.id)
        flash(_("已重置：此人下次登录只用密码，并要重新设置第二重验证。"), "ok")
    return redirect(HERE, 303)


def _row(proposal: FactorRecovery) -> dict[str, Any]:
    person = db.session.get_one(Person, proposal.person_id)
    by = db.session.get_one(Person, proposal.proposed_by)
    return {
        "id": proposal.id,
        "name": person.name,
        "login": person.login,
        "role": Role(person.role).label,
        "by": by.name,
        "at": proposal.proposed_at,
        "own": by.id == g.viewer.id,
        "may_approve": resetting.may_approve(g.viewer, person, proposal),
    }
