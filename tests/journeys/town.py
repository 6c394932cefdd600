"""The town: one open house for many short journeys, each with cards of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import update

from crm import create_app
from crm.access.policy import LAW
from crm.accounts import people
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.customers import cards, recycling
from crm.customers.contacts import Contact
from crm.customers.imports.columns import COLUMNS, STANDARD
from crm.db import db
from crm.web import unit
from tests import cast
from tests.journeys import house, stage
from tests.journeys.stage import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask import Flask

UPLOADED = ("待核对示例有限公司", "另一家示例有限公司")
NEWCOMER, NEWCOMER_NAME = "xinren", "新人示例"
"""Has to change the first password before anything else."""
OWNERS = ("zhao", "dong", "zong", "zongjian", "sun")
"""Who is responsible for a customer of their own."""
CARDS = (
    "同编示例仪器有限公司",
    "无脚本示例食品有限公司",
    "键盘示例纸业有限公司",
    "断网示例有限公司",
)
TOGETHER, PLAIN, KEYS, BROKEN = CARDS
BINNED = "弃置示例有限公司"
FACTS = {"contact.new1.education": "本科", "contact.new1.hobbies": "钓鱼", "collaborators": "wang"}


@dataclass(frozen=True, slots=True)
class Town:
    """Where the house is, and what can be visited in it."""

    url: str
    routes: dict[str, Any]
    """The address of every page, with its arguments still to be filled in → its permission."""
    cards: dict[str, stage.Card]
    """By name: the ones that belong to one journey each; by login: somebody's own."""
    planted: cast.Planted
    jobs: dict[str, UUID]
    """Login → an import that waits to be looked over."""
    newcomer: UUID
    binned: UUID
    """A card in the recycle bin."""

    def path(self, route: str, login: str) -> str:
        """A page's address as this person would visit it."""
        own = None if "<uuid:contact_id>" in route else self.cards.get(login)
        route = route.replace("/bin/<uuid:customer_id>", f"/bin/{self.binned}")
        known = {
            "<uuid:customer_id>": own.id if own else self.planted.customer_id,
            "<uuid:contact_id>": self.planted.contact_id,
            "<uuid:person_id>": self.newcomer,
            "<uuid:job_id>": self.jobs.get(login, self.jobs["zhao"]),
        }
        for argument, value in known.items():
            route = route.replace(argument, str(value))
        return route


def lookers() -> dict[str, Role]:
    """One of the cast for each different set of rights: others see the very same pages."""
    found: dict[frozenset[Any], tuple[str, Role]] = {}
    for login, (_name, role, _team) in cast.CAST.items():
        rights = frozenset((one.permission, one.scope) for one in LAW if role in one.roles)
        found.setdefault(rights, (login, role))
    return dict(found.values())


def built(settings: Mapping[str, Any], said: Path) -> Iterator[Town]:
    """A town in a fresh archive, for as long as it is visited."""
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    planted, owned = cast.planted(app), _cards(app)
    jobs = {login: _upload(app, login) for login in ("zhao", "lin")}
    _damage(app, owned[BROKEN])
    newcomer, routes, binned = _newcomer(app), pages(app), _binned(app)
    with app.app_context():
        db.engine.dispose()
    with house.opened(settings, said) as url:
        yield Town(url, routes, owned, planted, jobs, newcomer, binned)


def _cards(app: Flask) -> dict[str, stage.Card]:
    made = {
        name: stage.card(app, "zhao", name, 9000 + number, **FACTS)
        for number, name in enumerate(CARDS)
    }
    for number, login in enumerate(OWNERS):
        made[login] = stage.card(app, login, f"自有示例{login}商行", 9100 + number, **FACTS)
    return made


def _upload(app: Flask, login: str) -> UUID:
    """A sheet that its owner has not confirmed yet, one bad row in it."""
    titles = ",".join(column.title for column in STANDARD)
    rows = "\n".join((titles, UPLOADED[0], f"{UPLOADED[1]},,,,,,nobody"))
    client = app.test_client()
    client.post("/sign-in", data={"login": login, "password": cast.PASSWORD})
    sheet = (BytesIO(rows.encode()), "待核对.csv")
    preview = client.post("/customers/import", data={"file": sheet}).text
    found = re.search("/customers/import/([0-9a-f-]{36})/confirm", preview)
    assert found, preview
    return UUID(found[1])


def _damage(app: Flask, card: stage.Card) -> None:
    """Somebody changed a sealed value on the disk: it will not open any more."""
    with app.test_request_context(), unit.work():
        sealed = db.session.scalar(
            db.select(Contact.education).where(Contact.customer_id == card.id)
        )
        assert sealed is not None
        box = bytearray(sealed.box)
        box[-1] ^= 1
        wanted = update(Contact).where(Contact.customer_id == card.id)
        db.session.execute(wanted.values(education=type(sealed)(bytes(box))))


def _newcomer(app: Flask) -> UUID:
    with app.test_request_context(), unit.work():
        person: Person = people.add(NEWCOMER, NEWCOMER_NAME, Role.SALESPERSON, cast.PASSWORD)
        return person.id


def _binned(app: Flask) -> UUID:
    """A card that its owner has put into the bin."""
    customer_id = cast.customer(app, "zhao", BINNED)
    with app.test_request_context():
        who = cast.viewer("zhao")
        with unit.work(who.actor()):
            recycling.throw_in(cards.get(customer_id, who), who)
    return customer_id


def data(town: Town) -> list[str]:
    """What people put in, and the names of a sheet's columns: Chinese in every language."""
    return [
        *(name for name, _role, _team in cast.CAST.values()),
        *(team for _name, _role, team in cast.CAST.values() if team),
        *(text for card in town.cards.values() for text in (card.name, card.contact)),
        *(column.title for column in COLUMNS),
        *cast.SECRETS.values(),
        *cast.CONTACT_SECRETS.values(),
        *FACTS.values(),
        BINNED,
        *(cast.NAME, cast.SHAREHOLDER, cast.FOLLOW_UP, NEWCOMER_NAME, REGION, *UPLOADED),
        *("档", "中文"),  # the stamp, and the way back
    ]


NO_PAGES = frozenset(
    (
        "static",  # style and scripts
        "home.healthz",  # for machines
        "customers.terms",  # a fragment: suggestions for a filter
        "customers.template",  # a file
        "customers.errors",  # a file
    )
)


def pages(app: Flask) -> dict[str, Any]:
    """Every route that answers GET with a page, and the permission it asks for."""
    return {
        rule.rule: app.view_functions[rule.endpoint].permission  # type: ignore[attr-defined]
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES
    }
