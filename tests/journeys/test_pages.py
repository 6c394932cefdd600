"""Every page that a role can reach: sound at a desk and on a phone, in Chinese and in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import BY_GRANT
from tests.journeys.soundness import faults
from tests.journeys.town import Town, data, lookers
from tests.journeys.visitor import DEVICES, Visitor, Visitors
from tests.journeys.wording import chinese_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from playwright.sync_api import Page

pytestmark = pytest.mark.journey

LOOKERS = lookers()
READERS = ("zhao", "lin", "xi", "zong", "an", "ke")
"""Between them they reach every page: English and the desk are looked at over their shoulders."""


@pytest.mark.parametrize("login", LOOKERS)
def test_every_page_of_a_role_is_sound(town: Town, visitors: Visitors, login: str):
    looker = visitors.known(town.url, login, "phone")
    mine, others = pages_of(town, login)
    devices = DEVICES if login in READERS else ["phone"]
    assert wrong(looker, mine, devices) == {}
    refused = others[:1]  # one refusal looks like the next
    assert wrong(looker, refused, devices) == {}
    looker.expect_refused(*[403 for _path in refused])


@pytest.mark.parametrize("login", READERS)
def test_every_page_of_a_role_turns_english_and_back(town: Town, visitors: Visitors, login: str):
    reader, pages = visitors.known(town.url, login, "phone"), pages_of(town, login)[0]
    switch_language(reader, "English")
    english = wrong(reader, pages, ["phone"], data(town))
    switch_language(reader, "中文")
    assert english == {}
    assert wrong(reader, ["/"], ["phone"]) == {}


def test_between_them_the_readers_reach_every_page():
    rights = [law.right(LOOKERS[login], one) for one in Permission for login in READERS]
    assert {one.permission for one in rights if one} >= {
        one for one in Permission if one.needs_person and one not in BY_GRANT
    }


def pages_of(town: Town, login: str) -> tuple[list[str], list[str]]:
    """The addresses that this person may visit, and those that are refused."""
    mine, others = [], []
    for route, permission in town.routes.items():
        if route.startswith("/pictures/"):
            continue  # no page: test_pictures.py looks at it
        allowed = permission is Permission.ANYONE or law.right(LOOKERS[login], permission)
        (mine if allowed else others).append(town.path(route, login))
    return mine, others


def switch_language(looker: Visitor, language: str) -> None:
    page = looker.go("/me")
    page.locator("summary.face-of").click()
    page.get_by_role("button", name=language).click()
    expect(page.locator("html")).to_have_attribute(
        "lang", "en" if language == "English" else "zh-CN"
    )


def wrong(
    looker: Visitor, paths: list[str], devices: Iterable[str], english_but: Sequence[str] = ()
) -> dict[str, list[str]]:
    """Address → what is wrong there, in Chinese or in English but for some data."""
    found = {}
    for path in paths:
        page = looker.go(path)
        told = at_every_size(page, devices) + of_language(page, english_but) + looker.complaints
        looker.complaints.clear()
        if told:
            found[path] = told
    return found


def at_every_size(page: Page, devices: Iterable[str]) -> list[str]:
    told = []
    for device in devices:
        size = DEVICES[device]["viewport"]
        page.set_viewport_size(size)
        told += faults(page, size["width"])
    return told


def of_language(page: Page, english_but: Sequence[str]) -> list[str]:
    told = chinese_left(page, english_but) if english_but else []
    if page.locator("html").get_attribute("lang") != ("en" if english_but else "zh-CN"):
        told.append("says that it is in another language")
    if not page.locator("form[action='/me/language']").count():
        told.append("the language cannot be switched here")
    return told
