"""Contributing, at a desk and with a phone: staff write, the owner decides, a customer fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.soundness import is_sound
from tests.journeys.town import GIVEN, Town
from tests.journeys.visitor import DEVICES, UNSEEN, Visitors

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.journeys.stage import Card
    from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey

NUMBERS = {"desk": "0769-22331111", "phone": "0769-22332222"}
HEARD = {"desk": "听说换了采购负责人", "phone": "听说下月开新店"}
CLIENT = {"desk": ("卓自填", "13700001111"), "phone": ("尤自填", "13700002222")}


@pytest.mark.parametrize("device", DEVICES)
def test_staff_contribute_the_owner_decides_and_the_writer_sees_the_outcome(
    town: Town, visitors: Visitors, device: str
):
    card = town.cards[GIVEN]
    writer = visitors.known(town.url, "yuan", device)
    contribute(writer.go("/"), card, device)
    owner = visitors.known(town.url, "zhao", device)
    decide(owner.go("/"), card, device)
    page = writer.go("/contributions")
    mine = page.locator(".contributed > li").first
    expect(mine).to_contain_text(card.name)
    expect(row(mine, "公司电话")).to_contain_text("已采纳")
    expect(row(mine, "其他情况")).to_contain_text("未采纳 暂时无法核实")
    for secret in (NUMBERS[device], HEARD[device], card.mobile, card.contact):
        assert secret not in page.evaluate(UNSEEN)
    is_sound(page)
    on_the_card(owner, card, device)


def contribute(page: Page, card: Card, device: str) -> None:
    page.locator("main").get_by_role("link", name="补充信息").click()
    page.locator(".head").get_by_role("link", name="补充信息").click()
    page.get_by_label("客户名称").fill(card.name)
    page.get_by_text("市场调查", exact=True).click()
    page.get_by_label("公司电话").fill(NUMBERS[device])
    page.get_by_label("其他情况").fill(HEARD[device])
    is_sound(page)
    page.get_by_role("button", name="交给负责人").click()
    expect(page.get_by_role("status")).to_contain_text("已收到，谢谢")


def decide(page: Page, card: Card, device: str) -> None:
    page.locator("main").get_by_role("link", name="条补充信息等您处理").click()
    is_sound(page)
    page.get_by_role("link", name=card.name).last.click()
    expect(page.get_by_text(NUMBERS[device])).to_be_visible()
    phone, heard = (page.get_by_role("group", name=name) for name in ("公司电话", "其他情况"))
    expect(phone.locator(".verdict")).to_have_text("不同")
    phone.get_by_text("采纳", exact=True).click()
    heard.get_by_text("不采纳", exact=True).click()
    heard.get_by_label("不采纳的原因").select_option("unproved")
    is_sound(page)
    page.get_by_role("button", name="保存决定").click()
    expect(page.get_by_role("status")).to_contain_text("采纳 1 项，不采纳 1 项")


def on_the_card(owner: Visitor, card: Card, device: str) -> None:
    page = owner.go(card.path)
    gate = page.locator(".gate").get_by_role("button", name="跟进", exact=True)
    if gate.count():  # the other device may have opened it a moment ago
        gate.click()
    owner.expect_picture("公司电话")
    assert HEARD[device] not in page.evaluate(UNSEEN)


def row(within: Locator, label: str) -> Locator:
    return within.locator(".fates li", has_text=label)


@pytest.mark.parametrize("device", DEVICES)
def test_a_customer_fills_in_the_form_on_a_phone_and_the_owner_accepts(
    town: Town, visitors: Visitors, device: str
):
    card, (name, mobile) = town.cards[GIVEN], CLIENT[device]
    owner = visitors.known(town.url, "zhao", device)
    page = owner.go(card.path)
    page.get_by_role("link", name="请客户自填").click()
    page.get_by_role("button", name="生成链接").click()
    address = page.get_by_label("复制后").input_value()
    assert address.startswith(f"{town.url}/intake/")  # where the program is really served
    path = address.removeprefix(town.url)
    is_sound(page)
    customer = visitors(town.url, "phone")
    fill_in(customer.go(path), card, name, mobile)
    correct(customer.page, name, mobile)
    customer.go(path)
    customer.expect_refused(422, 404, 404)
    page = owner.go("/contributions/waiting")
    page.get_by_role("link", name=card.name).last.click()
    expect(page.get_by_text(mobile)).to_be_visible()
    page.get_by_role("button", name="全部采纳").click()
    page = owner.go(card.path)
    agreed = page.locator(".person", has_text=name)
    expect(agreed).to_contain_text("同意：手机 · 客户自填时勾选")
    is_sound(page)


def fill_in(page: Page, card: Card, name: str, mobile: str) -> None:
    assert card.name not in page.evaluate(UNSEEN)
    page.get_by_label("公司名称").fill("我们自己的叫法")
    page.get_by_label("联系人", exact=True).first.fill(name)
    page.get_by_label("手机", exact=True).first.fill(mobile)
    is_sound(page)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("填了这一项，请勾选同意")).to_be_visible()
    is_sound(page)
    page.get_by_label("我同意贵公司保存我的手机号").check()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已收到，谢谢您")
    is_sound(page)


def correct(page: Page, name: str, mobile: str) -> None:
    """A wrong code first; then the form again, empty, and the right number at last."""
    code = page.locator("#code").inner_text()
    page.get_by_role("link", name="更正或撤回").click()
    is_sound(page)
    page.get_by_label("更正码").fill("AAAA-AAAA-AAAA-AAAA")
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("alert")).to_contain_text("没有用这个更正码提交的内容")
    is_sound(page)
    page.get_by_label("更正码").fill(code.lower())
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_label("联系人", exact=True).first).to_have_value("")
    is_sound(page)
    page.get_by_label("公司名称").fill("我们自己的叫法")
    page.get_by_label("联系人", exact=True).first.fill(name)
    page.get_by_label("手机", exact=True).first.fill(mobile)
    page.get_by_label("我同意贵公司保存我的手机号").check()
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#code")).to_have_text(code)
