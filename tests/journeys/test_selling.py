"""The main job, at a desk and with a phone: from the sheet to the calls to the supervisor's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from crm import clock, create_app
from crm.db import db
from tests import cast
from tests.journeys import house, stage
from tests.journeys.paper import Paper, paper
from tests.journeys.soundness import is_sound
from tests.journeys.town import Town
from tests.journeys.visitor import DEVICES, UNSEEN, Visitor, Visitors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Templates

pytestmark = pytest.mark.journey

SELLER = "zhangwei"
OUTCOMES = ("已接通", "未接", "空号", "改约")
SAID = "约好下周看样品，带上两份旧合同"


@dataclass(frozen=True, slots=True)
class Office:
    """An open house with a salesperson's calls for today, and the sheet to bring in."""

    url: str
    calls: list[stage.Card]
    sheet: Paper


@pytest.fixture
def office(templates: Templates, tmp_path: Path, device: str) -> Iterator[Office]:
    """At the desk the real file comes in, with the phone always the invented one."""
    settings = templates.settings("sqlite", tmp_path / "instance")
    app = create_app(settings)
    stage.hire_owners(app)
    calls = stage.calls_of_today(app, SELLER)
    with app.app_context():
        db.engine.dispose()
    with house.opened(settings, tmp_path / "said") as url:
        yield Office(url, calls, paper(tmp_path, SELLER, real=device == "desk"))


@pytest.mark.parametrize("device", DEVICES)
def test_a_day_from_the_sheet_to_the_supervisors_log(
    office: Office, visitors: Visitors, device: str
):
    seller = visitors(office.url, device).sign_in(SELLER)
    bring_in(seller, office.sheet)
    seller.page.clock.install()  # from here on, time may be made to pass
    find_by_initials(seller, office.sheet)
    open_with_a_purpose(seller, office.sheet)
    watch_the_mobile_close_by_itself(seller, office.sheet)
    card = seller.page.url
    make_the_calls(seller, office.calls, on_a_phone=device == "phone")
    seller.go(card)
    watch_the_card_close_by_itself(seller)
    write_a_follow_up(seller)
    the_supervisor_sees(visitors(office.url, device).sign_in("lin"), office)


def test_a_tap_on_navigate_hands_the_address_to_the_map(town: Town, visitors: Visitors):
    zhao = visitors.known(town.url, "zhao", "phone")
    page = zhao.go(f"/customers/{town.planted.customer_id}")
    page.locator(".thumb").get_by_role("button", name="导航").click()
    expect(page.get_by_role("link", name="打开地图")).to_be_visible()
    assert [unquote(url) for url in zhao.dialled] == [f"geo:0,0?q={cast.SECRETS['address']}"]


def bring_in(seller: Visitor, sheet: Paper) -> None:
    page = seller.go("/customers/import")
    page.get_by_label("选择表格文件").set_input_files(sheet.path)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sheet.path.name)
    expect(page.locator(".kpi", has_text="新客户")).to_contain_text(str(sheet.customers))
    is_sound(page)
    page.get_by_role("button", name=f"导入 {sheet.customers} 家").click()
    expect(page.get_by_role("heading", name="导入好了")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("status").last).to_contain_text(f"新建 {sheet.customers} 家")
    is_sound(page)


def find_by_initials(seller: Visitor, sheet: Paper) -> None:
    page = seller.go("/customers")
    page.get_by_role("searchbox", name="找客户").fill(sheet.initials)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=sheet.name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sheet.name)
    assert sheet.mobile not in page.evaluate(UNSEEN)


def open_with_a_purpose(seller: Visitor, sheet: Paper) -> None:
    page = seller.page
    page.locator(".gate").get_by_role("button", name="跟进", exact=True).click()
    expect(page.locator(".work").first).to_contain_text("用途 跟进")
    expect(page.locator(".person").first).to_contain_text(sheet.contact)
    assert sheet.mobile not in page.evaluate(UNSEEN)
    is_sound(page)


def watch_the_mobile_close_by_itself(seller: Visitor, sheet: Paper) -> None:
    page, mobile = seller.page, seller.cell("手机")
    mobile.get_by_role("button", name="查看").click()
    picture = seller.expect_picture("手机")
    is_sound(page)
    assert sheet.mobile not in page.evaluate(UNSEEN)
    page.clock.fast_forward(50_000)
    expect(picture).to_be_visible()
    page.clock.fast_forward(11_000)
    expect(picture).to_have_count(0)
    expect(mobile.get_by_role("button", name="查看")).to_be_visible()
    assert sheet.mobile not in page.evaluate(UNSEEN)


def make_the_calls(seller: Visitor, calls: list[stage.Card], *, on_a_phone: bool) -> None:
    page = seller.go("/today")
    is_sound(page)
    for number, card in enumerate(calls):
        expect(page.locator(".head")).to_contain_text(f"第 {number + 1} / {len(calls)} 家")
        call(page, card, OUTCOMES[number % len(OUTCOMES)])
    expect(page.get_by_text("今天的客户都联系过了")).to_be_visible()
    assert seller.dialogs == []
    assert seller.dialled == ([f"tel:{card.mobile}" for card in calls] if on_a_phone else [])


def call(page: Page, card: stage.Card, outcome: str) -> None:
    expect(page.locator(".current h2")).to_contain_text(card.name)
    page.get_by_role("button", name="拨打").click()
    expect(page.locator("[data-follow=tel]")).to_have_attribute("href", f"tel:{card.mobile}")
    if outcome == "改约":
        page.get_by_text("明天", exact=True).click()
    page.get_by_role("button", name=outcome).click()


def watch_the_card_close_by_itself(seller: Visitor) -> None:
    page = seller.page
    box = page.get_by_label("写跟进", exact=True).first
    seller.expect_picture("公司电话")
    box.fill(SAID)
    page.clock.fast_forward(15 * 60_000)
    expect(page.get_by_text("工作卡已合上")).to_be_visible()
    expect(page.locator("img.value")).to_have_count(0)
    expect(box).to_have_value(SAID)


def write_a_follow_up(seller: Visitor) -> None:
    page, day = seller.page, clock.next_day(clock.next_day(clock.today()))
    page.get_by_label("下次联系的日期").fill(day.isoformat())
    page.get_by_role("button", name="保存跟进").click()
    newest = page.locator(".line li").first
    expect(newest).to_contain_text(SAID)
    expect(newest).to_contain_text(f"下次 {day:%m-%d}")


def the_supervisor_sees(supervisor: Visitor, office: Office) -> None:
    page = supervisor.go("/audit/entries?action=dial")
    rows = page.locator(".log tbody tr")
    expect(rows).to_have_count(len(office.calls))
    for card in office.calls:
        expect(rows.filter(has_text=card.name)).to_have_count(1)
        assert card.mobile not in page.evaluate(UNSEEN)
    page.get_by_label("动作").select_option("reveal")
    expect(rows).to_have_count(1)
    for told in (stage.OWNERS[SELLER], office.sheet.name, "手机", "跟进"):
        expect(rows).to_contain_text(told)
    assert office.sheet.mobile not in page.evaluate(UNSEEN)
    for action in ("open", "follow_up", "import"):
        supervisor.go(f"/audit/entries?action={action}")
        expect(rows.first).to_contain_text(stage.OWNERS[SELLER])
    is_sound(page)
