"""Contacts: deciders, influencers and those who handle things, and the company's extra fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import JSON, ForeignKey, Index, Integer, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.crypto.sealed import Sealed, SealedText
from crm.db import Base, Identified, db, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.db import Told

ROLES = ("决策人", "影响人", "经办人")
ROLE_TITLES = {"决策人": _("决策人"), "影响人": _("影响人"), "经办人": _("经办人")}
GENDERS = ("男", "女")
GENDER_TITLES = {"男": _("男"), "女": _("女")}
EDUCATIONS = ("初中", "高中", "中专", "大专", "本科", "硕士", "博士")
EDUCATION_TITLES = {
    "初中": _("初中"),
    "高中": _("高中"),
    "中专": _("中专"),
    "大专": _("大专"),
    "本科": _("本科"),
    "硕士": _("硕士"),
    "博士": _("博士"),
}
KINDS = ("text", "number", "date", "choice")
KIND_TITLES = {"text": _("文字"), "number": _("数字"), "date": _("日期"), "choice": _("选项")}


class Contact(Base, Identified):
    """One human being at a customer. Every fact about them is a box under the customer's key."""

    __tablename__ = "contacts"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[Sealed | None] = mapped_column(SealedText)
    title: Mapped[Sealed | None] = mapped_column(SealedText)
    role: Mapped[Sealed | None] = mapped_column(SealedText)
    gender: Mapped[Sealed | None] = mapped_column(SealedText)
    wechat: Mapped[Sealed | None] = mapped_column(SealedText)
    email: Mapped[Sealed | None] = mapped_column(SealedText)
    mobile: Mapped[Sealed | None] = mapped_column(SealedText)
    birth_date: Mapped[Sealed | None] = mapped_column(SealedText)
    education: Mapped[Sealed | None] = mapped_column(SealedText)
    home_address: Mapped[Sealed | None] = mapped_column(SealedText)
    hobbies: Mapped[Sealed | None] = mapped_column(SealedText)
    family: Mapped[Sealed | None] = mapped_column(SealedText)
    other: Mapped[Sealed | None] = mapped_column(SealedText)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class ExtraField(Base, Identified):
    """A field the company adds for itself: its label is open, every value is secret."""

    __tablename__ = "extra_fields"

    label: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    about: Mapped[str] = mapped_column(String(8))
    """customer or contact."""
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    position: Mapped[int] = mapped_column(Integer, default=0)


class ExtraValue(Base, Identified):
    """What an extra field says about one customer or one contact."""

    __tablename__ = "extra_values"

    field_id: Mapped[UUID] = mapped_column(ForeignKey("extra_fields.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    value: Mapped[Sealed | None] = mapped_column(SealedText)

    __table_args__ = (
        Index("ix_extra_values_customer_id", "customer_id"),
        Index("ix_extra_values_contact_id", "contact_id"),
    )


OF = (
    select(Contact)
    .where(Contact.customer_id == bindparam("customer"))
    .order_by(Contact.position, Contact.id)
)
TOLD = (
    select(*Contact.__table__.columns)
    .where(Contact.customer_id == bindparam("customer"))
    .order_by(Contact.position, Contact.id)
)
EXTRAS = (
    select(*ExtraValue.__table__.columns, ExtraField.label)
    .join(ExtraField, ExtraField.id == ExtraValue.field_id)
    .where(ExtraValue.customer_id == bindparam("customer"))
)


def of(customer_id: UUID) -> Sequence[Contact]:
    """A customer's contacts in their order, to be changed."""
    return db.session.scalars(OF, {"customer": customer_id}).all()


def told_of(customer_id: UUID) -> Sequence[Told]:
    """The same to be read: Contact's columns, nothing tracked."""
    return run(TOLD, {"customer": customer_id}).all()


def extras_of(customer_id: UUID) -> Sequence[Told]:
    """What the extra fields say about a customer and its contacts, each with its label."""
    return run(EXTRAS, {"customer": customer_id}).all()


def extra_fields() -> Sequence[ExtraField]:
    """The company's extra fields in their order."""
    return db.session.scalars(
        select(ExtraField).order_by(ExtraField.position, ExtraField.label)
    ).all()


def extra_values(customer_id: UUID) -> Sequence[ExtraValue]:
    """What the extra fields say about a customer and its contacts."""
    return db.session.scalars(select(ExtraValue).where(ExtraValue.customer_id == customer_id)).all()
