"""Named: a page that names a card leaves its entry, though it opens nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
