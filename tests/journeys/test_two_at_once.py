"""Two at once: two people edit one card, and one person sits at two devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.soundness import is_sound
from tests.journeys.town import TOGETHER, Town
from tests.journeys.visitor import Visitor, Visitors
from tests.journeys.written import Written

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.stage import Card

pytestmark = pytest.mark.journey


def test_the_second_to_save_sees_both_versions_and_nothing_is_lost(town: Town, visitors: Visitors):
    card = town.cards[TOGETHER]
    zhao = visitors.known(town.url, "zhao")
    wang = visitors(town.url, "phone").sign_in("wang")
    for person, text in ((zhao, Written.FIRST), (wang, Written.SECOND)):
        person.go(f"{card.path}/edit").get_by_label("业务状况", exact=True).fill(text)
    save(zhao.page)
    expect(zhao.page.get_by_text("已保存。")).to_be_visible()
    save(wang.page)
    wang.expect_refused(409)
    sees_both(wang.page)
    save(wang.page)
    expect(wang.page.get_by_text("已保存。")).to_be_visible()
    both_are_kept(wang, card)


def save(page: Page) -> None:
    page.locator(".foot").get_by_role("button", name="保存").click()


def sees_both(page: Page) -> None:
    conflict = page.locator(".conflict tbody tr", has_text="业务状况")
    for told in (Written.FIRST, Written.SECOND, "赵小外"):
        expect(conflict).to_contain_text(told)
    expect(page.get_by_label("业务状况", exact=True)).to_have_value(Written.SECOND)
    is_sound(page)


def both_are_kept(person: Visitor, card: Card) -> None:
    """The newer text stands on the card, the other in its history."""
    page = person.go(card.path)
    page.locator(".gate").get_by_role("button", name="跟进", exact=True).click()
    expect(person.cell("业务状况")).to_contain_text(Written.SECOND)
    rows = person.go(f"{card.path}/history").locator(".log tbody tr", has_text="业务状况")
    expect(rows.first).to_contain_text(Written.FIRST)
    expect(rows.first).to_contain_text(Written.SECOND)


def test_what_only_the_first_has_changed_survives_the_second_saving(town: Town, visitors: Visitors):
    card = town.cards[TOGETHER]
    zhao, wang = (visitors.known(town.url, login) for login in ("zhao", "wang"))
    for person, label, text in (
        (zhao, "简称", Written.TOGETHER),
        (wang, "业务状况", Written.TOGETHER),
    ):
        person.go(f"{card.path}/edit").get_by_label(label, exact=True).fill(text)
    save(zhao.page)
    expect(zhao.page.get_by_text("已保存。")).to_be_visible()
    save(wang.page)
    expect(wang.page.locator(".conflict")).to_contain_text("赵小外改了：简称")
    is_sound(wang.page)
    save(wang.page)
    expect(wang.page.get_by_text("已保存。")).to_be_visible()
    wang.expect_refused(409)
    listed = wang.go(f"/customers?q={card.name}").locator(".customers")
    expect(listed).to_contain_text(Written.TOGETHER)


def test_a_session_ended_at_one_device_is_over_at_the_others_next_tap(
    town: Town, visitors: Visitors
):
    phone = visitors(town.url, "phone").sign_in("sun")
    phone.go(town.cards["sun"].path)
    tablet = visitors(town.url).sign_in("sun")
    tablet.go("/customers")
    desk = visitors(town.url).sign_in("sun")
    end_the_other_sessions(desk.go("/me"))
    tablet.page.get_by_role("link", name="我协作的").click()
    phone.page.locator("summary", has_text="查看 手机").click()
    phone.cell("手机").get_by_role("button", name="跟进").click()
    for ended in (phone, tablet):
        expect(ended.page.get_by_role("heading", name="登录", level=1)).to_be_visible()
    expect(desk.go("/me").get_by_role("heading", level=1)).to_have_text("我能看什么、为什么")


def end_the_other_sessions(page: Page) -> None:
    button = page.get_by_role("button", name="下线")
    for left in range(button.count(), 0, -1):
        expect(button).to_have_count(left)
        button.first.click()
    expect(button).to_have_count(0)
