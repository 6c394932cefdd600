"""Reach: the customers that a person may see at all, as conditions that are built once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select, union_all

from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.customers.beside import Collaborator
from crm.customers.cards import LIVE, Customer

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crm.accounts.people import Viewer

RESPONSIBLE = Customer.owner_id == bindparam("viewer_id")
COLLABORATES = Customer.id.in_(
    select(Collaborator.customer_id).where(Collaborator.person_id == bindparam("viewer_id"))
)
OWN = or_(RESPONSIBLE, COLLABORATES)
TEAM = Customer.team_id == bindparam("team_id")
WITHIN: dict[Scope, ColumnElement[bool]] = {
    Scope.OWN: OWN,
    Scope.TEAM: or_(OWN, TEAM),
    Scope.ALL: LIVE,
}
"""How far a person sees → the condition on customers. A card in the bin is nobody's, so that only
who sees all needs to be told that it is not there."""
_IDS = {
    Scope.OWN: (
        select(Customer.id).where(RESPONSIBLE),
        select(Collaborator.customer_id).where(Collaborator.person_id == bindparam("viewer_id")),
    ),
    Scope.TEAM: (select(Customer.id).where(TEAM),),
}
GATHERED: dict[Scope, ColumnElement[bool]] = {
    Scope.OWN: Customer.id.in_(union_all(*_IDS[Scope.OWN])),
    Scope.TEAM: Customer.id.in_(union_all(*_IDS[Scope.OWN], *_IDS[Scope.TEAM])),
}
"""The same for who does not see all, from one index after the other: for what must be gone through
whole. PostgreSQL would go through everybody's cards for an `or`."""


def opens(viewer: Viewer) -> Scope | None:
    """How far this person may open cards: a number or a name is looked for no farther."""
    if law.scope(viewer, Permission.CUSTOMER_OPEN) is None:
        return None
    return Scope.OWN if viewer.leaving else of(viewer)


def of(viewer: Viewer) -> Scope:
    """How far this person sees; a team's reach without a team is one's own."""
    reach = law.scope(viewer, Permission.CUSTOMER_LIST)
    if reach is Scope.ALL or (reach is Scope.TEAM and viewer.team_id):
        return reach
    return Scope.OWN


def values(viewer: Viewer) -> dict[str, Any]:
    """What the conditions ask of whoever looks."""
    return {"viewer_id": viewer.id, "team_id": viewer.team_id}
