"""Planted secrets: every route, as everybody, by every method – a marker appears where it may."""

from __future__ import annotations

import re
import threading
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from openpyxl import Workbook
from sqlalchemy import event, select
from werkzeug.wrappers import Response

from crm import notices
from crm.access.fields import FIELDS, Level
from crm.accounts import people
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.accounts.sessions import SignIn
from crm.backups import making, runs
from crm.crypto import keyring
from crm.crypto.suites import SM
from crm.customers import cards, recycling
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.db import db
from crm.web import unit
from tests import cast, pictured
from tests.customers.house import pool_on, put
from tests.organised import organised
from tests.walk import proving
from tests.walk.asking import Ask, Asking
from tests.walk.expectations import (
    BY_GRANT,
    CHANCE,
    LISTERS,
    MASKED,
    NEVER,
    PROVED,
    READERS,
    REFUSED,
    expected,
    expected_pictures,
)
from tests.walk.finding import Finder, spellings
from tests.walk.granting import HOLDER, export
from tests.walk.planting import NAME, Marker, file_with_markers, plant
from tests.walk.walking import NOBODY, Log, Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.walk.planting import Plant

LEAK = "密记-号末"
WALKERS = {
    "sqlite": (*cast.CAST, NOBODY),
    "postgresql": ("zong", "zhuli", "an", "xing", "ke", "zhao", "lin", "sun", "xi", NOBODY),
}
"""Everybody on one database; on the other one of each kind, for the law does not know databases."""
WIDELY = {"zong", "lin", "zhao", "sun", "qi"}
"""Who tries every purpose with every act: one of each standing, and who holds a grant."""
EITHER = {"customers.assign", "customers.claim"}
"""Two ways of taking the card out of the pool: who comes first leaves nothing to the other."""
HANDS_CHANGE = {"customers.claim", "customers.release"}
"""Walked by themselves below: afterwards the planted card is somebody else's."""
POOL_PAGES = {
    "zhao": {"customers.pool", "home.notices", "home.index"},
    "wang": {"customers.pool", "home.index"},  # the looks of when wang worked on it
    "sun": {"customers.pool"},
}
"""Where the name of a card in the pool stands, for people whose card it is not."""
SPARE = "spare"
"""An account for the administrator to freeze, rename and reset."""


@pytest.fixture
def walk(app: Flask) -> Iterator[Walk]:
    """A planted archive, and a walk that has not begun."""
    hasten(app)
    planted = plant(app)
    with app.test_request_context(), unit.work():
        spare = people.add(SPARE, "备用人", Role.STAFF, cast.PASSWORD, must_change=False)
        planted.ids["person"] = spare.id
    there = organised(app, planted.customer_id)
    planted.ids |= {"other": there.other, "merge": there.merge, "handover": there.handover}
    beside(app, planted)
    made = Walk(app, planted, Log(app), Finder(()))
    made.client(SPARE)
    upload(made)
    back_up(made)
    planted.ids["export"] = export(app, NAME)
    in_the_house(made)
    planted.ids |= proving.second_factors(app, planted)
    picture_of_another(made)
    planted.markers.append(Marker(NAME, "name", frozenset()))
    made.finder = Finder(planted.markers)
    yield made
    made.log.close()


def beside(app: Flask, planted: Plant) -> None:
    """Cards of zhao's that may be thrown away, and two that lie in the bin already."""
    facts = {"contact.new1.name": "闲人"}
    for number, what in enumerate(("spare card", "binned card", "another binned card")):
        planted.ids[what] = cast.customer(app, "zhao", f"大理闲置示例有限公司{number}", **facts)
        if "binned" in what:
            throw_in(app, planted.ids[what])
    with app.app_context():
        wanted = select(Contact.id).where(Contact.customer_id == planted.ids["spare card"])
        planted.ids["spare contact"] = db.session.scalars(wanted).one()


def throw_in(app: Flask, customer_id: UUID) -> None:
    """Put a card of zhao's into the bin."""
    with app.test_request_context():
        who = cast.viewer("zhao")
        with unit.work(who.actor()):
            recycling.throw_in(cards.get(customer_id, who), who)


def hasten(app: Flask) -> None:
    """Thousands of requests need no disk that keeps them."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
            db.engine.dispose()


def upload(walk: Walk) -> None:
    """Two files of zhao's that wait: one full of markers, and one that may be brought in."""
    plain = "客户名称,等级\n东莞榕树示例有限公司,B\n"
    for name, content in (("job", file_with_markers(walk.plant)), ("plain job", plain)):
        given = {"file": (BytesIO(content.encode()), "客户.csv")}
        page = walk.client("zhao").post("/customers/import", data=given).text
        found = re.search(r"/customers/import/([0-9a-f-]{36})/confirm", page)
        assert found, page
        walk.plant.ids[name] = UUID(found.group(1))


def back_up(walk: Walk) -> None:
    """One backup lies in the folder; nobody drills with it a hundred times."""
    with walk.app.test_request_context():
        with unit.work():
            walk.plant.ids["run"] = runs.begin(runs.BACKUP)
        making.into_folder(walk.plant.ids["run"], None, nightly=False)


def in_the_house(walk: Walk) -> None:
    """The pool is on, a card of sun's lies in it, a sheet of purchases waits, zhao is told."""
    plant, app = walk.plant, walk.app
    pool_on(app)
    plant.ids["pooled"] = cast.customer(app, "sun", "玉林荔枝示例有限公司")
    put(app, plant.ids["pooled"])
    sheet = f"客户名称,日期,品类,数量,金额\n{NAME},2026-01-05,茶叶,1,100\n"
    given = {"file": (BytesIO(sheet.encode()), "购买.csv")}
    page = walk.client("zhao").post("/customers/purchases/import", data=given).text
    found = re.search(r"/customers/purchases/import/([0-9a-f-]{36})", page)
    assert found, page
    plant.ids["purchase job"] = UUID(found.group(1))
    with app.test_request_context():
        zhao = cast.viewer("zhao")
        with unit.work(zhao.actor()):
            notices.tell(zhao.id, notices.Kind.ASSIGNED, plant.customer_id)


def test_a_marker_comes_back_only_to_who_may_and_with_its_entry(walk: Walk, database: str):
    walkers = WALKERS[database]
    for login in walkers:
        go(walk, login)
    wait_for_jobs()
    assert walk.failed == []
    assert walk.unlogged == []
    wanted = {one for one in expected() if one[1] in walkers}
    assert sorted(walk.got - wanted - CHANCE) == []  # somebody got what is not theirs
    assert sorted(wanted - walk.got) == []  # the walk did not get there
    drawn = {one for one in expected_pictures() if one[1] in walkers}
    assert sorted(walk.drawn - drawn) == []  # somebody sees what is not theirs
    assert sorted(drawn - walk.drawn) == []
    assert {endpoint for endpoint, _login in walk.masked} == MASKED
    assert {login for _endpoint, login in walk.masked} == {*READERS, HOLDER} & set(walkers)
    every = {rule.endpoint for rule in walk.app.url_map.iter_rules()} - {"static"}
    assert every - walk.reached - EITHER == REFUSED | HANDS_CHANGE - EITHER | BY_GRANT | PROVED
    assert walk.reached & EITHER
    came = {kind for _at, _who, kind in walk.got | walk.drawn}
    assert {one.kind for one in walk.plant.markers} - came == NEVER


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_card_in_the_bin_gives_nothing_away_but_its_name(walk: Walk):
    """To who may take it out again; to everybody else not even that."""
    throw_in(walk.app, walk.plant.customer_id)
    for login in ("zong", "lin", "zhao", "wang"):
        client, asking = walk.client(login), Asking(walk.app, walk.plant, ids(walk, login))
        walk.send(client, login, asking.looks(widely=True))
        walk.send(client, login, asking.openings())
        walk.send(client, login, asking.acts())
    # Uploads, the log, notices, and what colleagues contributed are no part of the card.
    beside = {"customers.errors", "desk.entries", "desk.today", "home.index", "home.notices"}
    beside |= {"customers.waiting", "customers.contribution", "authority.consider"}
    beside |= {"work.departure"}
    got = {one for one in walk.got if one[0] not in beside}
    assert got == {("customers.bin_page", login, "name") for login in ("lin", "zhao")}
    written = {
        "grant reason",
        "grant names",
        "file",
        "contributed",
        "contributed name",
        "contributed to nobody",
        "leaving reason",
    }
    assert {kind for _at, _who, kind in walk.got} - written == {"name"}
    assert walk.failed == []


@pytest.mark.parametrize("database", ["sqlite-sm"], indirect=True)
def test_the_second_suite_gives_no_more_away(walk: Walk):
    """The law does not know suites: an owner and a stranger are enough to see that."""
    with walk.app.app_context():
        assert keyring.current().key(keyring.RECORD)[1] == SM.code
    for login in ("sun", "zhao"):
        go(walk, login)
    wait_for_jobs()
    assert walk.failed == []
    assert walk.unlogged == []
    assert sorted(walk.got - expected() - CHANCE) == []
    assert {login for _at, login, _kind in walk.got} == {"zhao"}
    assert sorted(walk.drawn - expected_pictures()) == []
    assert {kind for _at, _who, kind in walk.got} > {"contact.mobile", "traits", "contact.name"}
    assert {kind for _at, _who, kind in walk.drawn} > {"contact.mobile", "phone", "extra.0"}


def go(walk: Walk, login: str) -> None:
    """Everything that one person can try, the harmless first."""
    _second, client = walk.client(login), walk.client(login)
    asking = Asking(walk.app, walk.plant, ids(walk, login))
    lists = login in {*LISTERS, HOLDER, "sun"}
    walk.send(client, login, asking.looks(widely=lists))
    walk.send(client, login, asking.methods(wrong=login in {"zhao", NOBODY}))
    if lists:
        walk.send(client, login, asking.openings())
        walk.send(client, login, (ask for ask in asking.looks(widely=False) if of_card(walk, ask)))
        walk.send(client, login, asking.edits(version(walk)))
        walk.send(client, login, asking.reveals())
    walk.send(client, login, asking.purposes() if login in WIDELY else asking.acts())
    kept = str(walk.plant.ids["job"])  # stays a preview: its markers must not become a card's
    walk.send(client, login, (ask for ask in asking.forms() if kept not in ask.path))


def picture_of_another(walk: Walk) -> None:
    """Somebody's picture, which everybody else tries: nobody else may get it."""
    address = f"/customers/{walk.plant.customer_id}/reveal"
    page = walk.client("zhao").post(address, data={"field": "bank", "purpose": "visit"}).text
    walk.plant.picture = next(iter(pictured.tokens(page)))


def of_card(walk: Walk, ask: Ask) -> bool:
    """Whether a page is one of the planted card, or may show it in a list."""
    return str(walk.plant.customer_id) in ask.path or ask.path in {"/", "/customers", "/today"}


def version(walk: Walk) -> int:
    """The planted card's version, as an edit form carries it."""
    with walk.app.app_context():
        wanted = select(Customer.version).where(Customer.id == walk.plant.customer_id)
        return db.session.scalars(wanted).one()


def ids(walk: Walk, login: str) -> dict[str, list[UUID]]:
    """What could stand in an address: the fitting id, the record's other ids, nobody's id."""
    plant = walk.plant
    others = [plant.contact_id, plant.ids["change"], plant.ids["follow_up"], uuid4()]
    return {
        "customer_id": [plant.customer_id, plant.ids["pooled"], plant.ids["job"], *others],
        "contact_id": [plant.ids["spare contact"], plant.contact_id, uuid4()],
        "job_id": [
            plant.ids["job"],
            plant.ids["plain job"],
            plant.ids["handover"],
            plant.ids["purchase job"],
            plant.ids["export"],
            plant.customer_id,
            uuid4(),
        ],
        "run_id": [plant.ids["run"], plant.customer_id, uuid4()],
        "other_id": [plant.ids["other"], plant.customer_id, uuid4()],
        "merge_id": [plant.ids["merge"], plant.customer_id, uuid4()],
        "purchase_id": [plant.ids["purchase"], plant.customer_id, uuid4()],
        "person_id": [plant.ids["person"], plant.customer_id],
        "contribution_id": [
            plant.ids["contribution"],
            plant.ids["unknown contribution"],
            plant.customer_id,
            uuid4(),
        ],
        "proposal_id": [plant.ids["proposal"], plant.customer_id],
        "complaint_id": [plant.ids["complaint"], plant.customer_id],
        "departure_id": [plant.ids["departure"], plant.customer_id, uuid4()],
        "delegation_id": [plant.ids["delegation"], plant.customer_id],
        "grant_id": [plant.ids["grant"], plant.ids["second grant"], plant.customer_id, uuid4()],
        "link_id": [plant.ids["link"], plant.customer_id, uuid4()],
        "consent_id": [plant.ids["consent"], plant.contact_id],
        "passkey_id": [plant.ids["passkey"], uuid4()],
        "device_id": [plant.ids["device"], uuid4()],
        "recovery_id": [plant.ids["recovery"], plant.customer_id, uuid4()],
        "session_id": [*sessions(walk, login)[:1], *sessions(walk, SPARE), uuid4()],
    }


def sessions(walk: Walk, login: str) -> list[UUID]:
    """A person's sessions, the oldest first."""
    with walk.app.app_context():
        wanted = select(SignIn.id).join(Person, Person.id == SignIn.person_id)
        return list(db.session.scalars(wanted.where(Person.login == login).order_by(SignIn.id)))


def test_a_card_in_the_pool_shows_its_open_facts_until_somebody_claims_it(walk: Walk):
    card = f"/customers/{walk.plant.customer_id}"
    zhao, sun = walk.client("zhao"), walk.client("sun")
    back = Ask("customers.release", "POST", f"{card}/release", {}, {"reason": "busy"})
    claim = Ask("customers.claim", "POST", f"/customers/pool/{walk.plant.customer_id}/claim")
    walk.send(zhao, "zhao", [back])
    for login in ("zhao", "wang", "sun", "lin", "zong", "cai"):
        client = walk.client(login)
        asking = Asking(walk.app, walk.plant, ids(walk, login))
        walk.send(client, login, asking.looks(widely=True))
        if login != "zong":
            walk.send(client, login, asking.openings())
            walk.send(client, login, asking.reveals())
    assert {one for one in walk.got if one[1] in {"zhao", "wang", "sun"}} - CHANCE == {
        (at, login, "name") for login, pages in POOL_PAGES.items() for at in pages
    } - CHANCE | {("customers.errors", "zhao", "file")}
    written = {"contributed", "contributed name", "contributed to nobody"}  # for lin to decide
    written |= {"leaving reason"}  # and to sign
    assert {kind for _at, login, kind in walk.got if login == "lin"} - written == {"name"}
    assert {one for one in walk.got if one[1] == "cai"} == set()
    walk.send(sun, "sun", [claim])
    walk.send(sun, "sun", asking.openings())
    walk.send(sun, "sun", [Ask("customers.purchases_of", "GET", f"{card}/purchases")])
    assert ("customers.purchases_of", "sun", "purchases") in walk.got
    assert walk.failed == walk.unlogged == []
    assert walk.reached >= HANDS_CHANGE


def wait_for_jobs() -> None:
    """An import that was confirmed runs in a thread of its own."""
    for thread in threading.enumerate():
        if thread.name.startswith("job-"):
            thread.join(30)


def test_every_sealed_field_of_the_catalogue_is_planted(walk: Walk):
    """A new sealed field is planted by itself, or this fails: then teach the planting."""
    sealed = {field.code for field in FIELDS.values() if field.level is not Level.OPEN}
    planted = set().union(*(marker.names for marker in walk.plant.markers))
    history = {
        f"change.{name.rpartition('.')[2]}" for name in planted if name.startswith("change.")
    }
    assert sealed - planted - history == set()


def test_a_secret_finds_its_customer_for_the_owner_and_nothing_for_a_stranger(walk: Walk):
    """A stranger does not learn even whether there is somebody with this number."""
    mobile, name = walk.plant.text("contact.mobile"), walk.plant.text("contact.name")
    queries = (mobile, mobile[-4:], walk.plant.text("phone"), name, f"{name[:2]}&in=contacts")
    zhao, sun = walk.client("zhao"), walk.client("sun")
    for query in queries:
        assert NAME in zhao.get(f"/customers?q={query}").text, query
        assert NAME not in sun.get(f"/customers?q={query}").text, query


def test_a_refused_look_does_not_tell_the_name_afterwards(walk: Walk):
    sun = walk.client("sun")
    assert sun.get(f"/customers/{walk.plant.customer_id}").status_code == 404
    assert NAME not in sun.get("/").text


@pytest.mark.parametrize("spelt", spellings(LEAK))
def test_a_marker_is_found_however_it_is_spelt(spelt: str):
    marker = Marker(LEAK, "traits", frozenset())
    assert Finder([marker]).found(Response(spelt)) == [marker]
    assert Finder([marker]).found(Response(headers={"Location": f"/x?{quote(LEAK)}"})) == [marker]


def test_a_marker_is_found_in_a_workbook():
    marker = Marker(LEAK, "file", frozenset())
    book = Workbook()
    book.worksheets[0]["A1"] = LEAK
    target = BytesIO()
    book.save(target)
    assert Finder([marker]).found(Response(target.getvalue())) == [marker]
    assert LEAK.encode() not in target.getvalue()
