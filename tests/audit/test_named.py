"""Named: a page that names a card leaves its entry, though it opens nothing of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from crm.customers import scenes
from crm.disclosure import words
from tests.architecture.sources import modules
from tests.audit.written import last

if TYPE_CHECKING:
    from flask import Flask

PAGES = {
    "contributing": "/contributions/new?customer={card}",
    "intake link": "/intake-links?customer={card}",
    "erase": "/customers/{card}/contacts/{contact}/erase",
    "bin": "/customers/{card}/bin",
    "shred": "/customers/bin/{card}/shred",
}


@pytest.mark.parametrize("view", PAGES)
def test_a_page_that_names_a_card_is_in_the_log(app: Flask, signed_in, planted, view: str) -> None:
    lin, card = signed_in("lin"), planted.customer_id
    if view == "shred":
        lin.post(f"/customers/{card}/bin")
    page = lin.get(PAGES[view].format(card=card, contact=planted.contact_id))
    assert page.status_code == 200
    entry = last(app, "list")
    assert (entry["detail"], entry["subject_ids"]) == ({"view": view}, [str(card)])


def test_every_place_that_an_entry_names_has_a_word():
    named = {
        word.value.value
        for module in modules()
        for call in module.nodes(ast.Call)
        for word in call.keywords
        if word.arg in {"scene", "view"} and isinstance(word.value, ast.Constant)
    }
    named |= {"compare", "merge"}  # said of two cards at once
    assert named | set(PAGES) | set(scenes.HOLDS) <= set(words.PLACES)


def test_the_log_tells_where_somebody_looked_and_that_there_was_nothing(signed_in, planted):
    lin = signed_in("lin")
    lin.get(f"/customers/{planted.customer_id}/seen-by")
    lin.get("/customers?scene=all&q=没有这一家公司")
    lin.get("/customers/stale?kind=never")
    page = lin.get("/audit/entries").text
    for told in (
        "查阅记录</small>",
        "0 家客户 <small>全部，搜索</small>",
        "<small>档案质量</small>",
    ):
        assert told in page


def test_reading_the_log_is_not_told_as_a_list_of_the_same_name(signed_in):
    lin = signed_in("lin")
    lin.get("/audit")
    lin.get("/customers?scene=all")
    page = lin.get("/audit/entries").text
    assert "阅读日志</td>" in page
    assert "<small>今日联系</small>" not in page
