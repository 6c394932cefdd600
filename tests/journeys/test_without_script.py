"""Without JavaScript every form still works: sign in, list, open, reveal, dial, follow up, edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.town import PLAIN, Town
from tests.journeys.visitor import Visitor, Visitors
from tests.journeys.written import Written

if TYPE_CHECKING:
    from tests.journeys.stage import Card

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_the_day_goes_on_without_javascript(town: Town, visitors: Visitors, device: str):
    zhao = visitors(town.url, device, java_script_enabled=False).sign_in("zhao")
    card = town.cards[PLAIN]
    page = zhao.go("/customers?scene=mine")
    page.locator(f"a.name[href='{card.path}']").click()
    open_and_reveal(zhao, card)
    dial(zhao, card)
    follow_up(zhao, card)
    edit(zhao, card, f"{Written.SHORT_NAME}{device}")


def open_and_reveal(zhao: Visitor, card: Card) -> None:
    page = zhao.page
    if page.locator(".gate").count():
        page.locator(".gate").get_by_role("button", name="跟进", exact=True).click()
    expect(page.locator(".work").first).to_contain_text("工作卡已打开")
    with page.expect_response("**/reveal") as answer:
        zhao.cell("手机").get_by_role("button", name="查看").click()
    zhao.expect_picture("手机")
    assert answer.value.headers["refresh"] == f"60; url={card.path}"  # and closes by itself


def dial(zhao: Visitor, card: Card) -> None:
    page = zhao.go(card.path)
    page.locator(".person").get_by_role("button", name="拨打").click()
    link = page.get_by_role("link", name="拨打电话")
    expect(link).to_have_attribute("href", f"tel:{card.mobile}")
    page.get_by_role("button", name="未接").click()
    expect(page.locator(".line li").first).to_contain_text("未接")


def follow_up(zhao: Visitor, card: Card) -> None:
    page = zhao.go(card.path)
    page.locator("#followup-text").fill(Written.WITHOUT_SCRIPT)
    page.get_by_text("明天", exact=True).click()
    page.get_by_role("button", name="保存跟进").click()
    expect(page.locator(".line li").first).to_contain_text(Written.WITHOUT_SCRIPT)
    expect(page.locator(".line li").first).to_contain_text("下次 明天")


def edit(zhao: Visitor, card: Card, short: str) -> None:
    page = zhao.go(f"{card.path}/edit")
    page.get_by_label("简称", exact=True).fill(short)
    page.locator(".foot").get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存。")).to_be_visible()
    expect(zhao.go(f"/customers?q={card.name}").locator(".customers")).to_contain_text(short)
