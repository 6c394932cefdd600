"""Scenes: 我负责的, 我协作的, 团队, 星标, 全部 – what each holds for one person, and how many."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from sqlalchemy import Select, and_, bindparam, select

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.customers import reach
from crm.customers.beside import Star
from crm.customers.cards import Customer
from crm.db import run
from crm.errors import Invalid
from crm.web.counting import few

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crm.accounts.people import Viewer

HOLDS: dict[str, ColumnElement[bool] | None] = {
    "mine": reach.RESPONSIBLE,
    "shared": reach.COLLABORATES,
    "team": reach.TEAM,
    "starred": Customer.id.in_(
        select(Star.customer_id).where(Star.person_id == bindparam("viewer_id"))
    ),
    "all": None,
}
"""What a scene holds, within what the law lets a person see."""
OWN = frozenset({"mine", "shared"})
"""Scenes that are within everybody's reach by what they are."""
COUNTED = ("mine", "shared", "starred")
DUE = and_(reach.RESPONSIBLE, Customer.next_contact <= bindparam("today"))
"""Not a scene: one's own customers to be contacted by today, counted in the same statement."""


def open_to(viewer: Viewer) -> list[str]:
    """The scenes this person has any use for."""
    far = law.scope(viewer, Permission.CUSTOMER_LIST)
    holds = law.scope(viewer, Permission.CUSTOMER_FOLLOW_UP) is not None
    shown = ["mine", "shared"] if holds else []
    if far is not None and far >= Scope.TEAM and viewer.team_id:
        shown.append("team")
    return [*shown, "starred", "all"]


def check(name: str, viewer: Viewer) -> None:
    """Raises Invalid for a scene that is none, or a team's where there is no team."""
    if name not in HOLDS or (name == "team" and not viewer.team_id):
        raise Invalid(gettext("没有这个场景。"))


def condition(name: str, far: Scope) -> ColumnElement[bool]:
    """The condition of a scene for whoever sees so far."""
    held, within = HOLDS[name], reach.WITHIN[far]
    if held is None:
        return within
    return held if name in OWN else and_(held, within)


def counts(viewer: Viewer, offered: list[str]) -> dict[str, int]:
    """How many customers each scene holds, and how many of one's own are `due`."""
    counted = tuple(name for name in offered if name in COUNTED)
    if not counted:
        return {}
    asked = reach.values(viewer) | {"today": clock.today()}
    row = run(_counting(counted, reach.of(viewer)), asked).one()
    return dict(zip((*counted, "due"), row, strict=True))


@cache
def _counting(names: tuple[str, ...], far: Scope) -> Select[*tuple[Any, ...]]:
    scenes = [few(select(Customer.id).where(condition(name, far))).label(name) for name in names]
    return select(*scenes, few(select(Customer.id).where(DUE)).label("due"))
