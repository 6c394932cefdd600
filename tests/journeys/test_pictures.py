"""Pictures in a real browser: looked at, and neither copied, nor dragged, nor printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.soundness import is_sound
from tests.journeys.town import KEPT
from tests.journeys.visitor import UNSEEN

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.stage import Card
    from tests.journeys.town import Town
    from tests.journeys.visitor import Visitor, Visitors

pytestmark = pytest.mark.journey

CLIPBOARD = """
  globalThis.copied = [];
  addEventListener("copy", (event) => {
    copied.push(event.defaultPrevented ? "refused" : String(getSelection()));
  });
  addEventListener("dragstart", (event) => copied.push(event.defaultPrevented ? "held" : "gone"));
"""
"""Hears what is left of an event after the page's own listeners; capture came before."""


@pytest.fixture
def card(town: Town) -> Card:
    return town.cards[KEPT]


@pytest.fixture(params=["desk", "phone"])
def looker(town: Town, visitors: Visitors, card: Card, request) -> Visitor:
    """zhao, with the work card open and the mobile number revealed."""
    zhao = visitors.known(town.url, "zhao", request.param)
    page = zhao.go(card.path)
    if page.locator(".gate").count():
        page.locator(".gate").get_by_role("button", name="跟进", exact=True).click()
    zhao.cell("手机").get_by_role("button", name="查看").click()
    zhao.expect_picture("手机")
    return zhao


def reported(page: Page, kind: str):
    """Waits for the report of an attempt; the server has taken it."""
    return page.expect_response(
        lambda answer: (
            answer.url.endswith("/attempts")
            and f"kind={kind}" in (answer.request.post_data or "")
            and answer.status == 204
        )
    )


def test_pictures_are_drawn_and_nothing_of_them_is_text(looker: Visitor, card: Card):
    page = looker.page
    for label in ("手机", "公司电话", "邮箱"):
        looker.expect_picture(label)
    everything = page.evaluate(UNSEEN)
    for secret in (card.mobile, "0571-8800", "a-long-host.example"):
        assert secret not in everything
    assert card.contact in everything  # one's own contact is told by its name
    is_sound(page)


def test_a_picture_is_as_large_as_its_room_and_stands_on_its_line(looker: Visitor):
    for label in ("公司电话", "手机", "邮箱"):
        box = looker.expect_picture(label).evaluate(
            "one => [one.clientWidth, one.clientHeight, one.width, one.height,"
            " one.getAttribute('width'), one.getAttribute('height')].map(Number)"
        )
        assert box[:2] == box[2:4] == box[4:], f"{label}: neither stretched nor shifted"
    size = looker.page.viewport_size
    assert size
    for right in looker.page.locator("img.value").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    ):
        assert right <= size["width"]


def test_everything_selected_and_copied_is_refused_and_logged(looker: Visitor, card: Card):
    page = looker.page
    page.evaluate(CLIPBOARD)
    page.locator("h1").click()
    page.keyboard.press("Control+a")
    assert card.mobile not in page.evaluate("String(getSelection())")
    with reported(page, "copy"):
        page.keyboard.press("Control+c")
    assert page.evaluate("copied") == []  # the page's own listener let nobody else hear of it


def test_a_companys_name_may_be_copied(looker: Visitor, card: Card):
    page = looker.page
    page.evaluate(CLIPBOARD)
    page.locator("h1").evaluate("one => getSelection().selectAllChildren(one)")
    page.keyboard.press("Control+c")
    assert [card.name in text for text in page.evaluate("copied")] == [True]


def test_what_one_types_oneself_may_be_copied(looker: Visitor):
    page = looker.page
    page.evaluate(CLIPBOARD)
    field = page.locator("#followup-text")
    field.fill("自己写的")
    field.select_text()
    page.keyboard.press("Control+c")
    assert page.evaluate("copied.length") == 1
    assert page.evaluate("copied[0]") != "refused"
    field.fill("")


def test_dragging_and_the_context_menu_are_refused_and_logged(looker: Visitor):
    page = looker.page
    picture = looker.expect_picture("手机")
    for event, kind in (("dragstart", "drag"), ("contextmenu", "menu")):
        with reported(page, kind):
            refused = picture.evaluate(
                "(one, event) => !one.dispatchEvent("
                "new MouseEvent(event, {bubbles: true, cancelable: true}))",
                event,
            )
        assert refused, event


def test_paper_shows_a_sentence_in_place_of_what_is_open(looker: Visitor):
    page = looker.page
    with reported(page, "print"):
        page.keyboard.press("Control+p")
    page.emulate_media(media="print")
    expect(page.locator(".no-paper")).to_be_visible()
    for picture in page.locator("img.value").all():
        expect(picture).to_have_css("visibility", "hidden")
    page.emulate_media(media="screen")
    expect(page.locator(".no-paper")).to_be_hidden()


GONE = {
    "removed": "one => one.remove()",
    "emptied": "one => { one.innerHTML = ''; }",
    "hidden": "one => { one.style.setProperty('display', 'none', 'important'); }",
    "faded": "one => { one.style.setProperty('opacity', '0', 'important'); }",
    "of no class": "one => { one.removeAttribute('class'); }",
}


@pytest.mark.parametrize("how", GONE)
def test_the_watermark_comes_back(looker: Visitor, how: str):
    page = looker.page
    veil = page.locator("svg.veil")
    said = veil.inner_html()
    assert "赵小外 zhao" in said
    with reported(page, "watermark"):
        veil.evaluate(GONE[how])
    expect(veil).to_have_count(1)
    expect(veil).to_have_css("display", "block")
    assert veil.inner_html() == said
    assert float(veil.evaluate("one => getComputedStyle(one).opacity")) > 0.02


def test_a_picture_whose_minute_is_over_is_shut_and_not_broken(looker: Visitor):
    cell = looker.cell("公司电话")
    cell.locator("img.value").evaluate("one => { one.srcset = ''; one.src = '/pictures/x'; }")
    expect(cell).to_contain_text("●●●●")
    expect(cell.locator("img.value")).to_have_count(0)
    looker.expect_refused(404)


def test_the_supervisor_reads_what_was_attempted(looker: Visitor, town: Town, visitors: Visitors):
    page = looker.page
    with reported(page, "menu"):
        looker.expect_picture("手机").dispatch_event("contextmenu", {"bubbles": True})
    lin = visitors.known(town.url, "lin")
    log = lin.go("/audit/entries?action=attempt").locator("main")
    expect(log).to_contain_text("试图带出")
    expect(log).to_contain_text("右键菜单")
