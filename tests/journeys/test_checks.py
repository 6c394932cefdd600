"""The checks that journeys rely on notice what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.soundness import faults
from tests.journeys.wording import chinese_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.journey

SOUND = "<!doctype html><html lang='zh'><title>题</title><body><h1>题</h1>{}</body></html>"


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    shown = chromium.new_page(viewport={"width": 390, "height": 844})
    yield shown
    shown.context.close()


@pytest.mark.parametrize(
    ("flaw", "told"),
    [
        ("<h1>再题</h1>", "2 h1"),
        ("<p id=a></p><p id=a></p>", "id twice: a"),
        ("<input name=a>", "no label"),
        ("<label for=nowhere>a</label>", "for points nowhere"),
        ("<input aria-label=a aria-describedby=nowhere>", "aria-describedby points nowhere"),
        ("<img src='data:,'>", "no alt"),
        ("<svg></svg>", "svg neither named nor hidden"),
        ("<p style='color:red'>a</p>", "inline style"),
        ("<button></button>", "speaks no name: button"),
        ("<a href='/'></a>", "speaks no name: link"),
        ("<select></select>", "no label"),
        ("<pre>" + "w" * 900 + "</pre>", "scrolls sideways"),
    ],
)
def test_a_flaw_is_noticed(page: Page, flaw: str, told: str):
    page.set_content(SOUND.format(flaw))
    assert any(fault.startswith(told) for fault in faults(page, 390)), faults(page, 390)


def test_a_sound_page_is_left_in_peace(page: Page):
    page.set_content(
        SOUND.format(
            "<label for=a>a</label><input id=a><svg aria-hidden=true></svg>"
            "<svg role=img aria-label=b></svg><button aria-label=c></button>"
        )
    )
    assert faults(page, 390) == []


def test_chinese_is_found_where_it_is_read_and_where_it_is_spoken(page: Page):
    page.set_content(
        SOUND.format(
            "<p>Looked at by 林主管 today: 打开</p><input aria-label='搜索' placeholder='名称'>"
            "<p lang=zh>中文</p><script>'脚本'</script><p>浙江省杭州市</p>"
        )
    )
    data = ["林主管", "浙江省杭州市西湖区密址路七号", "又打开了搜索名称"]
    assert chinese_left(page, data) == ["名称", "打开", "搜索", "题"]
