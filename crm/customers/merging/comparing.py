"""Comparing: two cards side by side, fact by fact – 相同, 不同, 只有一边 – without opening any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm.access.fields import COMPANY, CONTACT, FIELDS, Level
from crm.accounts.people import Person
from crm.crypto import keyring
from crm.customers import contacts
from crm.customers.choices import title
from crm.customers.merging import sealing
from crm.customers.status import Status
from crm.db import db
from crm.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from crm.access.fields import Field
    from crm.crypto.sealed import RecordKey
    from crm.customers.cards import Customer
    from crm.customers.contacts import Contact

OPEN = (
    "name",
    "short_name",
    "credit_code",
    "industry",
    "region",
    "level",
    "source",
    "status",
    "owner",
)
LEFT, RIGHT = "left", "right"
MOST = 120
"""Contacts of a card that is compared: more are no customer, they are a list to try."""


@dataclass(frozen=True, slots=True)
class Line:
    """One fact on both cards. `state` is same, different, left, right; empty on both: no line."""

    name: str
    """How a form names the choice."""
    label: str
    level: str
    state: str
    left: str | None
    """An open fact's text; None for a sealed one, of which only `state` is known."""
    right: str | None
    left_day: str
    right_day: str
    pick: str


@dataclass(slots=True)
class Comparison:
    """Two cards as far as a merge needs to know them."""

    kept: Customer
    gone: Customer
    kept_key: RecordKey
    gone_key: RecordKey
    kept_people: list[Contact] = field(default_factory=list)
    gone_people: list[Contact] = field(default_factory=list)
    pairs: list[tuple[Contact, Contact]] = field(default_factory=list)

    def company(self) -> list[Line]:
        """The company's own facts."""
        known = _owners(self.kept, self.gone)
        lines = [self._open(FIELDS[code], known) for code in OPEN]
        lines += [self._sealed(one, self.kept, self.gone, one.code) for one in COMPANY]
        return [line for line in lines if line.state]

    def people(self) -> list[list[Line]]:
        """The facts of each person who is on both cards."""
        return [
            [
                line
                for one in CONTACT
                if (line := self._sealed(one, left, right, f"contact.{left.id}.{one.column}")).state
            ]
            for left, right in self.pairs
        ]

    def coming(self) -> int:
        """How many contacts are on the card that goes alone."""
        return len(self.gone_people) - len(self.pairs)

    def _open(self, spec: Field, owners: Mapping[UUID | None, str]) -> Line:
        left, right = (getattr(one, spec.column) or "" for one in (self.kept, self.gone))
        state = _state(left, right, alike=left == right)
        said: list[str | None] = [_worded(spec.code, one, owners) for one in (left, right)]
        return _line(spec, spec.code, state, self.kept.facts, self.gone.facts, said)

    def _sealed(self, spec: Field, one: Any, other: Any, name: str) -> Line:
        left = sealing.held(self.kept_key, one, spec.code)
        right = sealing.held(self.gone_key, other, spec.code)
        alike = bool(left.box and right.box) and sealing.same(left, right)
        state = _state(left.box, right.box, alike=alike)
        return _line(spec, name, state, one.facts, other.facts, [None, None])


def of(kept: Customer, gone: Customer) -> Comparison:
    """Both cards with their keys and the people who are on both. Raises Invalid for crowds."""
    ring = keyring.current()
    made = Comparison(kept, gone, ring.record_key(kept.id), ring.record_key(gone.id))
    made.kept_people, made.gone_people = list(contacts.of(kept.id)), list(contacts.of(gone.id))
    if max(len(made.kept_people), len(made.gone_people)) > MOST:
        raise Invalid(_("联系人超过 %(n)s 位的卡不能比较和合并，请先整理。", n=MOST))
    made.pairs = sealing.matched(made.kept_people, made.gone_people, made.kept_key, made.gone_key)
    return made


def _state(left: Any, right: Any, *, alike: bool) -> str:
    if not left and not right:
        return ""
    if alike:
        return "same"
    return "different" if left and right else LEFT if left else RIGHT


def _line(  # noqa: PLR0913, PLR0917 - the parts of one line
    spec: Field, name: str, state: str, one: Any, other: Any, said: list[str | None]
) -> Line:
    left_day, right_day = (
        (facts or {}).get(spec.code, ("", "", ""))[1] or "" for facts in (one, other)
    )
    newer = state == "different" and right_day > left_day and spec.code not in {"name", "owner"}
    pick = RIGHT if state == RIGHT or newer else LEFT
    return Line(
        name, str(spec.label), spec.level.value if spec.level is not Level.OPEN else "open",
        state, said[0], said[1], left_day, right_day, pick,
    )  # fmt: skip


def _worded(code: str, value: Any, owners: Mapping[UUID | None, str]) -> str:
    if code == "owner":
        return owners.get(value, "")
    return Status(value).label if code == "status" else title(code, value)


def _owners(*cards: Customer) -> dict[UUID | None, str]:
    wanted = select(Person.id, Person.name).where(Person.id.in_([one.owner_id for one in cards]))
    return {row[0]: row[1] for row in db.session.execute(wanted)}
