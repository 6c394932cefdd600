"""Consent: that somebody agreed to our keeping a secret fact about them, to which words, when.

《个人信息保护法》第13、14、15、17、44–47条, cited by number; the wording below is ours.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import SmallInteger, String, Uuid, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.access.fields import CONTACT, FIELDS, Level
from crm.accounts.people import Person
from crm.audit import log
from crm.customers.contacts import Contact
from crm.db import Base, Identified, Moment, db, run, uuid7
from crm.errors import Invalid, Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flask_babel.speaklater import LazyString

    from crm.accounts.people import Viewer

INTAKE, PERSON = "intake", "person"
"""The ways of agreeing: by ticking a box on the page, or told to one of us."""

WORDINGS: dict[str, dict[str, LazyString]] = {
    "2026-11": {
        "contact.mobile": _("我同意贵公司保存我的手机号，仅用于业务联系。"),
        "contact.birth_date": _("我同意贵公司保存我的出生日期，仅用于生日问候。"),
    },
}
"""Version → secret fact → the sentence that is agreed to. Old versions stay: rows name them."""
NOW = "2026-11"
TOLD = "told-2026-11"
"""What somebody agreed to by word of mouth: that this fact is kept, for business with them."""

SECRET = tuple(spec for spec in CONTACT if spec.level is Level.SECRET)


class Consent(Base, Identified):
    """One person's agreement to one secret fact; what the fact says is not here."""

    __tablename__ = "consents"

    customer_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    contact_id: Mapped[UUID | None] = mapped_column(Uuid)
    contribution_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    person: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Which person of the contribution it was, until that one is a contact."""
    code: Mapped[str] = mapped_column(String(32))
    wording: Mapped[str] = mapped_column(String(16))
    way: Mapped[str] = mapped_column(String(8))
    told_to: Mapped[UUID | None] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def label(self) -> str:
        """The fact it is about."""
        return str(FIELDS[self.code].label)


def by_intake(contribution_id: UUID, agreed: Iterable[tuple[int, str]]) -> None:
    """Keep what was ticked on the page that customers fill in."""
    for person, code in agreed:
        db.session.add(
            Consent(
                id=uuid7(),
                contribution_id=contribution_id,
                person=person,
                code=code,
                wording=NOW,
                way=INTAKE,
                at=clock.now(),
            )
        )


def drop(contribution_id: UUID) -> None:
    """What was agreed to is sent anew, or taken back before anybody decided on it."""
    db.session.execute(delete(Consent).where(Consent.contribution_id == contribution_id))


def settle(contribution_id: UUID, person: int, code: str, contact: Contact) -> None:
    """The fact was accepted: its consent, if there is one, now stands on the card."""
    theirs = (
        Consent.contribution_id == contribution_id,
        Consent.person == person,
        Consent.code == code,
    )
    known = {"customer_id": contact.customer_id, "contact_id": contact.id}
    db.session.execute(update(Consent).where(*theirs).values(**known))


def told(viewer: Viewer, customer_id: UUID, contact_id: UUID | None, codes: Sequence[str]) -> None:
    """Somebody agreed by word of mouth, to this colleague. Raises Invalid or Missing."""
    wanted = [spec.code for spec in SECRET if spec.code in codes]
    if not wanted:
        raise Invalid(gettext("请勾选对方同意保存的内容。"))
    contact = db.session.get(Contact, contact_id) if contact_id else None
    if contact is None or contact.customer_id != customer_id:
        raise Missing
    for code in wanted:
        db.session.add(
            Consent(
                id=uuid7(),
                customer_id=customer_id,
                contact_id=contact.id,
                code=code,
                wording=TOLD,
                way=PERSON,
                told_to=viewer.id,
                at=clock.now(),
            )
        )
    db.session.flush()
    _say("consent", customer_id, contact.id, wanted)


def withdraw(customer_id: UUID, consent_id: UUID) -> str:
    """Somebody no longer agrees; gives the fact's label. Raises Missing. A second time is nothing.

    The fact itself is cleared by who edits the card, which its history shows.
    """
    found = db.session.get(Consent, consent_id)
    if found is None or found.customer_id != customer_id:
        raise Missing
    if found.withdrawn_at is None:
        found.withdrawn_at = clock.now()
        db.session.flush()
        _say("consent_withdrawn", customer_id, found.contact_id, [found.code])
    return found.label


def _say(action: str, customer_id: UUID, contact_id: UUID | None, codes: Sequence[str]) -> None:
    fields = tuple(f"contact.{contact_id}.{code.partition('.')[2]}" for code in codes)
    log.say(
        action,
        subject_type="customer",
        subject_ids=(customer_id,),
        fields=fields,
        indexed=True,
    )


OF = (
    select(*Consent.__table__.columns, Person.name.label("colleague"))
    .outerjoin(Person, Person.id == Consent.told_to)
    .where(Consent.customer_id == bindparam("customer"))
    .order_by(Consent.at.desc(), Consent.id.desc())
)


def of(customer_id: UUID) -> dict[UUID | None, list[dict[str, object]]]:
    """A card's consents by contact, as its page prints them, the latest first."""
    found: dict[UUID | None, list[dict[str, object]]] = {}
    for row in run(OF, {"customer": customer_id}):
        found.setdefault(row.contact_id, []).append(
            {
                "id": row.id,
                "label": str(FIELDS[row.code].label),
                "at": row.at,
                "way": row.way,
                "told_to": row.colleague or "",
                "wording": row.wording,
                "withdrawn_at": row.withdrawn_at,
            }
        )
    return found
