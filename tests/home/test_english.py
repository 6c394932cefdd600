"""English: every page, every role, every refusal – and no Chinese left but what is named here."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select, update

from crm import clock
from crm.accounts.people import Person, Team
from crm.customers import cards, followups
from crm.customers.followups import Kind, Outcome
from crm.customers.imports.columns import BY_TITLE, GUIDE, REASON, ROW
from crm.db import db
from crm.web import unit
from tests import cast, pictured
from tests.authority.changes import some_of_each
from tests.authority.paper import asked, exported
from tests.contributed import token, written
from tests.home.lived_in import arguments
from tests.work.departing import given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from flask import Flask
    from flask.testing import FlaskClient

    SignedIn = Callable[[str], FlaskClient]

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]+")
SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-l", "data-done")
COLUMNS = set(BY_TITLE)
CHOICES = {"市场调查", "客户拜访", "客户自填", "决策人", "影响人", "经办人", "男", "女"}
"""What stands in an import sheet: its columns' titles, and the words a cell must be one of."""

CARD = {
    "name": "Ginkgo Example Ltd",
    "short_name": "Ginkgo",
    "industry": "Instruments",
    "region": "Shanghai",
    "level": "A",
    "tags": "fair key",
    "source": "客户拜访",
    "status": "slipping",
    "phone": "021-88331199",
    "address": "1 Example Road",
    "traits": "cautious",
    "business": "laboratories",
    "preferences": "mornings",
    "share.0.name": "Founder",
    "share.0.share": "60",
    "collaborators": "wang",
    "contact.new1.name": "Zeng",
    "contact.new1.title": "Director",
    "contact.new1.role": "决策人",
    "contact.new1.gender": "女",
    "contact.new1.wechat": "zeng-1",
    "contact.new1.email": "zeng@example.com",
    "contact.new1.mobile": "13912345678",
    "contact.new1.birth_date": "1979-03-07",
    "contact.new1.education": "本科",
    "contact.new1.hobbies": "tea",
}
CHANGED = {"status": "won", "source": "市场调查", "traits": "open now", "level": "B"}


class Words(HTMLParser):
    """What a page says: its text, and what it speaks or hints; parts marked as Chinese are not."""

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "use", "rect", "circle", "line"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.open: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember whether this element is marked as Chinese; note what it speaks."""
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag != "html" and (given.get("lang") or "").startswith("zh"))
        self.said += [given[name] or "" for name in SPOKEN if name in given]

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        if tag not in self.VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Note what is said in the page's own language."""
        if not any(self.open):
            self.said.append(data)


def chinese(page: str) -> set[str]:
    return {run for text in Words(page).said for run in CHINESE.findall(text)}


@pytest.fixture
def english(app: Flask) -> Flask:
    """The house with everyone reading English, under names in Latin letters."""
    with app.test_request_context(), unit.work():
        for person in db.session.scalars(select(Person)):
            person.name = person.login.title()
        for number, team in enumerate(db.session.scalars(select(Team)), 1):
            team.name = f"Team {number}"
        db.session.execute(update(Person).values(language="en"))
    return app


@pytest.fixture
def customer_id(english: Flask, signed_in: SignedIn) -> UUID:
    """A card with nothing Chinese in it but kept words, with follow-ups, changes and looks."""
    made = cast.customer(english, **CARD)
    yesterday = clock.today()
    with english.test_request_context():
        who = cast.viewer("zhao")
        with unit.work(who.actor()):
            card = cards.get(made, who)
            for kind in Kind:
                followups.write(who, card, kind, f"said by {kind}", None, None)
            for outcome in Outcome:
                followups.write(who, card, Kind.PHONE, "", outcome, yesterday)
    lin, zhao, url = signed_in("lin"), signed_in("zhao"), f"/customers/{made}"
    for field in ({"label": "Plate", "kind": "text"}, {"label": "Size", "kind": "choice"}):
        about = {"about": "customer", "choices": "small,large"}
        assert lin.post("/customers/fields", data=field | about).status_code == 302
    zhao.post(f"{url}/edit", data=CHANGED | {"version": "1"})
    zhao.post(f"{url}/star")
    zhao.post(f"{url}/reveal", data={"field": "address", "act": "navigate"})
    signed_in("sun").get(url)
    return made


def sheet(*rows: dict[str, str]) -> bytes:
    titles = list(dict.fromkeys(title for row in rows for title in row))
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in [titles, *([row.get(title) for title in titles] for row in rows)]:
        book.active.append(cells)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def upload(client: FlaskClient, content: bytes, name: str = "customers.xlsx") -> Any:
    return client.post("/customers/import", data={"file": (BytesIO(content), name)})


GOOD = {"客户名称": "Larch Example Ltd", "联系人": "Wu", "手机": "13811110001", "Fax": "1"}
BAD = {"客户名称": "Elm Example Ltd", "等级": "E", "来源": "?", "手机": "12", "负责人": "nobody"}
BORN = {"客户名称": "Yew Example Ltd", "出生日期": "soon", "主要股东": "A", "邮箱": "x", "Fax": "2"}
NOBODY = {"职务": "Director"}


@pytest.fixture
def jobs(signed_in: SignedIn, customer_id: UUID) -> list[UUID]:  # noqa: ARG001 - English first
    """Imports of zhao's: one that waits for its go, and one that is done."""
    made = []
    for _time in range(2):
        page = upload(signed_in("zhao"), sheet(GOOD, BAD, BORN, NOBODY)).text
        found = re.search(r"/customers/import/([0-9a-f-]{36})/confirm", page)
        assert found
        made.append(found[1])
    signed_in("zhao").post(f"/customers/import/{made[1]}/confirm")
    until = time.monotonic() + 20
    while "Import complete" not in signed_in("zhao").get(f"/customers/import/{made[1]}").text:
        assert time.monotonic() < until
        time.sleep(0.1)
    return made


MORE = {
    "/customers": ("scene=all&q=Ginkgo", "q=Zeng&in=contacts", "next=today", "q=nobody"),
    "/audit/entries": ("result=refused", "action=open", "action=demo", "since=2026-01-01"),
    "/customers/<uuid:customer_id>/history": ("page=2",),
}
"""Beside its bare address, a page is asked for so."""


def addresses(app: Flask, values: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Every GET rule, with each value of its argument and its queries."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        names = re.findall(r"<(?:\w+:)?(\w+)>", rule.rule)
        for value in values[names[0]] if names else [""]:
            others = iter([value, *(values[name][0] for name in names[1:])])
            url = re.sub("<[^>]+>", lambda _: next(others), rule.rule)  # noqa: B023 - used at once
            yield rule.rule, url
            yield from ((rule.rule, f"{url}?{query}") for query in MORE.get(rule.rule, ()))


UNREACHED = (".xlsx", "healthz", "sign-in", "sign-in/second", "/print")
"""Files, a page for machines, two for strangers, and one that is refused to everybody."""


def test_every_page_of_every_role_is_in_english(
    english: Flask, signed_in: SignedIn, customer_id: UUID, jobs: list[str]
) -> None:
    values = arguments(english, customer_id) | {
        "contribution_id": [written(signed_in, CARD["name"])],
        "token": [token(signed_in)],
        "departure_id": [given(signed_in("yuan"), reason="moving home").rpartition("/")[2]],
        "grant_id": [str(asked(english, signed_in("yuan"), names=CARD["name"], reason="sample"))],
    }
    values["job_id"] += [
        *jobs,
        exported(english, signed_in, "he", names=CARD["name"], reason="sample"),
    ]
    some_of_each(english, signed_in("an"), signed_in("zong"))
    reached, left = set(), {}
    for login in cast.CAST:
        client = signed_in(login)
        client.post(f"/customers/{customer_id}/open", data={"purpose": "complaint"})
        for rule, url in addresses(english, values):
            answer = client.get(url)
            if answer.mimetype != "text/html":
                continue
            assert answer.status_code in {200, 302, 403, 404, 429}, url
            if answer.status_code == 200:
                reached.add(rule)
            if "<html" in answer.text and answer.status_code != 302:
                assert '<html lang="en"' in answer.text, url
            allowed = COLUMNS | CHOICES if "/import" in rule else set()
            if runs := chinese(answer.text) - allowed:
                left[login, url] = runs
    assert left == {}
    assert reached == {
        rule.rule
        for rule in english.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.endswith(UNREACHED)
    } - {"/static/<path:filename>", "/pictures/<string:token>"}


def test_strangers_read_english_too(english: Flask) -> None:
    client = english.test_client()
    client.set_cookie("language", "en")
    page = client.get("/sign-in").text
    assert chinese(page) == set()
    assert "Every look is logged." in page
    refused = client.get("/customers", headers={"Accept": "application/json"})
    assert refused.json == {"error": "Please sign in first."}
    wrong = client.post("/sign-in", data={"login": "zhao", "password": "wrong"})
    assert wrong.status_code == 422
    assert chinese(wrong.text) == set()
    assert chinese(client.get("/nowhere").text) == set()


def test_kept_words_are_told_in_english(signed_in: SignedIn, customer_id: UUID) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{customer_id}"
    zhao.post(f"{url}/open", data={"purpose": "visit"})
    card = zhao.get(url).text
    for word in ("Decider", "Female", "Market research", "Dead number", "E-mail", "Purpose: Visit"):
        assert word in card, word
    contact = re.search(r'value="contact\.([0-9a-f-]{36})\.mobile"', card)
    assert contact
    asked = {"field": f"contact.{contact[1]}.education", "purpose": "care"}
    cell = zhao.post(f"{url}/reveal", data=asked, headers={"HX-Request": "true"}).text
    assert "Bachelor" not in cell
    (token_,) = pictured.tokens(cell)
    assert pictured.shows(zhao.application, zhao, token_, "Bachelor", "Zhao")
    history = zhao.get(f"{url}/history").text
    assert "Slipping" in history
    assert "Won" in history
    edit = zhao.get(f"{url}/edit").text
    assert '<option value="女">Female</option>' in edit
    assert "Rules ch. 2, Customer archive (3)" in signed_in("dong").get(url).text
    assert "Rules ch. 2, Customer archive (4)" in zhao.get("/me").text


WRONG: dict[str, list[tuple[dict[str, str], str]]] = {
    "/customers/new": [
        ({}, "Please enter the customer"),
        ({"name": CARD["name"]}, "responsible: Zhao"),
        ({"name": "x", "contact.new1.mobile": "12"}, "not a mobile number of 11 digits"),
        ({"name": "x", "phone": "12"}, "not a telephone number"),
        ({"name": "x", "share.0.name": "A", "share.0.share": "101"}, "between 0 and 100"),
        ({"name": "x", "collaborators": "nobody, none"}, "collaborate: nobody, none"),
        ({"name": "x" * 200}, "longer than 100 characters"),
    ],
    "/customers/{id}/edit": [({"version": "0", "traits": "x"}, "changed this card first")],
    "/customers/{id}/follow-ups": [
        ({"text": ""}, "Write a sentence"),
        ({"text": "x" * 2001}, "this is 1 too many"),
        ({"text": "x", "kind": "?"}, "kind of follow-up"),
        ({"text": "x", "next_date": "soon"}, "2026-11-25"),
        ({"text": "x", "next_date": "2020-01-01"}, "in the past"),
    ],
    "/customers/{id}/open": [
        ({}, "choose a purpose"),
        ({"purpose": "other"}, "You chose “Other”"),
    ],
    "/customers/{id}/reveal": [
        ({"act": "copy", "field": "phone", "purpose": "visit"}, "may not do this: Copy"),
        ({"act": "dial", "field": "bank"}, "not a telephone number"),
        ({"act": "?"}, "cannot be looked at this way"),
    ],
    "/today/{id}": [({"outcome": "?"}, "how the call ended")],
    "/me/password": [({}, "all three"), ({"current": "1", "new": "2", "again": "3"}, "differ")],
    "/customers/import": [({}, "choose an .xlsx or .csv file")],
}


@pytest.mark.parametrize("address", WRONG)
def test_what_cannot_be_taken_is_said_in_english(
    signed_in: SignedIn, customer_id: UUID, address: str
) -> None:
    zhao = signed_in("zhao")
    for form, sentence in WRONG[address]:
        answer = zhao.post(address.format(id=customer_id), data=form)
        assert answer.status_code in {403, 409, 422}, form
        assert sentence in answer.text, form
        assert chinese(answer.text) <= (COLUMNS if "/import" in address else set())


def test_the_administrators_mistakes_are_said_in_english(
    english: Flask, signed_in: SignedIn
) -> None:
    xi = signed_in("xi")
    for form in (
        {},
        {"login": "1", "name": "A", "role": "staff"},
        {"login": "zhao", "name": "A", "role": "staff"},
        {"login": "new.one", "name": "A" * 41, "role": "?"},
    ):
        answer = xi.post("/admin/people/new", data=form)
        assert answer.status_code == 422
        assert chinese(answer.text) == set()
    made = xi.post("/admin/people/new", data={"login": "new.one", "name": "A", "role": "staff"})
    assert "shown only this once" in made.text
    with english.app_context():
        person = db.session.scalar(select(Person).where(Person.login == "xi"))
        assert person
        url = f"/admin/people/{person.id}"
    assert "freeze your own account" in xi.post(f"{url}/freeze", data={"frozen": "1"}).text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7 example", "PDF file"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Please"),
        (sheet({"Name": "x"}), "no column “客户名称”"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_english(
    english: Flask, signed_in: SignedIn, content: bytes, sentence: str
) -> None:
    assert english
    answer = upload(signed_in("zhao"), content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert chinese(answer.text) <= COLUMNS


def test_an_imports_problems_and_workbooks_are_in_english(
    signed_in: SignedIn, jobs: list[str]
) -> None:
    zhao = signed_in("zhao")
    preview = zhao.get(f"/customers/import/{jobs[0]}").text
    assert "“手机”: not a mobile number of 11 digits" in preview
    assert "“客户名称”: is empty" in preview
    assert "“等级”: must be one of: A, B, C, D" in preview
    assert "Unknown columns ignored:" in preview
    errors = workbook(zhao, f"/customers/import/{jobs[0]}/errors.xlsx")
    reasons = [row[-1] for row in errors.worksheets[0].iter_rows(min_row=2, values_only=True)]
    assert reasons
    assert {run for text in reasons for run in CHINESE.findall(str(text))} <= COLUMNS | CHOICES


def test_the_templates_guide_explains_the_columns_in_english(
    english: Flask, signed_in: SignedIn
) -> None:
    assert english
    guide = workbook(signed_in("zhao"), "/customers/import/template.xlsx")[GUIDE]
    rows = list(guide.iter_rows(values_only=True))
    assert "Required" in rows[0]
    told = [cell for row in rows for cell in row[1:-1] if isinstance(cell, str)]
    assert {run for text in told for run in CHINESE.findall(text)} <= CHOICES
    assert {row[0] for row in rows[1:]} == COLUMNS - {ROW, REASON}


def workbook(client: FlaskClient, url: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(client.get(url).data))
