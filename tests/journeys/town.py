"""The town: one open house for many short journeys, each with cards of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import update
from werkzeug.datastructures import MultiDict

from crm import create_app, notices
from crm.access.law import right
from crm.access.permissions import Permission
from crm.access.policy import LAW
from crm.accounts import people
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.customers import cards, recycling
from crm.customers.contacts import Contact
from crm.customers.contributing import links, reading, taking
from crm.customers.contributing.table import COMPANY, PERSON
from crm.customers.imports.columns import COLUMNS, STANDARD
from crm.db import db
from crm.web import unit
from crm.work.leaving import beginning
from tests import cast
from tests.customers.house import pool_on, put
from tests.journeys import house, stage
from tests.journeys.stage import REGION
from tests.journeys.written import Written
from tests.organised import NAMES, Organised, organised
from tests.walk import granting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask import Flask

POOLED = "公海示例山货有限公司"
UPLOADED = ("待核对示例有限公司", "另一家示例有限公司")
LEAVER, LEAVER_NAME, WHY = "liren", "离人示例", "回家乡照顾父母"
NEWCOMER, NEWCOMER_NAME = "xinren", "新人示例"
"""Has to change the first password before anything else."""
OWNERS = ("zhao", "dong", "zong", "zhuli", "zongjian", "sun")
"""Who is responsible for a customer of their own."""
READ_SLIPS = {"grants": {"zhao", "dong", "zong", "zhuli"}, "approvals": {"zong"}}
"""Who may read zhao's request as a slip, and who decides on it."""
REASON = "替同事送样品"
CARDS = (
    "同编示例仪器有限公司",
    "无脚本示例食品有限公司",
    "键盘示例纸业有限公司",
    "断网示例有限公司",
    "补充示例家具有限公司",
    "带出示例茶业有限公司",
)
TOGETHER, PLAIN, KEYS, BROKEN, GIVEN, KEPT = CARDS
BINNED = "弃置示例有限公司"
WRITTEN = {
    "source": "市场调查",
    "phone": "0769-22330001",
    "prose": "听说要搬厂",
    "contact.1.name": "邬新示",
}
"""What a colleague contributed about everybody's own card, still waiting."""
FACTS = {
    "contact.new1.education": "本科",
    "contact.new1.hobbies": "钓鱼",
    "contact.new1.email": "purchasing.and.quality.department.of.the.north@a-long-host.example",
    "collaborators": "wang",
}


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
    written: dict[str, UUID]
    """Login → a contribution that waits for this person."""
    token: str
    """Of an intake link that stays open."""
    organised: Organised
    purchases: dict[str, UUID]
    """Login → a purchase of their own customer; `planted` → one of the planted customer."""
    binned: UUID
    """A card in the recycle bin."""
    departure: UUID
    """Of a colleague who is leaving."""
    grant: UUID
    """A request of zhao's that waits for 总经理."""

    def path(self, route: str, login: str) -> str:
        """A page's address as this person would visit it."""
        own = None if "<uuid:contact_id>" in route else self.cards.get(login)
        route = route.replace("/bin/<uuid:customer_id>", f"/bin/{self.binned}")
        known = {
            "<uuid:customer_id>": own.id if own else self.planted.customer_id,
            "<uuid:contact_id>": self.planted.contact_id,
            "<uuid:person_id>": self.newcomer,
            "<uuid:contribution_id>": self.written.get(login, self.written["zhao"]),
            "<string:token>": self.token,
            "<uuid:purchase_id>": self.purchases[login if own else "planted"],
            "<uuid:job_id>": self.jobs.get(login, self.jobs["zhao"]),
        }
        if route.startswith("/customers/handover/"):
            known["<uuid:job_id>"] = self.organised.handover
        known |= {
            "<uuid:other_id>": self.organised.other,
            "<uuid:merge_id>": self.organised.merge,
            "<uuid:departure_id>": self.departure,
            "<uuid:grant_id>": self.grant,
        }
        if "<uuid:grant_id>" in route and login not in READ_SLIPS[route.split("/")[1]]:
            return route.replace("/<uuid:grant_id>", "")  # another's is not there, or not theirs
        if route.startswith("/exports/"):
            return "/exports"  # nobody has one
        runs = right(cast.CAST[login][1], Permission.LEAVING_RUN) if login in cast.CAST else None
        if "<uuid:departure_id>" in route and runs is None:
            return "/work/leaving/new"  # a colleague's is not there for who does not run them
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
    written, token = _written(app, owned)
    _damage(app, owned[BROKEN])
    newcomer, routes, binned = _newcomer(app), pages(app), _binned(app)
    departure, grant = _leaving(app), _asked(app)
    there = organised(app, planted.customer_id)
    purchases = _bought(app, planted, owned)
    _pool(app)
    with app.app_context():
        db.engine.dispose()
    with house.opened(settings, said) as url:
        yield Town(
            url=url,
            routes=routes,
            cards=owned,
            planted=planted,
            jobs=jobs,
            newcomer=newcomer,
            written=written,
            token=token,
            organised=there,
            purchases=purchases,
            binned=binned,
            departure=departure,
            grant=grant,
        )


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


def _written(app: Flask, cards: Mapping[str, stage.Card]) -> tuple[dict[str, UUID], str]:
    """A contribution to everybody's own card, and a link that nobody fills in."""
    made = {}
    with app.test_request_context():
        yuan, zhao = cast.viewer("yuan"), cast.viewer("zhao")
        with unit.work(yuan.actor()):
            for login in OWNERS:
                form = WRITTEN | {"name": cards[login].name}
                told = reading.read(form, COMPANY, PERSON)
                made[login] = taking.from_person(yuan, told, None, None).id
        with unit.work(zhao.actor()):
            return made, links.make(zhao, cards["zhao"].id, 30)[1]


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


def _bought(app: Flask, planted: cast.Planted, cards: Mapping[str, stage.Card]) -> dict[str, UUID]:
    """A purchase of every own customer and of the planted one, each on an open card's tab."""
    wanted = {login: (login, cards[login].id) for login in OWNERS}
    made = {}
    for name, (login, card) in (wanted | {"planted": ("zhao", planted.customer_id)}).items():
        made[name] = stage.bought(app, login, card, [0, 45, 90])
    return made


def _pool(app: Flask) -> None:
    """The pool is on, and a card lies in it."""
    pool_on(app)
    put(app, cast.customer(app, "sun", POOLED, industry="茶叶", region=REGION))
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        with unit.work(zhao.actor()):
            notices.tell(zhao.id, notices.Kind.POOL_FELL_MANY, number=7)


def _newcomer(app: Flask) -> UUID:
    with app.test_request_context(), unit.work():
        person: Person = people.add(NEWCOMER, NEWCOMER_NAME, Role.SALESPERSON, cast.PASSWORD)
        return person.id


def _leaving(app: Flask) -> UUID:
    """A colleague's notice."""
    with app.test_request_context():
        with unit.work():
            people.add(LEAVER, LEAVER_NAME, Role.STAFF, cast.PASSWORD, must_change=False)
        who = cast.viewer(LEAVER)
        with unit.work(who.actor()):
            wanted = beginning.read(MultiDict({"kind": "notice", "reason": WHY}), own=True)
            return beginning.give(who, who.id, wanted, None).id


def _asked(app: Flask) -> UUID:
    """A request for access to the planted customer."""
    with app.test_request_context():
        return granting.ask("zhao", cast.NAME, reason=REASON)


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
        *Written,
        *WRITTEN.values(),
        *NAMES,
        *(POOLED, *stage.BOUGHT, "茶叶"),
        BINNED,
        *(cast.NAME, cast.SHAREHOLDER, cast.FOLLOW_UP, NEWCOMER_NAME, REGION, *UPLOADED),
        *(LEAVER_NAME, WHY, REASON),
        *("档", "中文"),  # the stamp, and the way back
    ]


NO_PAGES = frozenset(
    (
        "static",  # style and scripts
        "home.healthz",  # for machines
        "customers.name_check",  # a fragment: whether a name is there
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
