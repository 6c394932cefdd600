"""权限规则: the whole law as a table, what of it may be set, and how a change of it comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access import law, versions
from crm.access.knobs import KNOBS
from crm.access.permissions import Permission
from crm.access.policy import LAW
from crm.accounts import fresh
from crm.accounts.roles import Role
from crm.authority import lawmaking, proposals
from crm.errors import Invalid
from crm.home import bp
from crm.home.sentences import GROUPS, SENTENCES
from crm.web import unit
from crm.web.forms import number_of
from crm.web.guard import allow
from crm.web.text import halfwidth

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.access.knobs import Knob
    from crm.access.policy import Right

LONGEST = 10**6


@bp.get("/admin/policy")
@allow(Permission.LAW_READ)
def policy() -> ResponseReturnValue:
    """Every post's rights with their clauses; what is set, proposed, and was changed."""
    return _page()


def _page(problem: str = "") -> str:
    waiting = proposals.all_waiting()
    mine = {one.id for one in waiting if one.proposed_by_id == g.viewer.id}
    theirs = {one.id for one in waiting if lawmaking.may_approve(g.viewer, one)}
    return render_template(
        "admin/policy.html",
        roles=[(role.value, role.label) for role in Role],
        law=[(str(title), [_row(one) for one in permissions]) for title, permissions in GROUPS],
        knobs=[_knob(one, {row.knob for row in waiting}) for one in KNOBS.values()],
        waiting=[
            row | {"withdraw": row["id"] in mine, "decide": row["id"] in theirs}
            for row in proposals.told(waiting)
        ],
        over=proposals.told(proposals.over()),
        proposes=law.scope(g.viewer, Permission.LAW_PROPOSE) is not None,
        problem=problem,
        wrong=request.form.get("knob", "") if problem else "",
        typed=request.form.get("value", ""),
    )


def _knob(knob: Knob, waiting: set[str]) -> dict[str, Any]:
    now = versions.current().values[knob.code]
    return {
        "code": knob.code,
        "title": str(knob.title),
        "says": knob.says(now),
        "remark": str(knob.remark(now)),
        "meaning": str(knob.meaning),
        "clause": knob.cited,
        "now": now,
        "shipped": knob.value(knob.shipped),
        "changed": now != knob.shipped,
        "least": knob.least,
        "most": knob.most,
        "choices": []
        if knob.counts
        else [(int(one), knob.value(one), str(knob.remark(one))) for one in knob.values],
        "waits": knob.code in waiting,
    }


@bp.post("/admin/policy/proposals")
@allow(Permission.LAW_PROPOSE)
def propose() -> ResponseReturnValue:
    """Propose another value of one setting."""
    _begin()
    value = number_of(halfwidth(request.form.get("value", "")).strip(), LONGEST)
    try:
        lawmaking.propose(g.viewer, request.form.get("knob", ""), value)
    except Invalid as invalid:
        unit.current().undo()
        return _page(invalid.sentence), 422
    flash(_("已提出，等总经理或执行董事批准。"), "ok")
    return redirect("/admin/policy#changes", 303)


@bp.post("/admin/policy/proposals/<uuid:proposal_id>/approve")
@allow(Permission.LAW_APPROVE)
def approve(proposal_id: UUID) -> ResponseReturnValue:
    """Approve what another proposed; where one's own post gains, another must approve too."""
    _begin()
    proposal = lawmaking.get(g.viewer, proposal_id, "law_approved")
    lawmaking.approve(g.viewer, proposal)
    done = proposal.version_id is not None
    flash(_("已批准，立即生效。") if done else _("已批准，等第二人批准后生效。"), "ok")
    return redirect("/admin/policy#changes", 303)


@bp.post("/admin/policy/proposals/<uuid:proposal_id>/refuse")
@allow(Permission.LAW_APPROVE)
def refuse(proposal_id: UUID) -> ResponseReturnValue:
    """Leave everything as it is."""
    _begin()
    lawmaking.refuse(g.viewer, lawmaking.get(g.viewer, proposal_id, "law_refused"))
    flash(_("未批准，规则不变。"), "ok")
    return redirect("/admin/policy#changes", 303)


@bp.post("/admin/policy/proposals/<uuid:proposal_id>/withdraw")
@allow(Permission.LAW_PROPOSE)
def withdraw(proposal_id: UUID) -> ResponseReturnValue:
    """Take one's own proposal back."""
    unit.current().write()
    lawmaking.withdraw(g.viewer, proposal_id)
    flash(_("已撤回。"), "ok")
    return redirect("/admin/policy#changes", 303)


def _begin() -> None:
    """Where every proposal and every decision on the law begins: who it is, asked again."""
    fresh.required()
    unit.current().write()


def _by_scope(rights: list[Right | None]) -> dict[str, list[str]]:
    """Scope → the posts that have it: a row as a narrow screen tells it."""
    told: dict[str, list[str]] = {}
    for role, right in zip(Role, rights, strict=True):
        if right:
            told.setdefault(str(right.scope.label), []).append(str(role.label))
    return told


def _row(permission: Permission) -> dict[str, Any]:
    clauses = dict.fromkeys(
        right.cited for right in LAW if right.permission is permission and right.clause
    )
    rights = [law.right(role, permission) for role in Role]
    return {
        "sentence": str(SENTENCES[permission]),
        "clause": _("；").join(clauses),
        "cells": [right.scope.label if right else "" for right in rights],
        "whose": [(scope, _("、").join(posts)) for scope, posts in _by_scope(rights).items()],
    }
