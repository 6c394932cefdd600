"""Planting: one customer with a marker of its own in every sealed field, past and present."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import select

from crm import clock
from crm.access.fields import COMPANY, CONTACT, FIELDS, Field, Level
from crm.crypto import keyring
from crm.customers import cards, followups
from crm.customers.changes import Change
from crm.customers.contacts import Contact, ExtraField, ExtraValue
from crm.customers.followups import Kind
from crm.customers.imports.columns import STANDARD
from crm.customers.purchases import Facts, keeping
from crm.customers.saving import Saving
from crm.db import db, uuid7
from crm.disclosure import door
from crm.web import unit
from tests import cast
from tests.walk.contributing import contribute
from tests.walk.granting import grant
from tests.walk.leaving import leave

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

    from crm.customers.cards import Card

NAME = "昆明紫藤示例有限公司"
"""The planted customer's open name: a stranger must not learn even that."""

_numbers = count(1)
_HAN = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Marker:
    """A text that stands in one box and nowhere else."""

    text: str
    kind: str
    """What it is, in the words of the expectations: `contact.mobile`, `old contact.mobile` …"""
    names: frozenset[str]
    """How an entry may name it: by its field's code, or by its item's name."""


@dataclass(slots=True)
class Plant:
    """A planted customer and every id and name that somebody might try on it."""

    customer_id: UUID
    contact_id: UUID
    ids: dict[str, UUID] = field(default_factory=dict)
    markers: list[Marker] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """The items' names as forms send them."""
    token: str = ""
    """Of an intake link that is open."""
    picture: str = ""
    """The address of a picture of somebody's session."""
    slots: list[str] = field(default_factory=list)
    """What the edit form calls the extra fields."""

    def mark(self, text: str, kind: str, *names: str) -> str:
        """Remember a marker; the last name is the one that forms send."""
        self.markers.append(Marker(text, kind, frozenset(names)))
        self.names.append(names[-1])
        return text

    def text(self, kind: str) -> str:
        """The marker of a kind."""
        return next(one.text for one in self.markers if one.kind == kind)


def text_for(spec: Field) -> str:
    """A text that fits a field well enough to be masked, dialled and found, and is unique."""
    number = next(_numbers)
    han = "".join(_HAN[int(digit)] for digit in f"{number:03}")
    shaped = {
        "phone": f"0571-8833{number:04}",
        "address": f"浙江省杭州市西湖区密址{han}号",
        "contact.name": f"曾{han}",
        "contact.mobile": f"1391234{number:04}",
        "contact.birth_date": (date(1931, 1, 1) + timedelta(days=number)).isoformat(),
        "contact.email": f"marker{number:03}@example.com",
        "contact.home_address": f"江苏省南京市鼓楼区密居{han}号",
    }
    return shaped.get(spec.code, f"密{spec.column}{han}末")


def plant(app: Flask, owner: str = "zhao") -> Plant:
    """A customer of zhao's, wang collaborating, with everything sealed that a card can have."""
    customer_id = cast.customer(app, owner, NAME, collaborators="wang")
    with app.test_request_context():
        fields = _extra_fields()
        who = cast.viewer(owner)
        with unit.work(who.actor()):
            card = cards.get(customer_id, who)
            contact = Contact(id=uuid7(), customer_id=customer_id, position=0, facts={})
            db.session.add(contact)
            card.customer.main_contact_id = contact.id
            made = Plant(customer_id, contact.id)
            made.slots = [f"extra.{fields[0]}", f"extra.{fields[1]}.{contact.id}"]
            extras = [
                ExtraValue(id=uuid7(), field_id=one, customer_id=customer_id, contact_id=about)
                for one, about in zip(fields, (None, contact.id), strict=True)
            ]
            db.session.add_all(extras)
            db.session.flush()
            for kind in ("old ", ""):
                _fill(card, contact, extras, made, kind)
        _follow_ups(made)
        _purchases(made)
        _note(made)
        _name_changes(made)
        contribute(made, NAME)
        grant(made, NAME)
        leave(made)
    return made


def _extra_fields() -> list[UUID]:
    """Two fields of the company's own: one about customers, one about contacts."""
    with unit.work():
        made = [
            ExtraField(id=uuid7(), label=label, kind="text", about=about, choices=[])
            for label, about in (("年采购额", "customer"), ("车牌", "contact"))
        ]
        db.session.add_all(made)
        return [one.id for one in made]


def _fill(card: Card, contact: Contact, extras: list[ExtraValue], made: Plant, kind: str) -> None:
    """Give every sealed field a new text; the second time, the first texts become history."""
    key = keyring.current().record_key(card.subject.id)
    save = Saving(cast.viewer("zhao"), card.customer, key, "客户拜访")
    for spec in COMPANY:
        text = made.mark(text_for(spec), kind + spec.code, spec.code)
        save.put(card.customer, spec.code, text)
    for spec in CONTACT:
        item = f"contact.{contact.id}.{spec.column}"
        save.put(contact, spec.code, made.mark(text_for(spec), kind + spec.code, spec.code, item))
    for number, row in enumerate(extras):
        text = f"密extra{number}记{next(_numbers):03}号末"
        made.mark(text, f"{kind}extra.{number}", "extra", f"extra.{row.id}")
        save.put_extra(row, row.field_id, row.contact_id, text)
    card.customer.version += 1
    db.session.flush()


def _follow_ups(made: Plant) -> None:
    """One of long ago and one of today by wang, then the latest by zhao."""
    told = (
        ("wang", -120, "words of long ago"),
        ("wang", 0, "wang's words"),
        ("zhao", 0, "zhao's words"),
    )
    for login, days, kind in told:
        who = cast.viewer(login)
        with clock.turned(timedelta(days=days)), unit.work(who.actor()):
            card = cards.get(made.customer_id, who)
            text = f"密跟进记{next(_numbers):03}号末"
            row = followups.write(who, card, Kind.PHONE, text, None, clock.today())
            made.mark(text, kind, "follow_up.text", f"follow_up.{row.id}")
            made.ids["follow_up"] = row.id


def _purchases(made: Plant) -> None:
    """One purchase, corrected once; the rules propose a level for it."""
    who = cast.viewer("zhao")
    with unit.work(who.actor()):
        card = cards.get(made.customer_id, who)
        row = keeping.record(who, card, _bought(made, "old "))
        keeping.correct(who, card, row, _bought(made, ""))
        made.ids["purchase"] = row.id
        for at, one in enumerate(made.markers):
            if one.kind.endswith("purchases"):
                made.markers[at] = Marker(one.text, one.kind, one.names | {f"purchase.{row.id}"})
        made.names = [one for one in made.names if one != "purchases"] + [f"purchase.{row.id}"]


def _bought(made: Plant, kind: str) -> Facts:
    product = made.mark(f"密购买记{next(_numbers):03}号末", f"{kind}purchases", "purchases")
    return Facts(clock.today(), "茶叶", product, Decimal(2), Decimal(900_000))


def _note(made: Plant) -> None:
    """Somebody says in a note what a look is for; no page shows it."""
    who = cast.viewer("zhao")
    with unit.work(who.actor()):
        text = made.mark(f"密用途记{next(_numbers):03}号末", "note", "log.note")
        subject = cards.get(made.customer_id, who).subject
        door.open_card(who, subject, [FIELDS["phone"]], "other", text)
        made.names.remove("log.note")


def _name_changes(made: Plant) -> None:
    """History's copies are asked for by the change's id: `change.<id>.old`."""
    changes = list(db.session.scalars(select(Change).where(Change.customer_id == made.customer_id)))
    made.ids["change"] = changes[-1].id
    key = keyring.current().record_key(made.customer_id)
    asked = dict.fromkeys(made.names)
    for change in changes:
        for side in ("old", "new"):
            box = getattr(change, side)
            if box is not None:
                name = f"change.{change.id}.{side}"
                asked[name] = None
                _also_named(made, key.unseal(change.place(), box), name)
    made.names = list(asked)


def _also_named(made: Plant, text: str, name: str) -> None:
    for at, one in enumerate(made.markers):
        if one.text in text:  # a purchase is a line in which its marker is one word
            made.markers[at] = Marker(one.text, one.kind, one.names | {name})


def file_with_markers(made: Plant) -> str:
    """An import file: a row that can be taken and one that cannot, each full of markers."""
    specs = [column for column in STANDARD if FIELDS[column.code].level is not Level.OPEN]
    head = ["客户名称", "等级", *(column.title for column in specs)]
    lines = [",".join(head)]
    for kind, name, level in (
        ("good file", "东营柽柳示例有限公司", "B"),
        ("file", "东台水杉示例有限公司", "Z"),
    ):
        texts = [_in_a_file(FIELDS[column.code]) for column in specs]
        fixed = {"contact.role": "决策人", "contact.gender": "女"}
        cells = [fixed.get(column.code, text) for column, text in zip(specs, texts, strict=True)]
        made.markers += [
            Marker(cell, kind, frozenset()) for cell in cells if cell not in fixed.values()
        ]
        lines.append(",".join([name, level, *cells]))
    return "\n".join(lines) + "\n"


def _in_a_file(spec: Field) -> str:
    text = text_for(spec)
    return f"{text}:35%" if spec.code == "shareholders" else text
