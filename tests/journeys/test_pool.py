"""The pool and purchases in a browser: a card is warned of, falls, is claimed; buying suggests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from crm import clock, create_app
from crm.customers.cards import Customer
from crm.customers.pool import falling
from crm.db import db
from crm.web import unit
from tests.customers.house import pool_on
from tests.journeys import house, stage
from tests.journeys.soundness import is_sound
from tests.journeys.visitor import DEVICES, Visitor, Visitors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.conftest import Templates

pytestmark = pytest.mark.journey

NAME = "久未联系示例有限公司"


class Shop:
    """An open house, a card of zhao's that falls in two days, and the clock to bring that about."""

    def __init__(self, url: str, app: Flask, card: stage.Card) -> None:
        self.url, self.app, self.card = url, app, card

    def idle(self, days: int) -> None:
        """The card was last spoken of so many days ago."""
        with self.app.test_request_context(), unit.work():
            ago = clock.now() - timedelta(days=days)
            wanted = update(Customer).where(Customer.id == self.card.id)
            db.session.execute(wanted.values(last_at=ago, owned_since=None))

    def night(self) -> None:
        """The nightly function."""
        with self.app.app_context():
            falling.nightly()
            db.engine.dispose()


@pytest.fixture
def shop(templates: Templates, tmp_path: Path) -> Iterator[Shop]:
    settings = templates.settings("sqlite", tmp_path / "instance")
    app = create_app(settings)
    card = stage.card(app, "zhao", NAME, 77, level="A", industry="茶叶")
    with clock.turned(timedelta(days=-10)):
        pool_on(app)
    with house.opened(settings, tmp_path / "said") as url:
        shop = Shop(url, app, card)
        shop.idle(28)
        yield shop


@pytest.mark.parametrize("device", DEVICES)
def test_a_card_is_warned_of_falls_and_a_colleague_claims_it(
    shop: Shop, visitors: Visitors, device: str
):
    zhao = visitors(shop.url, device).sign_in("zhao")
    expect(zhao.page.get_by_text("2 天后").first).to_be_visible()
    page = zhao.go("/customers?scene=mine")
    expect(page.get_by_text("2 天后回公海")).to_be_visible()
    shop.idle(31)
    shop.night()
    page = zhao.go("/notices")
    expect(page.get_by_text(f"{NAME} 太久没有跟进，已回公海。")).to_be_visible()
    is_sound(page)
    zhao.go(shop.card.path)
    zhao.expect_refused(404)
    sun = visitors(shop.url, device).sign_in("sun")
    page = sun.go("/customers?scene=pool")
    expect(page.get_by_text(NAME)).to_be_visible()
    is_sound(page)
    page.get_by_role("button", name=f"认领 {NAME}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    expect(page.get_by_text("归您负责了")).to_be_visible()


@pytest.mark.parametrize("device", DEVICES)
def test_a_purchase_is_recorded_and_what_it_suggests_is_seen(
    shop: Shop, visitors: Visitors, device: str
):
    stage.bought(shop.app, "zhao", shop.card.id, [60, 105, 150])
    zhao: Visitor = visitors(shop.url, device).sign_in("zhao")
    page = zhao.go(f"{shop.card.path}/purchases")
    page.get_by_role("button", name="拜访").click()
    expect(page.get_by_text("平均 45 天买一次，已 60 天没买，建议本周联系。")).to_be_visible()
    is_sound(page)
    page.get_by_label("品类", exact=True).fill("茶叶")
    page.get_by_label("数量").fill("2")
    page.get_by_label("金额").fill("１２０００")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已记下这笔购买")).to_be_visible()
    expect(page.get_by_text("¥12,000.00").first).to_be_visible()
    expect(
        page.get_by_text("建议 B（按采购规则）").or_(page.get_by_text("建议 C（按采购规则）"))
    ).to_be_visible()
