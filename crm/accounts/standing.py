"""Standing: whether a session still counts at the moment when what it asked for would leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Uuid, bindparam, select

from crm.accounts.people import Person
from crm.accounts.sessions import SignIn
from crm.audit import log

if TYPE_CHECKING:
    from sqlalchemy import Executable

    from crm.accounts.people import Viewer
    from crm.db import Values

STANDING = log.HEAD.add_columns(
    select(SignIn.id)
    .join(Person, Person.id == SignIn.person_id)
    .where(
        SignIn.id == bindparam("session"),
        SignIn.ended_at.is_(None),
        Person.disabled_at.is_(None),
        Person.role == bindparam("role"),
        Person.team_id.is_not_distinct_from(bindparam("team", type_=Uuid)),
        Person.leaving_since.is_not(None) == bindparam("leaving", type_=Boolean),
    )
    .exists()
    .label("stands")
)
"""The log's head, and whether a session stands as it did: same person, post, team and handover."""


def of(viewer: Viewer) -> tuple[Executable, Values]:
    """What the log asks, under its lock, before it lets anything of this viewer's leave."""
    return STANDING, {
        "session": viewer.session_id,
        "role": viewer.role.value,
        "team": viewer.team_id,
        "leaving": viewer.leaving,
    }
