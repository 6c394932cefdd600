"""The first page, one's own page, the law's table, people and the address: who sees what."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from crm.home import shell
from tests import cast, pictured
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


WRITES = {"/contributions"}
ASKS = {"/grants"}
LEAVES = {"/work/leaving"}
ORGANISES = {
    "/admin/settings", "/customers/bin", "/customers/duplicates", "/customers/handover",
    "/customers/stale", "/customers/subject",
}  # fmt: skip
DECIDES = WRITES | ASKS | {"/contributions/waiting", "/intake-links"}
"""What everybody has; what administrators have not; what who may have customers has besides."""
LETS_IN = {"/admin/second-factor"}
"""Where two people let a third in again."""


def menu(page: str) -> set[str]:
    side = page[page.index("<nav") : page.index("</nav>")]
    return {url for url in re.findall(r'href="(/[^"]*)"', side) if not url.startswith("/static")}


@pytest.mark.parametrize(
    ("login", "pages"),
    [
        ("zhao", {"/", "/customers", "/today", "/customers/stale", "/customers/bin"} | DECIDES),
        ("lin", {"/", "/customers", "/audit", "/admin/policy"} | LEAVES | ORGANISES | DECIDES),
        (
            "zong",
            {"/", "/customers", "/today", "/admin/policy", "/customers/stale", "/approvals"}
            | LEAVES
            | DECIDES
            | LETS_IN,
        ),
        (
            "dong",
            {"/", "/customers", "/today", "/audit", "/admin/policy", "/customers/stale"}
            | {"/approvals"}
            | LEAVES
            | DECIDES
            | LETS_IN,
        ),
        ("cai", {"/"} | WRITES | ASKS | LEAVES),
        ("xi", {"/", "/admin/people", "/admin/address", "/admin/backups"} | WRITES | LETS_IN),
        ("an", {"/", "/admin/policy"} | WRITES | LETS_IN),
    ],
)
def test_nobody_sees_a_menu_that_is_not_theirs(
    signed_in: SignedIn, login: str, pages: set[str]
) -> None:
    client = signed_in(login)
    shown = menu(client.get("/").text)
    assert shown == pages
    for page in pages:
        assert client.get(page).status_code == 200


def test_the_supervisors_first_page_shows_todays_looks_and_refusals(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao = signed_in("zhao")
    zhao.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})
    signed_in("sun").get(f"/customers/{planted.customer_id}")
    page = signed_in("lin").get("/").text
    assert "赵小外" in page
    assert "孙路人" in page


def test_everyone_reads_their_own_rights_with_clauses(signed_in: SignedIn) -> None:
    for login, (_name, role, _team) in cast.CAST.items():
        page = signed_in(login).get("/me").text
        assert "细则第二章·客户档案管理" in page, role
    assert "80" in signed_in("zhao").get("/me").text


def test_the_whole_law_is_a_table_for_who_may_read_it(signed_in: SignedIn) -> None:
    page = signed_in("an").get("/admin/policy").text
    assert "市场主管" in page
    assert "本人负责和协作的" in page
    assert "<dt>全部</dt><dd>市场主管</dd>" in page, "a phone reads it line by line"
    assert signed_in("zhao").get("/admin/policy").status_code == 403


def test_the_administrator_makes_an_account_whose_first_password_must_be_changed(
    app: Flask, signed_in: SignedIn
) -> None:
    xi = signed_in("xi")
    made = xi.post(
        "/admin/people/new",
        data={"login": "new.one", "name": "新人", "role": "staff", "number": "N1", "team": "三组"},
    )
    assert made.status_code == 200
    first = re.search(r'id="password">([^<]+)<', made.text)
    assert first
    client = app.test_client()
    assert (
        client.post("/sign-in", data={"login": "NEW.ONE", "password": first[1]}).status_code == 302
    )
    assert client.get("/me").location == "/me/password"
    for form, status in (
        ({"current": first[1], "new": "short", "again": "short"}, 422),
        ({"current": "wrong", "new": "long enough now", "again": "long enough now"}, 422),
        ({"current": first[1], "new": "long enough now", "again": "other"}, 422),
        ({"current": first[1], "new": first[1], "again": first[1]}, 422),
        ({}, 422),
        ({"current": first[1], "new": "long enough now", "again": "long enough now"}, 302),
    ):
        assert client.post("/me/password", data=form).status_code == status
    assert client.get("/me").location == "/me/pledge"
    assert client.post("/me/pledge", data={"agreed": "1"}).status_code == 303
    assert client.get("/me").status_code == 200
    again = xi.post(
        "/admin/people/new",
        data={"login": "other", "name": "又一人", "role": "staff", "number": "N1"},
    )
    assert "一人只有一个账号" in again.text
    for wrong in (
        {"login": "1bad", "name": "x", "role": "staff"},
        {"login": "zhao", "name": "x", "role": "staff"},
        {"login": "", "name": "", "role": "nobody"},
    ):
        assert xi.post("/admin/people/new", data=wrong).status_code == 422


def test_a_changed_post_a_reset_and_a_freeze_end_the_sessions(
    app: Flask, signed_in: SignedIn
) -> None:
    xi = signed_in("xi")
    listed = xi.get("/admin/people").text
    found = re.search(r'href="(/admin/people/[0-9a-f-]{36})">赵小外', listed)
    assert found
    url = found[1]
    assert xi.get(url).status_code == 200
    zhao = signed_in("zhao")
    assert (
        xi.post(url, data={"name": "赵小外", "role": "staff", "number": "", "team": ""}).status_code
        == 303
    )
    assert zhao.get("/").status_code == 302
    zhao = signed_in("zhao")
    assert xi.post(url + "/reset").status_code == 200
    assert zhao.get("/").status_code == 302
    assert xi.post(url + "/freeze", data={"frozen": "1"}).status_code == 303
    frozen = app.test_client().post("/sign-in", data={"login": "zhao", "password": cast.PASSWORD})
    assert frozen.status_code == 422
    assert xi.post(url + "/freeze", data={"frozen": "0"}).status_code == 303
    assert {entry["detail"].get("to") for entry in said(app, "person_changed")} >= {"staff"}


def test_an_administrator_cannot_lock_themselves_out(signed_in: SignedIn) -> None:
    xi = signed_in("xi")
    found = re.search(r'href="(/admin/people/[0-9a-f-]{36})">席系统', xi.get("/admin/people").text)
    assert found
    assert xi.post(found[1] + "/freeze", data={"frozen": "1"}).status_code == 422
    assert xi.post(found[1], data={"name": "席系统", "role": "staff"}).status_code == 422
    assert xi.get("/admin/people/01a20430-5aba-7a0d-b3e6-b3a29e20c6b5").status_code == 404


def test_a_session_is_ended_from_another_one(signed_in: SignedIn) -> None:
    desk, phone = signed_in("zhao"), signed_in("zhao")
    found = re.findall(r"/me/sessions/([0-9a-f-]{36})/end", desk.get("/me").text)
    assert len(found) == 1
    assert desk.post(f"/me/sessions/{found[0]}/end").status_code == 302
    assert phone.get("/").status_code == 302
    assert desk.get("/").status_code == 200
    assert desk.post(f"/me/sessions/{found[0]}/end").status_code == 404
    theirs = signed_in("sun")
    session = re.findall(r"/sessions/([0-9a-f-]{36})/end", signed_in("sun").get("/me").text)[0]
    assert desk.post(f"/me/sessions/{session}/end").status_code == 404
    xi = signed_in("xi")
    found_sun = re.search(
        r'href="(/admin/people/[0-9a-f-]{36})">孙路人', xi.get("/admin/people").text
    )
    assert found_sun
    assert xi.post(f"{found_sun[1]}/sessions/{session}/end").status_code == 303
    assert theirs.get("/").status_code == 302
    assert xi.post(f"{found_sun[1]}/sessions/{session}/end").status_code == 404


def test_signing_out_ends_the_session(signed_in: SignedIn) -> None:
    zhao = signed_in("zhao")
    assert zhao.get("/sign-in").location == "/"
    assert zhao.post("/sign-out").location == "/sign-in"
    assert zhao.get("/").status_code == 302


def test_the_address_page_has_a_code_to_scan_and_says_what_is_missing(signed_in: SignedIn) -> None:
    page = signed_in("xi").get("/admin/address").text
    assert "data:image/svg+xml" in page
    assert "HTTPS" in page


def test_an_executive_may_keep_the_purpose_for_a_session(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zong, url = signed_in("zong"), f"/customers/{planted.customer_id}"
    assert (
        zong.post(
            "/customers/purpose", data={"keep": "1", "back": str(planted.customer_id)}
        ).location
        == url
    )
    answer = zong.post(url + "/reveal", data={"field": "phone"}, headers={"HX-Request": "true"})
    assert pictured.texts(app, answer.text) == [cast.SECRETS["phone"]]
    assert said(app, "reveal")[0]["purpose"] == "management"
    assert (
        zong.post("/customers/purpose", data={"keep": "0", "back": "elsewhere"}).location
        == "/customers"
    )
    assert zong.post(url + "/reveal", data={"field": "phone"}).status_code == 422
    assert signed_in("zhao").post("/customers/purpose", data={"keep": "1"}).status_code == 302


def test_the_language_is_kept_with_the_account_or_in_a_cookie(
    app: Flask, signed_in: SignedIn
) -> None:
    zhao = signed_in("zhao")
    zhao.post("/me/language", data={"language": "en"})
    assert 'lang="en' in zhao.get("/").text
    stranger = app.test_client()
    stranger.post("/me/language", data={"language": "en"})
    assert 'lang="en' in stranger.get("/sign-in").text


@pytest.mark.parametrize(
    ("path", "back"),
    [("/me", "/me"), ("/customers?scene=all&level=A", "/customers?scene=all&level=A"),
     ("/nowhere", "/")],
)  # fmt: skip
def test_the_language_changes_on_the_page_one_is_on(
    signed_in: SignedIn, path: str, back: str
) -> None:
    """From a page that tells of a mistake it leads home: back would be the mistake again."""
    zhao = signed_in("zhao")
    found = re.search('name="back" value="([^"]*)"', zhao.get(path).text)
    assert found
    assert unescape(found[1]) == back
    changed = zhao.post("/me/language", data={"language": "en", "back": unescape(found[1])})
    assert changed.location == back


@pytest.mark.parametrize("trick", ["//a.example", "/\\a.example", "https://a.example", ""])
def test_the_language_switch_leads_nowhere_else(signed_in: SignedIn, trick: str) -> None:
    answer = signed_in("zhao").post("/me/language", data={"language": "en", "back": trick})
    assert answer.location == "/"


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/customers/{0}/contacts/{1}/erase", "/customers/subject"),
        ("/customers/{0}/seen-by", "/customers"),
        ("/customers/stale?kind=never", "/customers/stale"),
    ],
)
def test_the_menu_shows_which_of_its_entries_a_page_belongs_to(signed_in, planted, path, entry):
    page = signed_in("lin").get(path.format(planted.customer_id, planted.contact_id)).text
    menu = page.split("<nav")[1].split("</nav>")[0]
    marked = menu.split(' aria-current="page"')[0].rpartition('href="')[2].split('"')[0]
    assert marked == entry


def test_what_belongs_to_a_menu_entry_is_there_and_so_is_the_entry(app):
    assert set(shell.BELONGS) <= set(app.view_functions)
    assert set(shell.BELONGS.values()) <= {item.url for item in shell.MENU}
