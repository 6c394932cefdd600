"""Reading the law: one person, one permission, one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm.access import versions
from crm.access.fields import Level
from crm.access.permissions import Permission
from crm.access.policy import (
    ADMINISTRATORS,
    CLOSED_IN_HANDOVER,
    KEPT_IN_HANDOVER,
    LISTED_IN_HANDOVER,
    Right,
    Scope,
)
from crm.accounts.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from crm.access.fields import Field
    from crm.access.holding import Held
    from crm.accounts.people import Viewer


class Subject(NamedTuple):
    """A record as the law sees it: what it is, and who stands how to it."""

    kind: str
    id: UUID
    owner_id: UUID | None
    team_id: UUID | None
    shared: bool = False
    """Whether the person asking is a collaborator."""
    grants: tuple[Held, ...] = ()
    """What the person asking was granted here, beyond the post."""

    def standing(self, viewer: Viewer) -> Scope:
        """The narrowest scope that reaches this record for this person."""
        if self.shared or (self.owner_id is not None and self.owner_id == viewer.id):
            return Scope.OWN
        if self.team_id is not None and self.team_id == viewer.team_id:
            return Scope.TEAM
        return Scope.ALL


def right(role: Role, permission: Permission) -> Right | None:
    """The line of the law that gives a post this permission."""
    return versions.current().rights.get((role, permission))


def scope(viewer: Viewer, permission: Permission) -> Scope | None:
    """How far a permission reaches for this person; None when they do not have it."""
    if viewer.leaving and permission in CLOSED_IN_HANDOVER:
        return None
    found = right(viewer.role, permission)
    return found.scope if found else None


def may(viewer: Viewer, permission: Permission, subject: Subject) -> bool:
    """Whether this person may do this to this record, by post or by grant."""
    if by_post(viewer, permission, subject):
        return True
    return any(grant.gives(permission) for grant in _grants(viewer, subject))


def _grants(viewer: Viewer, subject: Subject) -> tuple[Held, ...]:
    """The grants that count: an administrator has nothing of the archive, nor who is leaving."""
    return () if viewer.leaving or viewer.role in ADMINISTRATORS else subject.grants


def by_post(viewer: Viewer, permission: Permission, subject: Subject) -> bool:
    """Whether the post alone lets this person do this to this record."""
    if viewer.leaving and permission in LISTED_IN_HANDOVER and subject.owner_id != viewer.id:
        return False
    reach = scope(viewer, permission)
    return reach is not None and subject.standing(viewer) <= reach


def lacking(
    viewer: Viewer, asked: Sequence[Permission], subject: Subject, fields: Iterable[Field] = ()
) -> list[Permission]:
    """What of it the post does not give for these fields: a grant must."""
    if any(closed(viewer, asked, field) for field in fields):
        return list(asked)
    return [one for one in asked if not by_post(viewer, one, subject)]


def closed(viewer: Viewer, asked: Iterable[Permission], field: Field) -> bool:
    """Whether the handover period shuts this field: a secret one for everything but a call."""
    secret = field.level is Level.SECRET
    return viewer.leaving and secret and KEPT_IN_HANDOVER.isdisjoint(asked)


def stands(viewer: Viewer, asked: Sequence[Permission], subject: Subject, field: Field) -> bool:
    """Whether a right that was used a moment ago still stands, even if that used a grant up."""
    fit = [grant for grant in _grants(viewer, subject) if grant.reaches(field)]
    lacks = lacking(viewer, asked, subject, (field,))
    return all(any(grant.covers(one) for grant in fit) for one in lacks)


def granted(
    viewer: Viewer,
    lacks: Sequence[Permission],
    subject: Subject,
    fields: Iterable[Field],
    *,
    all_: bool = True,
) -> Held | None:
    """The grant that gives what the post lacks, for these fields – or, not `all_`, for most."""
    wanted = list(fields)
    grants = _grants(viewer, subject)
    fit = [grant for grant in grants if all(grant.gives(one) for one in lacks)]
    reached = [(sum(grant.reaches(field) for field in wanted), grant) for grant in fit]
    enough = len(wanted) if all_ else 1
    return max(
        ((many, grant) for many, grant in reached if many >= enough),
        key=lambda one: one[0],
        default=(0, None),
    )[1]


def quota(viewer: Viewer) -> int:
    """How many distinct customers a day this person may open."""
    now = versions.current()
    return now.quotas.get(viewer.role, now.by_grant if viewer.granted else 0)


def openers() -> frozenset[Role]:
    """The posts that may open work cards: whom the house asks for a second factor."""
    return frozenset(role for role in Role if right(role, Permission.CUSTOMER_OPEN))
