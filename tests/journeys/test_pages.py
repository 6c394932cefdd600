"""Every page that a role can reach: sound at a desk and on a phone, in Chinese and in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from crm.access import law
from crm.access.permissions import Permission
from tests.journeys.soundness import faults
from tests.journeys.town import Town, lookers
from tests.journeys.visitor import DEVICES, Visitor, Visitors

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.journey

LOOKERS = lookers()
READERS = ("zhao", "lin", "xi")
"""Between them they reach every page: English is read over their shoulders."""


@pytest.mark.parametrize("login", LOOKERS)
def test_every_page_of_a_role_is_sound_on_a_phone_and_at_a_desk(
    town: Town, visitors: Visitors, login: str
):
    looker = visitors.known(town.url, login, "phone")
    mine, others = pages_of(town, login)
    assert wrong(looker, mine, "zh-CN", DEVICES) == {}
    refused = others[:1]  # one refusal looks like the next
    assert wrong(looker, refused, "zh-CN", DEVICES) == {}
    looker.expect_refused(*[403 for _path in refused])


@pytest.mark.parametrize("login", READERS)
def test_every_page_of_a_role_turns_english_and_back(town: Town, visitors: Visitors, login: str):
    reader = visitors.known(town.url, login, "phone")
    switch_language(reader, "English")
    english = wrong(reader, pages_of(town, login)[0], "en", ["phone"])
    switch_language(reader, "中文")
    assert english == {}
    assert wrong(reader, ["/"], "zh-CN", ["phone"]) == {}


def test_between_them_the_readers_of_english_reach_every_page():
    rights = [law.right(LOOKERS[login], one) for one in Permission for login in READERS]
    assert {one.permission for one in rights if one} >= {
        one for one in Permission if one.needs_person
    }


def pages_of(town: Town, login: str) -> tuple[list[str], list[str]]:
    """The addresses that this person may visit, and those that are refused."""
    mine, others = [], []
    for route, permission in town.routes.items():
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
    looker: Visitor, paths: list[str], language: str, devices: Iterable[str]
) -> dict[str, list[str]]:
    """Address → what is wrong there."""
    told = {path: _wrong(looker, path, language, devices) for path in paths}
    return {path: faults for path, faults in told.items() if faults}


def _wrong(looker: Visitor, path: str, language: str, devices: Iterable[str]) -> list[str]:
    page, told = looker.go(path), []
    for device in devices:
        size = DEVICES[device]["viewport"]
        page.set_viewport_size(size)
        told += faults(page, size["width"])
    if page.locator("html").get_attribute("lang") != language:
        told.append("speaks another language")
    if not page.locator("form[action='/me/language']").count():
        told.append("the language cannot be switched here")
    told += looker.complaints
    looker.complaints.clear()
    return told
