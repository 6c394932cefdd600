"""Standing: who is responsible for a card, who works on it, and who may say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import delete, insert, or_, select

from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.audit import log
from crm.customers import handed, owners
from crm.customers.beside import Collaborator
from crm.customers.cards import Customer
from crm.db import db
from crm.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer
    from crm.customers.saving import Saving

RESPONSIBLE = (
    Role.SALESPERSON,
    Role.MARKET_DIRECTOR,
    Role.GENERAL_MANAGER,
    Role.EXECUTIVE_DIRECTOR,
    Role.GM_ASSISTANT,
)
"""Posts that may be responsible for a customer."""


def may_assign(viewer: Viewer) -> bool:
    """Whether this person may make somebody else responsible."""
    return (
        viewer.role is Role.MARKET_SUPERVISOR
        and law.scope(viewer, Permission.CUSTOMER_EDIT) is Scope.ALL
    )


def may_have(person: Person) -> bool:
    """Whether this person is there and of a post that may be responsible for customers."""
    return person.disabled_at is None and Role(person.role) in RESPONSIBLE


def responsible(login: str) -> Person | None:
    """The active person of this login (or name), if they may be responsible for customers."""
    text = login.strip()
    wanted = select(Person).where(
        or_(Person.login == text.lower(), Person.name == text),
        Person.disabled_at.is_(None),
        Person.role.in_([role.value for role in RESPONSIBLE]),
    )
    return db.session.scalar(wanted.limit(1))


def owner(login: str) -> Person | None:
    """The person a form names as responsible, or nobody. Raises Invalid for a name of no one's."""
    if not login.strip():
        return None
    found = responsible(login)
    if found is None:
        raise Invalid(_("负责人请填一位在职业务人员的登录名。"), "owner")
    return found


def assign(save: Saving, person: Person | None) -> None:
    """Make another person responsible; the card moves to their team."""
    customer = save.customer
    if person is None or person.id == customer.owner_id:
        return
    before = customer.owner_id
    owners.note(customer, person, "assign", "edit", by=save.viewer.id)
    handed.tell(save.viewer, [before], person.id, "edit")
    save.changed.append("owner")
    log.say(
        "assign",
        subject_type="customer",
        subject_ids=(customer.id,),
        detail={"to": person.login},
        indexed=True,
    )


def share(save: Saving, text: str | None) -> None:
    """Give the card exactly these collaborators. Raises Invalid for a name that is nobody's."""
    if text is None or not may_share(save.viewer, save.customer):
        return
    wanted = {person.id: person.login for person in _named(text)}
    wanted.pop(save.customer.owner_id or save.viewer.id, None)
    mine = Collaborator.customer_id == save.customer.id
    logins = select(Collaborator.person_id, Person.login).join(Person).where(mine)
    now = {row[0]: row[1] for row in db.session.execute(logins)}
    if wanted == now:
        return
    db.session.execute(delete(Collaborator).where(mine))
    if wanted:
        rows = [{"customer_id": save.customer.id, "person_id": one} for one in wanted]
        db.session.execute(insert(Collaborator), rows)
    shared = {"now": sorted(wanted.values()), "before": sorted(now.values())}
    about = (save.customer.id,)
    log.say("share", subject_type="customer", subject_ids=about, detail=shared, indexed=True)
    save.changed.append("collaborators")


def may_share(viewer: Viewer, customer: Customer | None) -> bool:
    """Whether this person says who works on the card: who is responsible, or who assigns."""
    return customer is None or customer.owner_id == viewer.id or may_assign(viewer)


def _named(text: str) -> list[Person]:
    """The people whose names or logins stand here, separated by 、 or commas, or by blanks."""
    parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",")]
    found = {part: responsible(part) for part in parts if part}
    for part in [part for part, person in found.items() if person is None and " " in part]:
        del found[part]  # not one name of two words, then: two names
        found |= {word: responsible(word) for word in part.split()}
    if unknown := [part for part, person in found.items() if person is None]:
        raise Invalid(
            _("协作人里没有这位业务人员：%(name)s。", name=_("、").join(unknown)), "collaborators"
        )
    return [person for person in found.values() if person]


def collaborators(customer: Customer | None) -> str:
    """The names of who works on a card, as its form takes them back."""
    if customer is None:
        return ""
    wanted = select(Person.name).join(Collaborator, Collaborator.person_id == Person.id)
    mine = wanted.where(Collaborator.customer_id == customer.id)
    return _("、").join(db.session.scalars(mine.order_by(Person.login)))


def login_of(customer: Customer) -> str:
    """The login of who is responsible, or nothing."""
    person = db.session.get(Person, customer.owner_id) if customer.owner_id else None
    return person.login if person else ""


def staying() -> Sequence[tuple[str, str]]:
    """The same without who is leaving: they take no more cards."""
    leaving = set(db.session.scalars(select(Person.login).where(Person.leaving_since.is_not(None))))
    return [one for one in candidates() if one[0] not in leaving]


def candidates() -> Sequence[tuple[str, str]]:
    """Login and name of everybody who may be responsible."""
    wanted = select(Person.login, Person.name).where(
        Person.disabled_at.is_(None), Person.role.in_([role.value for role in RESPONSIBLE])
    )
    return [(row[0], row[1]) for row in db.session.execute(wanted.order_by(Person.login))]
