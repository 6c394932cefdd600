"""The leaver's month: notice on the phone, calls that go on, the checklist, the closed account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from werkzeug.datastructures import MultiDict

from crm import clock, create_app
from crm.db import db
from crm.web import unit
from crm.work.leaving import beginning
from tests import cast
from tests.journeys import house, stage
from tests.journeys.soundness import is_sound
from tests.journeys.visitor import Visitor, Visitors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Templates

pytestmark = pytest.mark.journey
NAME = "杭州松禾包装有限公司"
WHY = "回老家照顾父母"


@dataclass(frozen=True, slots=True)
class Office:
    """An open house in which zhao gave notice thirty days ago."""

    url: str
    card: stage.Card


@pytest.fixture
def office(templates: Templates, tmp_path: Path) -> Iterator[Office]:
    settings = templates.settings("sqlite", tmp_path / "instance")
    app = create_app(settings)
    with app.test_request_context(), clock.turned(timedelta(days=-30)):
        zhao = cast.viewer("zhao")
        with unit.work(zhao.actor()):
            wanted = beginning.read(MultiDict({"kind": "notice", "reason": WHY}), own=True)
            beginning.give(zhao, zhao.id, wanted, None)
    card = stage.card(app, "zhao", NAME, 1)
    with app.app_context():
        db.engine.dispose()
    with house.opened(settings, tmp_path / "said") as url:
        yield Office(url, card)


def departure(somebody: Visitor) -> Page:
    """The departure's page, from the menu's list."""
    page = somebody.go("/work/leaving")
    page.get_by_role("link", name=cast.CAST["zhao"][0]).click()
    return page


def ticked(visitors: Visitors, office: Office, login: str, item: str) -> None:
    page = departure(visitors(office.url).sign_in(login))
    page.get_by_role("button", name=f"确认 {item}").click()
    expect(page.locator("#notices")).to_contain_text("已确认")


def test_the_last_day_of_a_leavers_month(office: Office, visitors: Visitors):
    zhao = visitors(office.url, "phone").sign_in("zhao")
    page = zhao.go(office.card.path)
    expect(page.locator("main")).to_contain_text("离职交接期")
    assert "139****0001" not in page.content()
    is_sound(page)
    page.get_by_role("button", name="拨打").first.click()
    expect(page.locator("[data-follow=tel]").first).to_have_attribute(
        "href", f"tel:{office.card.mobile}"
    )
    zhao.go("/work/leaving/new")
    expect(page.get_by_text(WHY)).to_be_visible()
    is_sound(page)
    page.get_by_role("button", name="确认 保密义务确认").click()
    ticked(visitors, office, "cai", "账务结清")
    ticked(visitors, office, "he", "合同和原件归还")
    signed(visitors(office.url).sign_in("lin"))
    zhao.go("/customers")
    expect(page).to_have_url(re.compile("/sign-in"))


def signed(lin: Visitor) -> None:
    """The supervisor looks back, hands over, and signs."""
    page = departure(lin)
    expect(page.get_by_role("button", name="签字")).to_be_disabled()
    page.get_by_label("交给谁").select_option("wang")
    page.get_by_role("button", name="确认 待办与跟进交代").click()
    expect(page.locator("#notices")).to_contain_text("已确认")
    page.get_by_role("link", name="回看 60 天").click()
    expect(page.locator("main")).to_contain_text("拨打 1")
    is_sound(page)
    page = departure(lin)
    is_sound(page)
    page.get_by_role("link", name="移交给同事").click()
    expect(page.get_by_label("离职移交")).to_be_checked()
    page.get_by_text(cast.CAST["wang"][0], exact=True).click()
    page.get_by_role("button", name="移交 1 家").click()
    expect(page.locator("#notices")).to_contain_text("已移交 1 家")
    page = departure(lin)
    page.get_by_role("button", name="签字").click()
    expect(page.locator("#notices")).to_contain_text("账号已关闭")
    is_sound(page)


def test_notice_is_given_and_taken_back_on_a_phone(office: Office, visitors: Visitors):
    wang = visitors(office.url, "phone").sign_in("wang")
    page = wang.go("/me")
    page.get_by_role("link", name="提出离职").click()
    is_sound(page)
    page.get_by_label("书面报告").fill(WHY)
    page.get_by_role("button", name="提出，交接期开始").click()
    expect(page.locator("#notices")).to_contain_text("交接期从现在开始")
    is_sound(page)
    page.get_by_role("button", name="撤回离职").click()
    expect(page.locator("#notices")).to_contain_text("权限恢复")
    expect(page.locator("main")).not_to_contain_text("看交接进度")
