"""The cast: the same invented people and customers in every test; markers are their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from werkzeug.datastructures import MultiDict

from crm.accounts import people
from crm.accounts.people import Viewer, viewer_of
from crm.accounts.roles import Role
from crm.customers import cards, followups
from crm.customers.editing import apply
from crm.customers.editing.typed import Reader
from crm.customers.followups import Kind
from crm.web import unit

if TYPE_CHECKING:
    from datetime import date

    from flask import Flask

PASSWORD = "correct horse staple"
CAST = {
    "dong": ("董远", Role.EXECUTIVE_DIRECTOR, None),
    "zong": ("宗明", Role.GENERAL_MANAGER, None),
    "zhuli": ("朱立", Role.GM_ASSISTANT, None),
    "zongjian": ("宗健", Role.MARKET_DIRECTOR, None),
    "lin": ("林主管", Role.MARKET_SUPERVISOR, None),
    "zhao": ("赵小外", Role.SALESPERSON, "一组"),
    "wang": ("王专员", Role.SALESPERSON, "一组"),
    "sun": ("孙路人", Role.SALESPERSON, "二组"),
    "he": ("何助理", Role.MANAGER_ASSISTANT, None),
    "ke": ("柯服务", Role.SERVICE_SPECIALIST, None),
    "qi": ("齐企划", Role.PLANNER, None),
    "cai": ("蔡财务", Role.FINANCE, None),
    "xing": ("邢行政", Role.ADMINISTRATION, None),
    "yuan": ("袁员工", Role.STAFF, None),
    "xi": ("席系统", Role.SYSTEM_ADMIN, None),
    "an": ("安安全", Role.SECURITY_ADMIN, None),
}
"""login → name, post, team. zhao owns the customer, wang collaborates, sun is a stranger."""

SECRETS = {
    "phone": "0571-88331199",
    "address": "浙江省杭州市西湖区密址路七号",
    "traits": "特征密文记号甲",
    "business": "业务密文记号乙",
    "preferences": "偏好密文记号丙",
    "invoice_title": "抬头密文记号丁",
    "bank": "银行密文记号戊6222",
}
SHAREHOLDER = "股东密文记号己"
CONTACT_SECRETS = {
    "name": "曾国强",
    "title": "职务密文记号庚",
    "role": "决策人",
    "gender": "女",
    "wechat": "wx-marker-7781",
    "email": "marker7782@example.com",
    "mobile": "13912345678",
    "birth_date": "1979-03-07",
    "education": "硕士",
    "home_address": "江苏省南京市鼓楼区住址记号九号",
    "hobbies": "爱好密文记号辛",
    "family": "家庭密文记号壬",
    "other": "备注密文记号癸",
}
FOLLOW_UP = "跟进密文记号子"
NAME = "重庆银杏示例有限公司"


@dataclass(frozen=True, slots=True)
class Planted:
    """A customer of zhao's whose every sealed field holds a marker."""

    customer_id: UUID
    contact_id: UUID
    follow_up_id: UUID


def hire(app: Flask, logins: list[str] | None = None) -> None:
    """Make the cast's accounts."""
    with app.test_request_context(), unit.work():
        for login in logins or list(CAST):
            name, role, team = CAST[login]
            people.add(login, name, role, PASSWORD, team=team, must_change=False)


def viewer(login: str) -> Viewer:
    """One of the cast, as services take them. Needs an app context."""
    person = people.by_login(login)
    assert person is not None
    return viewer_of(person)


def customer(app: Flask, owner: str = "zhao", name: str = NAME, **facts: str) -> UUID:
    """A customer made through the form's own reader, facts by their form names."""
    with app.test_request_context():
        who = viewer(owner)
        with unit.work(who.actor()):
            typed = Reader(
                MultiDict({"name": name, "level": "B", "status": "potential"} | facts), opened=True
            ).read()
            assert not typed.errors, typed.errors
            return apply.create(who, typed).id


def planted(app: Flask, owner: str = "zhao", next_contact: date | None = None) -> Planted:
    """A customer with a marker in every sealed field, a collaborator and a follow-up."""
    facts = dict(SECRETS) | {
        f"contact.new1.{column}": text for column, text in CONTACT_SECRETS.items()
    }
    facts |= {"share.0.name": SHAREHOLDER, "share.0.share": "35", "collaborators": "wang"}
    customer_id = customer(app, owner, **facts)
    with app.test_request_context():
        who = viewer(owner)
        with unit.work(who.actor()):
            card = cards.get(customer_id, who)
            row = followups.write(who, card, Kind.PHONE, FOLLOW_UP, None, next_contact)
            contact_id = card.customer.main_contact_id
            assert contact_id
            return Planted(customer_id, contact_id, row.id)
