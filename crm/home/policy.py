"""The whole law as a table: every post, every permission, its scope and clause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template
from flask_babel import gettext as _

from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import LAW
from crm.accounts.roles import Role
from crm.home import bp
from crm.home.sentences import GROUPS, SENTENCES
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.access.policy import Right


@bp.get("/admin/policy")
@allow(Permission.LAW_READ)
def policy() -> ResponseReturnValue:
    """Read-only: changing the law takes two people."""
    return render_template(
        "admin/policy.html",
        roles=[(role.value, role.label) for role in Role],
        law=[(str(title), [_row(one) for one in permissions]) for title, permissions in GROUPS],
    )


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
