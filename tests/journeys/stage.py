"""The stage: invented customers that journeys meet, put in before the house opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import update

from crm import clock
from crm.accounts import people
from crm.accounts.roles import Role
from crm.customers import cards
from crm.customers.cards import Customer
from crm.customers.purchases import Facts, keeping
from crm.db import db
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from flask import Flask

CALLS = 15
"""Customers whom the salesperson is to call today."""
OWNERS = {"zhangwei": "张卫示", "lina": "李娜示", "wangfang": "王芳示"}
"""The logins that the import sheet names as responsible."""
HEADS = tuple(
    "云岫 松间 青岚 白榆 听泉 竹里 晚晴 远帆 麦浪 星野 半亩 沧浪 石泉 梧桐 春山".split()  # noqa: SIM905 - a list of fifteen lines would hide what it says
)
TAILS = ("仪器", "食品", "纸业")
REGION = "浙江省杭州市"
BOUGHT = ("示例品类", "示例产品")
SURNAMES = "赖闵窦戚裴"


@dataclass(frozen=True, slots=True)
class Card:
    """A customer on the stage, with one contact."""

    id: UUID
    name: str
    contact: str
    mobile: str

    @property
    def path(self) -> str:
        """Its page."""
        return f"/customers/{self.id}"


def card(app: Flask, owner: str, name: str, number: int, **facts: str) -> Card:
    """A customer of this person's with one contact, its mobile number made of `number`."""
    contact, mobile = f"{SURNAMES[number % 5]}示例", f"1390000{number:04}"
    typed = {"contact.new1.name": contact, "contact.new1.mobile": mobile, "region": REGION}
    typed |= {"contact.new1.role": "决策人", "phone": f"0571-8800{number:04}"}
    made = cast.customer(app, owner, name, **(typed | facts))
    return Card(made, name, contact, mobile)


def hire_owners(app: Flask) -> None:
    """The salespeople whom the import sheet names, beside the cast."""
    with app.test_request_context(), unit.work():
        for login, name in OWNERS.items():
            people.add(login, name, Role.SALESPERSON, cast.PASSWORD, team="一组", must_change=False)


def calls_of_today(app: Flask, owner: str) -> list[Card]:
    """Fifteen customers to be called today, in the order in which they wait."""
    names = [f"{head}示例{TAILS[at % 3]}有限公司" for at, head in enumerate(HEADS)]
    cards = [card(app, owner, name, at) for at, name in enumerate(names)]
    for one in cards:
        due(app, one, clock.today())
    return cards


def bought(app: Flask, login: str, card_id: UUID, days_ago: list[int]) -> UUID:
    """Purchases so many days ago; the id of the first."""
    with app.test_request_context():
        who = cast.viewer(login)
        ids = []
        with unit.work(who.actor()):
            found = cards.get(card_id, who)
            for ago in days_ago:
                day = clock.today() - timedelta(days=ago)
                facts = Facts(day, BOUGHT[0], BOUGHT[1], Decimal(2), Decimal(900))
                ids.append(keeping.record(who, found, facts).id)
        return ids[0]


def due(app: Flask, one: Card, day: date) -> None:
    """Agree on a day for the next contact without a follow-up that would count as today's work."""
    with app.test_request_context(), unit.work():
        wanted = update(Customer).where(Customer.id == one.id)
        db.session.execute(wanted.values(next_contact=day))
