"""Reading the law: one person, one permission, one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm.access.permissions import Permission
from crm.access.policy import LAW, QUOTAS, Right, Scope

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.accounts.roles import Role

_BY_ROLE: dict[tuple[Role, Permission], Right] = {
    (role, right.permission): right for right in LAW for role in right.roles
}


class Subject(NamedTuple):
    """A record as the law sees it: what it is, and who stands how to it."""

    kind: str
    id: UUID
    owner_id: UUID | None
    team_id: UUID | None
    shared: bool = False
    """Whether the person asking is a collaborator."""

    def standing(self, viewer: Viewer) -> Scope:
        """The narrowest scope that reaches this record for this person."""
        if self.shared or (self.owner_id is not None and self.owner_id == viewer.id):
            return Scope.OWN
        if self.team_id is not None and self.team_id == viewer.team_id:
            return Scope.TEAM
        return Scope.ALL


def right(role: Role, permission: Permission) -> Right | None:
    """The line of the law that gives a post this permission."""
    return _BY_ROLE.get((role, permission))


def scope(viewer: Viewer, permission: Permission) -> Scope | None:
    """How far a permission reaches for this person; None when they do not have it."""
    found = right(viewer.role, permission)
    return found.scope if found else None


def may(viewer: Viewer, permission: Permission, subject: Subject) -> bool:
    """Whether this person may do this to this record."""
    reach = scope(viewer, permission)
    return reach is not None and subject.standing(viewer) <= reach


def quota(viewer: Viewer) -> int:
    """How many distinct customers a day this person may open."""
    return QUOTAS.get(viewer.role, 0)


def openers() -> frozenset[Role]:
    """The posts that may open work cards: whom the house asks for a second factor."""
    return frozenset(role for role, asked in _BY_ROLE if asked is Permission.CUSTOMER_OPEN)
