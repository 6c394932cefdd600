"""Papers: a blank form for everybody, and a printed card that the door refuses to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import g, render_template

from crm.crypto import keyring
from crm.customers import cards, contacts, items
from crm.customers.views.papers import sheet
from crm.disclosure.opened import Opened
from crm.web import unit
from tests import cast
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.usefixtures("planted")
def test_everybody_prints_a_blank_form_that_has_nothing_in_it(signed_in: SignedIn) -> None:
    for login in cast.CAST:
        page = signed_in(login).get("/customers/blank-form")
        assert page.status_code == 200, login
        for text in ("主要股东及占股比例", "购买决策人和影响决策人", "家庭状况", "业务状况"):
            assert text in page.text
        assert cast.NAME not in page.text


def test_printing_a_card_is_refused_in_words_and_logged(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    for login, status in (("zhao", 403), ("zong", 403), ("lin", 403), ("sun", 404), ("xi", 403)):
        answer = signed_in(login).post(f"/customers/{planted.customer_id}/print")
        assert answer.status_code == status, login
        assert cast.SECRETS["phone"] not in answer.text
    assert "打印" in signed_in("zhao").post(f"/customers/{planted.customer_id}/print").text
    refused = said(app, "print")
    assert {entry["result"] for entry in refused} == {"refused"}
    assert {entry["actor"] for entry in refused} == {"zhao", "zong", "lin"}


def printed(app: Flask, planted: Planted) -> str:
    """The printed card with test data, as a grant will let it out."""
    with app.test_request_context():
        g.viewer = who = cast.viewer("zong")
        with unit.work(who.actor()):
            customer = cards.get(planted.customer_id, who).customer
            people = list(contacts.of(planted.customer_id))
            asked = items.company_items(customer) + items.contact_items(people[0])
            key = keyring.current().record_key(customer.id)
            opened = {
                one.name: Opened(key.unseal(one.where(), one.sealed)) for one in asked if one.sealed
            }
            return render_template(
                "customers/print.html",
                **sheet(customer, people, opened, who.name),
                serial="DY-2026-0001",
                code="CODE",
            )


def test_the_printed_card_says_what_it_is_and_everything_that_was_opened(
    app: Flask, planted: Planted
) -> None:
    page = printed(app, planted)
    assert "商业秘密·仅限授权人员" in page
    assert "宗明 打印于" in page
    for text in (*cast.SECRETS.values(), *cast.CONTACT_SECRETS.values(), cast.SHAREHOLDER):
        assert text in page
