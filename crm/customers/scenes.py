"""Scenes: 我负责的, 我协作的, 团队, 星标, 全部 – what each holds for one person, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext
from sqlalchemy import and_, func, select

from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.customers import searching
from crm.customers.cards import Collaborator, Customer, Star
from crm.db import db
from crm.errors import Invalid

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, ScalarSelect

    from crm.accounts.people import Viewer

COUNT_TO = 1000
"""Scenes are counted up to here, then shown as 999+."""


def open_to(viewer: Viewer) -> list[str]:
    """The scenes this person has any use for."""
    reach = law.scope(viewer, Permission.CUSTOMER_LIST)
    holds = law.scope(viewer, Permission.CUSTOMER_FOLLOW_UP) is not None
    shown = ["mine", "shared"] if holds else []
    if reach is not None and reach >= Scope.TEAM and viewer.team_id:
        shown.append("team")
    return [*shown, "starred", "all"]


def condition(name: str, viewer: Viewer) -> ColumnElement[bool] | None:
    """The condition of a scene within what the law lets this person see."""
    if name == "mine":
        return Customer.owner_id == viewer.id
    limit = searching.reachable(viewer)
    if name == "shared":
        return Customer.id.in_(
            select(Collaborator.customer_id).where(Collaborator.person_id == viewer.id)
        )
    if name == "starred":
        mine = Customer.id.in_(select(Star.customer_id).where(Star.person_id == viewer.id))
        return mine if limit is None else and_(mine, limit)
    if name == "team" and viewer.team_id:
        team = Customer.team_id == viewer.team_id
        return team if limit is None else and_(team, limit)
    if name == "all":
        return limit
    raise Invalid(gettext("没有这个场景。"))


def counts(viewer: Viewer, offered: list[str]) -> dict[str, int]:
    """How many customers each scene holds, counted no farther than COUNT_TO."""
    counted = [name for name in offered if name in {"mine", "shared", "starred"}]
    if not counted:
        return {}
    row = db.session.execute(select(*(_capped(name, viewer).label(name) for name in counted))).one()
    return dict(zip(counted, row, strict=True))


def _capped(name: str, viewer: Viewer) -> ScalarSelect[int]:
    held = condition(name, viewer)
    few = select(Customer.id).where(held) if held is not None else select(Customer.id)
    return select(func.count()).select_from(few.limit(COUNT_TO).subquery()).scalar_subquery()
