"""Signing: who may sign whose departure – the supervisor or, the house says, the director.

Nobody signs their own: where the leaver holds that post, or nobody holds it, the next one up does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.db import db
from crm.work.leaving.rules import DIRECTOR, rules

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.people import Viewer

CHAIN = (
    Role.MARKET_SUPERVISOR,
    Role.MARKET_DIRECTOR,
    Role.GENERAL_MANAGER,
    Role.EXECUTIVE_DIRECTOR,
)
"""From the first who signs upwards."""


def post(leaver: Person) -> Role | None:
    """The post that signs this person's departure."""
    chain: tuple[Role, ...] = CHAIN[1:] if rules()[DIRECTOR] else CHAIN
    if leaver.role in CHAIN:
        above = CHAIN.index(Role(leaver.role)) + 1
        chain = CHAIN[above:] or CHAIN[above - 2 : above - 1]
    there = holders(leaver.id)
    return next((one for one in chain if one.value in there), None)


def holders(but: UUID) -> set[str]:
    """The posts that somebody other than this person holds who stays."""
    wanted = select(Person.role).where(
        Person.id != but, Person.disabled_at.is_(None), Person.leaving_since.is_(None)
    )
    return set(db.session.scalars(wanted.distinct()))


def may(viewer: Viewer, leaver: Person) -> bool:
    """Whether this person signs for that one."""
    return viewer.id != leaver.id and not viewer.leaving and viewer.role is post(leaver)


def signers(leaver: Person) -> list[UUID]:
    """Everybody who may sign for this person now."""
    role = post(leaver)
    wanted = select(Person.id).where(
        Person.role == (role.value if role else ""),
        Person.id != leaver.id,
        Person.disabled_at.is_(None),
        Person.leaving_since.is_(None),
    )
    return list(db.session.scalars(wanted.order_by(Person.login)))
