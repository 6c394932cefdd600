"""Cards: the customer, who is responsible, and the one function that loads and authorises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Text,
    Uuid,
    bindparam,
    exists,
    select,
)  # fmt: skip
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.access import holding, law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.audit import log
from crm.crypto import keyring
from crm.crypto.keyring import DataKey
from crm.crypto.sealed import RecordKey, Sealed, SealedText
from crm.customers.beside import Collaborator, Star
from crm.customers.binned import Binned
from crm.customers.status import Status
from crm.customers.walked import WALKED
from crm.db import Base, Identified, Moment, OpenEnded, db, run
from crm.errors import Denied, Missing

if TYPE_CHECKING:
    from sqlalchemy import Executable

    from crm.accounts.people import Viewer

WITHOUT_ROWID = {"sqlite_with_rowid": False}


class Customer(Base, Identified):
    """A customer's card. Open facts are columns; everything above open is a box."""

    __tablename__ = "customers"

    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(120), unique=True)
    """The name folded (width, case, blanks, traditional script): what makes two names one."""
    sort_name: Mapped[str] = mapped_column(String(160))
    """The name in pinyin, for sorting."""
    search_text: Mapped[str] = mapped_column(Text)
    """Folded names and pinyin initials, one a line: what a search is checked against."""
    short_name: Mapped[str] = mapped_column(String(60), default="")
    credit_code: Mapped[str] = mapped_column(String(18), default="")
    industry: Mapped[str] = mapped_column(String(40), default="")
    region: Mapped[str] = mapped_column(String(60), default="")
    level: Mapped[str] = mapped_column(String(1), default="C")
    tags: Mapped[str] = mapped_column(String(200), default="")
    """Tags separated by blanks, as people read them; rows of customer_tags find them."""
    source: Mapped[str] = mapped_column(String(10), default="")
    status: Mapped[str] = mapped_column(String(12), default=Status.POTENTIAL.value)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    team_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The owner's team, kept here so that a team's list is one index."""

    phone: Mapped[Sealed | None] = mapped_column(SealedText)
    address: Mapped[Sealed | None] = mapped_column(SealedText)
    traits: Mapped[Sealed | None] = mapped_column(SealedText)
    business: Mapped[Sealed | None] = mapped_column(SealedText)
    shareholders: Mapped[Sealed | None] = mapped_column(SealedText)
    preferences: Mapped[Sealed | None] = mapped_column(SealedText)
    invoice_title: Mapped[Sealed | None] = mapped_column(SealedText)
    bank: Mapped[Sealed | None] = mapped_column(SealedText)

    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Field code → [source, day of verification, who]: where a fact comes from, how fresh it is."""
    also_named: Mapped[str] = mapped_column(Text, default="")
    """Names of the cards merged into this one, one a line: they keep finding it."""
    verified_on: Mapped[date | None] = mapped_column(OpenEnded)
    main_contact_id: Mapped[UUID | None] = mapped_column(Uuid)
    last_follow_up_id: Mapped[UUID | None] = mapped_column(Uuid)
    last_at: Mapped[datetime] = mapped_column(Moment)
    """The last follow-up, or when the card was made."""
    next_contact: Mapped[date | None] = mapped_column(OpenEnded)
    owned_since: Mapped[datetime | None] = mapped_column(Moment)
    """When the present owner got the card; from then on the days without follow-up are counted."""
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Raised by every edit of the card, so that two people editing at once notice."""
    made_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012 - SQLAlchemy's form
    __table_args__ = WALKED


class CustomerTag(Base):
    """One tag on one customer."""

    __tablename__ = "customer_tags"

    tag: Mapped[str] = mapped_column(String(20), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)

    __table_args__ = (Index("ix_customer_tags_customer_id", "customer_id"),)


class NameGram(Base):
    """Neighbouring characters of a folded name or of its initials: how a name is found."""

    __tablename__ = "name_grams"

    gram: Mapped[str] = mapped_column(String(4), primary_key=True)
    length: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """The name's length: shorter names, the closer matches, come first."""
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)

    __table_args__ = (Index("ix_name_grams_customer_id", "customer_id"), WITHOUT_ROWID)


@dataclass(frozen=True, slots=True)
class Card:
    """A customer that this person may see, together with how they stand to it."""

    customer: Customer
    """To be changed after `get`; after `told` a row with the same columns, to be read."""
    subject: Subject
    owner_name: str | None = None
    starred: bool = False
    key: RecordKey | None = None
    """The data key, where it came along: the door then need not ask for it."""


LIVE = ~exists().where(Binned.customer_id == Customer.id)
"""Whether the card is not in the recycle bin: there, it is in no list and at no address."""
SHARED = exists().where(
    Collaborator.customer_id == Customer.id, Collaborator.person_id == bindparam("viewer_id")
)
"""Whether the viewer collaborates on the card."""
STARRED = exists().where(Star.customer_id == Customer.id, Star.person_id == bindparam("viewer_id"))
"""Whether the viewer keeps the card at hand."""


def _one(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *columns, SHARED.label("shared"), Person.name.label("owner"), STARRED.label("starred")
        )
        .outerjoin(Person, Person.id == Customer.owner_id)
        .where(Customer.id == bindparam("customer_id"), LIVE)
    )


ONE = _one(Customer)
TOLD = _one(
    *Customer.__table__.columns, DataKey.version.label("key_of"), DataKey.key_version,
    DataKey.wrapped,
).outerjoin(DataKey, DataKey.owner_id == Customer.id)  # fmt: skip


def get(
    customer_id: UUID, viewer: Viewer, permission: Permission = Permission.CUSTOMER_LIST
) -> Card:
    """Load a customer, to be changed, and authorise in one step.

    Raises Missing (and logs a refusal) for a card that is not there or not this person's to see;
    Denied (logged too) for a card they see but may not use so.
    """
    row = db.session.execute(ONE, {"customer_id": customer_id, "viewer_id": viewer.id}).first()
    return _authorised(row, viewer, permission)


def told(
    customer_id: UUID,
    viewer: Viewer,
    permission: Permission = Permission.CUSTOMER_LIST,
    asked: Executable = TOLD,
) -> Card:
    """The same to be read: the card's columns, nothing tracked. Raises what `get` raises."""
    row: Any = run(asked, {"customer_id": customer_id, "viewer_id": viewer.id}).first()
    card = _authorised(row, viewer, permission)
    if row.wrapped is None:
        return card
    key = keyring.current().open_data_key(row.id, row.key_of, row.key_version, row.wrapped)
    return replace(card, key=key)


def _authorised(row: Any, viewer: Viewer, permission: Permission) -> Card:
    if row is None:
        raise Missing
    it = getattr(row, "Customer", row)
    held = holding.held(viewer, it.id)
    subject = Subject("customer", it.id, it.owner_id, it.team_id, shared=row.shared, grants=held)
    if not law.may(viewer, Permission.CUSTOMER_LIST, subject):
        _refuse(subject, permission)
        raise Missing
    if not law.may(viewer, permission, subject):
        _refuse(subject, permission)
        raise Denied
    return Card(it, subject, row.owner, starred=row.starred)


def _refuse(subject: Subject, permission: Permission) -> None:
    about = {"subject_type": "customer", "subject_ids": (subject.id,)}
    log.refuse("access", **about, detail={"permission": permission.value})
