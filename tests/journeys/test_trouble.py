"""Trouble: no network, a broken answer, a damaged value, the way back – the card is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.soundness import is_sound
from tests.journeys.town import BROKEN, NEWCOMER, Town
from tests.journeys.visitor import UNSEEN, Visitor, Visitors
from tests.journeys.written import Written

if TYPE_CHECKING:
    from tests.journeys.stage import Card

pytestmark = pytest.mark.journey

ASKS = """() => window.addEventListener("beforeunload", (event) =>
  console.info("before leaving: " + (event.defaultPrevented ? "a question" : "nothing")))"""
"""Says in the console whether the page would ask before it is left."""


@pytest.fixture
def card(town: Town) -> Card:
    return town.cards[BROKEN]


@pytest.fixture
def caller(town: Town, visitors: Visitors, card: Card) -> Visitor:
    """Zhao on an opened card with a follow-up half written."""
    zhao = visitors.known(town.url, "zhao", "phone")
    page = zhao.go(card.path)
    gate = page.locator(".gate").get_by_role("button", name="跟进", exact=True)
    if gate.count():
        gate.click()
    expect(page.locator(".work").first).to_contain_text("工作卡已打开")
    page.locator("#followup-text").fill(Written.HALF)
    return zhao


def reveal(caller: Visitor, label: str) -> None:
    caller.cell(label).get_by_role("button", name="查看").click()


def the_card_is_still_there(caller: Visitor, card: Card) -> None:
    page = caller.page
    expect(page.get_by_role("heading", level=1)).to_contain_text(card.name)
    expect(page.locator("#followup-text")).to_have_value(Written.HALF)
    expect(page.locator(".person").first).to_contain_text(card.contact)


def leave(caller: Visitor) -> None:
    """What was half written would ask before it is lost; here it is given up."""
    caller.page.locator("#followup-text").evaluate("one => one.form.remove()")


def test_without_a_network_a_notice_says_so_and_later_it_works(caller: Visitor, card: Card):
    caller.context.set_offline(True)
    reveal(caller, "手机")
    expect(caller.page.get_by_role("alert")).to_contain_text("没有连上服务器")
    the_card_is_still_there(caller, card)
    caller.complaints.clear()  # htmx says in the console what happened
    caller.context.set_offline(False)
    reveal(caller, "手机")
    caller.expect_picture("手机")
    expect(caller.page.get_by_role("alert")).to_be_empty()
    the_card_is_still_there(caller, card)
    leave(caller)


def test_a_value_changed_on_the_disk_is_said_to_be_damaged(caller: Visitor, card: Card):
    reveal(caller, "学历")
    expect(caller.page.get_by_role("alert")).to_contain_text("这条资料解不开")
    caller.expect_refused(500)
    the_card_is_still_there(caller, card)
    reveal(caller, "性格爱好")
    expect(caller.cell("性格爱好")).to_contain_text("钓鱼")
    is_sound(caller.page)
    leave(caller)


def test_a_proxys_error_page_is_a_notice_too(caller: Visitor, card: Card):
    broken = "<!doctype html><title>502</title><center><h3>502 Bad Gateway</h3></center>"
    caller.page.route(
        "**/reveal", lambda route: route.fulfill(status=502, body=broken, content_type="text/html")
    )
    reveal(caller, "手机")
    notice = caller.page.get_by_role("alert")
    expect(notice.locator(".notice")).to_contain_text("没有连上服务器")
    expect(notice).not_to_contain_text("502")
    caller.expect_refused(502)
    the_card_is_still_there(caller, card)
    leave(caller)


def test_dialling_asks_nothing_and_loses_nothing_that_is_half_written(
    town: Town, visitors: Visitors, card: Card
):
    zhao = visitors.known(town.url, "zhao", "phone", telephone=False)
    page = zhao.go(card.path)
    page.locator("#followup-text").fill(Written.HALF)
    page.evaluate(ASKS)
    for button in (
        page.locator(".thumb").get_by_role("button", name="拨打"),
        page.locator("#dock [data-follow=tel]"),  # and once more, by hand
    ):
        with page.expect_console_message(lambda said: said.text.startswith("before")) as said:
            button.click()
        assert said.value.text == "before leaving: nothing"
        expect(page.locator("#followup-text")).to_have_value(Written.HALF)


def test_the_way_back_shows_nothing_that_was_opened(caller: Visitor, card: Card):
    reveal(caller, "手机")
    caller.expect_picture("手机")
    leave(caller)
    page = caller.go("/customers")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text(card.name)
    assert card.mobile not in page.evaluate(UNSEEN)


def test_a_refused_sign_in_and_a_first_password_are_sound_pages(town: Town, visitors: Visitors):
    newcomer = visitors(town.url, "phone")
    page = newcomer.go("/sign-in")
    is_sound(page)
    page.get_by_label("登录名").fill(NEWCOMER)
    page.get_by_label("密码").fill("not the password")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")
    newcomer.expect_refused(422)
    is_sound(page)
    newcomer.sign_in(NEWCOMER, lands="/me/password")
    is_sound(page)
