"""Follow-ups: what was said, how the call ended, and when to get in touch next."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, Integer, String, Uuid, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.accounts.people import Person, Viewer
from crm.audit import log
from crm.crypto import keyring
from crm.crypto.sealed import Place, Sealed, SealedText
from crm.db import Base, Identified, Moment, OpenEnded, db, run, uuid7
from crm.errors import Invalid
from crm.web.text import Cleaned, clean
from crm.web.words import once as once_a_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.customers.cards import Card
    from crm.db import Told

RECENT = timedelta(days=90)
"""An opened work card shows the follow-ups of so many days."""
SHOWN = 50
LONGEST = 2000
TWICE = timedelta(minutes=1)
"""The same form again within this time is a double tap, not a second follow-up."""
FARTHEST = timedelta(days=730)


class Kind(StrEnum):
    """How the customer was met."""

    PHONE = "phone"
    VISIT = "visit"
    WECHAT = "wechat"
    SMS = "sms"
    MAIL = "mail"
    EVENT = "event"
    HANDOVER = "handover"
    """What whoever handed the card over says to who is responsible now: nobody met a customer."""

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return str(KIND_TITLES[self])


KIND_TITLES = {
    Kind.PHONE: _("电话"),
    Kind.VISIT: _("上门拜访"),
    Kind.WECHAT: _("微信"),
    Kind.SMS: _("短信"),
    Kind.MAIL: _("邮件"),
    Kind.EVENT: _("活动"),
    Kind.HANDOVER: _("交接"),
}
MET = tuple(kind for kind in Kind if kind is not Kind.HANDOVER)
"""The kinds that a follow-up's form offers."""


class Outcome(StrEnum):
    """How a call ended."""

    REACHED = "reached"
    MISSED = "missed"
    DEAD = "dead"
    MOVED = "moved"

    @property
    def label(self) -> str:
        """The outcome as people read it."""
        return str(OUTCOME_TITLES[self])


OUTCOME_TITLES = {
    Outcome.REACHED: _("已接通"),
    Outcome.MISSED: _("未接"),
    Outcome.DEAD: _("空号"),
    Outcome.MOVED: _("改约"),
}


@once_a_language
def kinds() -> dict[str, str]:
    """Kind code → its title."""
    return {kind.value: kind.label for kind in Kind}


@once_a_language
def outcomes() -> dict[str, str]:
    """Outcome code → its title."""
    return {outcome.value: outcome.label for outcome in Outcome}


class FollowUp(Base, Identified):
    """One contact with a customer."""

    __tablename__ = "follow_ups"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    contact_id: Mapped[UUID | None] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[str | None] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(Moment)
    text: Mapped[Sealed | None] = mapped_column(SealedText)
    next_contact: Mapped[date | None] = mapped_column(OpenEnded)

    __table_args__ = (Index("ix_follow_ups_customer_id_at", "customer_id", "at"),)


def write(  # noqa: PLR0913, PLR0917 - the facts of a follow-up, in the order of its form
    viewer: Viewer,
    card: Card,
    kind: Kind,
    text: str = "",
    outcome: Outcome | None = None,
    next_contact: date | None = None,
    *,
    once: UUID | None = None,
) -> FollowUp:
    """Keep a follow-up and move the card's dates. Raises Invalid for no words or a wrong date.

    `once` is the form's own id: a form that arrives twice within a minute is kept once.
    """
    if once and (kept := _kept(once, viewer, card)):
        return kept
    if not text and outcome is None:
        raise Invalid(gettext("写一句说了什么，再保存。"))
    _check_date(next_contact)
    customer = card.customer
    row = FollowUp(
        id=once if once and db.session.get(FollowUp, once) is None else uuid7(),
        customer_id=customer.id,
        author_id=viewer.id,
        kind=kind.value,
        outcome=outcome.value if outcome else None,
        at=clock.now(),
        next_contact=next_contact,
    )
    _store(row, text)
    customer.last_at, customer.last_follow_up_id = row.at, row.id
    customer.next_contact = next_contact
    log.say(
        "follow_up",
        subject_type="customer",
        subject_ids=(customer.id,),
        detail={"kind": kind.value},
        indexed=True,
    )
    return row


def _store(row: FollowUp, text: str) -> None:
    db.session.add(row)
    db.session.flush()
    if text:
        key = keyring.current().record_key(row.customer_id)
        row.text = key.seal(Place("follow_ups", "text", row.id), text)


def note(viewer: Viewer, customer_ids: Sequence[UUID], text: str) -> None:
    """Leave a note for who is responsible now, sealed on each card; the cards' dates stay."""
    at, keys = clock.now(), keyring.current().record_keys(customer_ids)
    for customer_id in customer_ids:
        row = FollowUp(
            id=uuid7(),
            customer_id=customer_id,
            author_id=viewer.id,
            kind=Kind.HANDOVER.value,
            at=at,
        )
        row.text = keys[customer_id].seal(Place("follow_ups", "text", row.id), text)
        db.session.add(row)
    db.session.flush()


def _kept(once: UUID, viewer: Viewer, card: Card) -> FollowUp | None:
    """The follow-up that this form has already become, a moment ago."""
    row = db.session.get(FollowUp, once)
    same = row and row.author_id == viewer.id and row.customer_id == card.customer.id
    return row if row and same and clock.now() - row.at < TWICE else None


def read(text: str) -> Cleaned:
    """What was typed, without what nobody can see. Raises Invalid when it is too long."""
    said = clean(text, LONGEST)
    if said.over:
        raise Invalid(gettext("最多 %(n)s 字，现在多了 %(over)s 字。", n=LONGEST, over=said.over))
    return said


def _check_date(day: date | None) -> None:
    if day is None:
        return
    if day < clock.today():
        raise Invalid(gettext("下次联系日期已经过去了。"))
    if day > clock.today() + FARTHEST:
        raise Invalid(gettext("下次联系日期最远两年。"))


OF = (
    select(*FollowUp.__table__.columns, Person.name.label("author"))
    .join(Person, Person.id == FollowUp.author_id)
    .where(FollowUp.customer_id == bindparam("customer"))
    .order_by(FollowUp.at.desc(), FollowUp.id.desc())
    .limit(bindparam("most", type_=Integer))
)


def of(customer_id: UUID, limit: int = SHOWN) -> Sequence[Told]:
    """A customer's follow-ups, newest first: FollowUp's columns, and the author's name."""
    return run(OF, {"customer": customer_id, "most": limit}).all()


def quick_dates() -> list[tuple[str, date]]:
    """The dates offered for the next contact: 明天, 3 天后, 下周一, 一个月后."""
    today = clock.today()
    days = (1, 3, 7 - today.weekday(), 30)
    return [
        (word, today + timedelta(days=later)) for word, later in zip(_soon(), days, strict=True)
    ]


@once_a_language
def _soon() -> tuple[str, ...]:
    return gettext("明天"), gettext("3 天后"), gettext("下周一"), gettext("一个月后")
