"""The supervisor finds a duplicate, compares, merges and undoes it – at a desk and with a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from crm import create_app
from crm.db import db
from tests import cast
from tests.journeys import house, stage
from tests.journeys.soundness import is_sound
from tests.journeys.visitor import DEVICES, Visitor, Visitors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Templates

pytestmark = pytest.mark.journey
LEFT, RIGHT = "杭州松禾包装有限公司", "松禾包装"


@dataclass(frozen=True, slots=True)
class Office:
    """An open house in which two cards are one customer."""

    url: str
    cards: list[stage.Card]


@pytest.fixture
def office(templates: Templates, tmp_path: Path) -> Iterator[Office]:
    settings = templates.settings("sqlite", tmp_path / "instance")
    app = create_app(settings)
    cards = [stage.card(app, "zhao", LEFT, 1), stage.card(app, "sun", RIGHT, 2)]
    with app.app_context():
        db.engine.dispose()
    with house.opened(settings, tmp_path / "said") as url:
        yield Office(url, cards)


@pytest.mark.parametrize("device", DEVICES)
def test_a_duplicate_is_found_merged_and_undone(office: Office, visitors: Visitors, device: str):
    lin = visitors(office.url, device).sign_in("lin")
    page = lin.go("/customers/duplicates")
    is_sound(page)
    page.get_by_role("button", name="立即查重").click()
    expect(page.locator("#scan")).to_contain_text("上次查重", timeout=60_000)
    page = lin.go("/customers/duplicates")
    expect(page.locator(".pairs")).to_contain_text("一边没写地区")
    is_sound(page)
    page.get_by_role("link", name="比较并合并").click()
    compare(page)
    page.get_by_role("button", name="合并成一张卡").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("合并记录")
    is_sound(page)
    undo(lin, page)


def compare(page: Page) -> None:
    """What is sealed stays so; what is open can be chosen."""
    expect(page.locator(".compare").first).to_contain_text("不同")
    for number in ("1390000", "0571-8800"):
        assert number not in page.content()
    page.get_by_label("客户名称 右").check()
    is_sound(page)


def undo(lin: Visitor, page: Page) -> None:
    page.get_by_role("button", name="撤销合并").click()
    expect(page.locator("#notices")).to_contain_text("两张卡都恢复了")
    page = lin.go("/customers?scene=all")
    for name in (LEFT, RIGHT):
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    assert cast.NAME not in page.content()
