"""By keyboard alone: every act is reached, the focus is always seen, Enter does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.town import KEYS, Town
from tests.journeys.visitor import Visitor, Visitors
from tests.journeys.written import Written

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.stage import Card

pytestmark = pytest.mark.journey

FARTHEST = 60
"""Tabs that the longest way on a card may take."""
FOCUS = r"""() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const drawn = (el) => {
    const style = getComputedStyle(el);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  };
  const edge = (selector) => {
    const panel = one.closest(".panel") && document.querySelector(selector);
    return panel && getComputedStyle(panel).borderTopColor;
  };
  const framed = edge(".panel:focus-within") !== edge(".panel:not(:focus-within)");
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {
    name: (one.getAttribute("aria-label") || one.textContent || one.placeholder || one.tagName)
      .replace(/\s+/g, " "),
    seen: inside && (framed || [one, one.parentElement].some(drawn)),
  };
}"""


@pytest.fixture
def typist(town: Town, visitors: Visitors) -> Visitor:
    """zhao, who uses no mouse."""
    return visitors.known(town.url, "zhao")


@pytest.fixture
def card(town: Town) -> Card:
    return town.cards[KEYS]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called `name`; every stop on the way is seen."""
    unseen = []
    for _press in range(FARTHEST):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if not stop["seen"]:
            unseen.append(stop["name"])
        if name in stop["name"]:
            assert unseen == []
            return
    pytest.fail(f"{FARTHEST} tabs do not reach {name}")


def test_a_slash_goes_to_the_search_and_enter_searches(typist: Visitor, card: Card):
    page = typist.go(card.path)
    page.keyboard.press("/")
    page.keyboard.type("jpsl")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=card.name)).to_be_visible()
    page.get_by_role("combobox", name="行业").focus()
    page.keyboard.type("a/b")
    expect(page.get_by_role("combobox", name="行业")).to_have_value("a/b")


def test_the_first_tab_offers_to_skip_the_menu(typist: Visitor, card: Card):
    page = typist.go(card.path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_tab_reaches_the_call_in_the_list_and_enter_dials(typist: Visitor, card: Card):
    page = typist.go("/customers?q=" + card.name)
    tab_to(page, "拨打")
    page.keyboard.press("Enter")
    link = page.locator("#dock [data-follow=tel]")
    expect(link).to_have_attribute("href", f"tel:{card.mobile}")
    assert typist.dialled == []  # at a desk nobody's telephone rings by itself


def test_tab_reaches_a_value_and_a_purpose_and_enter_reveals_it(typist: Visitor, card: Card):
    page = typist.go(card.path)
    tab_to(page, "查看 手机")
    page.keyboard.press("Enter")
    expect(typist.cell("手机").get_by_role("button", name="跟进")).to_be_focused()
    page.keyboard.press("Enter")
    typist.expect_picture("手机")


def test_escape_folds_the_question_in_and_gives_the_focus_back(typist: Visitor, card: Card):
    page = typist.go(card.path)
    tab_to(page, "查看 手机")
    page.keyboard.press("Enter")
    expect(typist.cell("手机").get_by_role("button", name="跟进")).to_be_focused()
    page.keyboard.press("Escape")
    expect(typist.cell("手机").get_by_role("button", name="跟进")).to_be_hidden()
    expect(typist.cell("手机").locator("summary").first).to_be_focused()


def test_a_follow_up_is_written_without_a_mouse(typist: Visitor, card: Card):
    page = typist.go(card.path)
    tab_to(page, "说了什么")
    page.keyboard.type(Written.BY_KEYS)
    tab_to(page, "保存跟进")
    page.keyboard.press("Enter")
    expect(page.locator(".line")).to_contain_text(Written.BY_KEYS)
