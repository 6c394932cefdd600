"""Correcting: what a customer sent is changed or withdrawn by them while nobody has decided."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from crm.crypto.keyring import DataKey
from crm.customers.contributing import correcting, links
from crm.customers.contributing.consents import Consent
from crm.customers.contributing.records import ContributedFact, Contribution
from crm.db import db
from crm.web import limits
from tests import cast, pictured
from tests.customers.contributing.people import FILLED, decisions, made, only, path
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]

ONE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
CODE = re.compile(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}")
CORRECT = "/intake/correct"


def sent(app: Flask, zhao: FlaskClient, **link: str) -> tuple[FlaskClient, str]:
    """A customer who has just sent the form, and their code."""
    customer = app.test_client()
    page = customer.post(made(zhao, **link), data=FILLED).text
    found = CODE.search(page)
    assert found, page
    return customer, found[0]


def test_with_the_code_a_customer_corrects_what_nobody_decided_on(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao = signed_in("zhao")
    customer, code = sent(app, zhao, customer=str(planted.customer_id))
    stale = decisions(app) | {"all": "accept"}
    typed = code.replace("-", " ").lower()
    page = customer.post(CORRECT, data={"code": typed})
    assert page.status_code == 200
    for text in (*(FILLED[name] for name in FILLED if FILLED[name] != "1"), cast.NAME):
        assert text not in page.text
    wrong = FILLED | {"code": typed, "do": "send", "contact.1.mobile": "12"}
    assert customer.post(CORRECT, data=wrong).status_code == 422
    again = FILLED | {"code": typed, "do": "send", "phone": "0571-86660010"}
    del again["contact.1.mobile"], again["agree.contact.mobile"]
    assert "谢谢" in customer.post(CORRECT, data=again).text
    assert set(only(app)[1]) == {"phone", "contact.name"}
    assert zhao.post(path(app), data=stale).status_code == 409
    zhao.post(path(app), data=decisions(app) | {"all": "accept"})
    zhao.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})
    card = pictured.read(app, zhao.get(f"/customers/{planted.customer_id}").text)
    assert "0571-86660010" in card
    assert "0571-86660009" not in card
    assert "同意：手机" not in card
    assert [entry["result"] for entry in said(app, "intake_corrected")] == ["ok"]


def test_with_the_code_a_customer_takes_it_back_and_nothing_is_kept(
    app: Flask, signed_in: SignedIn
) -> None:
    customer, code = sent(app, signed_in("zhao"))
    with app.app_context():
        keys = db.session.scalar(select(func.count()).select_from(DataKey)) or 0
    page = customer.post(CORRECT, data={"code": code, "do": "withdraw"})
    assert "已撤回并删除" in page.text
    with app.app_context():
        for table, left in ((Contribution, 0), (ContributedFact, 0), (Consent, 0)):
            assert db.session.scalar(select(func.count()).select_from(table)) == left
        assert db.session.scalar(select(func.count()).select_from(DataKey)) == keys - 1
    assert customer.post(CORRECT, data={"code": code}).status_code == 404
    assert len(said(app, "intake_withdrawn")) == 1


def test_what_is_decided_is_no_longer_changed_by_its_code(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao = signed_in("zhao")
    customer, code = sent(app, zhao, customer=str(planted.customer_id))
    zhao.post(path(app), data=decisions(app, phone="accept"))
    for do in ("", "send", "withdraw"):
        answer = customer.post(CORRECT, data=FILLED | {"code": code, "do": do})
        assert answer.status_code == 409
        assert "告诉发给您链接的人" in answer.text
    assert set(only(app)[1]) == {"phone", "contact.name", "contact.mobile"}


@ONE
def test_what_was_withdrawn_leaves_the_disk(app: Flask, signed_in: SignedIn) -> None:
    customer, code = sent(app, signed_in("zhao"))
    boxes = [fact.value.box for fact in only(app)[1].values() if fact.value]
    folder = app.extensions["kedang.settings"].instance
    kept = b"".join(path.read_bytes() for path in folder.glob("kedang.db*"))
    assert all(box in kept for box in boxes)
    customer.post(CORRECT, data={"code": code, "do": "withdraw"})
    kept = b"".join(path.read_bytes() for path in folder.glob("kedang.db*"))
    assert not any(box in kept for box in boxes)


def test_after_some_corrections_one_asks_whoever_sent_the_link(
    app: Flask, signed_in: SignedIn
) -> None:
    customer, code = sent(app, signed_in("zhao"))
    again = FILLED | {"code": code, "do": "send"}
    codes = [customer.post(CORRECT, data=again).status_code for _ in range(correcting.MOST + 1)]
    assert codes == [200] * correcting.MOST + [409]
    assert "已撤回" in customer.post(CORRECT, data={"code": code, "do": "withdraw"}).text


def test_who_opens_no_card_learns_nothing_by_filling_in_their_own_link(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    lin, zhao = signed_in("lin"), signed_in("zhao")
    right = {f"contact.1.{at}": cast.CONTACT_SECRETS[at] for at in ("name", "mobile")}
    address = made(lin, customer=str(planted.customer_id))
    app.test_client().post(address, data=FILLED | right)
    page = lin.get(path(app)).text
    assert "verdict" not in page
    assert "对上了" not in page
    assert "所以不比对" in page
    assert 'class="verdict' in zhao.get(path(app)).text, "who may read the card sees it compared"


@ONE
def test_a_code_is_kept_as_a_hash_and_guessing_it_is_told_to_wait(
    app: Flask, signed_in: SignedIn
) -> None:
    customer, code = sent(app, signed_in("zhao"))
    assert customer.get(CORRECT).status_code == 200
    allowed = int(limits.INTAKE.partition(" ")[0])
    tried = ["", "x" * 65, code[:-1], "ABCD-EFGH-JKLM-NPQR"] + [f"A{at}" for at in range(allowed)]
    codes = [customer.post(CORRECT, data={"code": one}).status_code for one in tried]
    assert codes == [404] * allowed + [429] * 4
    with app.app_context():
        kept = only(app)[0].correction_hash
        assert kept == links.hashed(code.replace("-", ""))
    refused = said(app, "intake_corrected")
    assert {entry["result"] for entry in refused} == {"refused"}
    assert code not in str(said(app))
