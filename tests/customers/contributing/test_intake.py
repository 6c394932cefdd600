"""Intake: a customer fills in the form once, by a link that tells nothing of the archive."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import select

from crm import clock
from crm.access.fields import CONTACT
from crm.customers.contributing import consents, links
from crm.customers.contributing.links import IntakeLink
from crm.customers.contributing.table import INTAKE_COMPANY, INTAKE_PERSON
from crm.db import db
from crm.web import limits
from tests import cast, pictured
from tests.customers.contributing.people import (
    FILLED,
    contact_ids,
    decisions,
    how_many,
    made,
    only,
    path,
)
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]

ONE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
CLOSED = "这个链接不能用了"


def test_a_customer_fills_the_form_and_the_owner_accepts(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao, customer = signed_in("zhao"), app.test_client()
    address = made(zhao, customer=str(planted.customer_id))
    form = customer.get(address)
    assert form.status_code == 200
    for text in (cast.NAME, "赵小外", str(planted.customer_id)):
        assert text not in form.text
    assert "谢谢" in customer.post(address, data=FILLED).text
    assert only(app)[0].source == "客户自填"
    assert zhao.post(path(app), data=decisions(app) | {"all": "accept"}).status_code == 303
    zhao.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})
    card = pictured.read(app, zhao.get(f"/customers/{planted.customer_id}").text)
    assert FILLED["phone"] in card
    assert FILLED["contact.1.name"] in card
    assert "客户自填" in card
    assert "同意：手机" in card
    assert "客户自填时勾选" in card
    assert consents.NOW in card


def test_a_link_is_used_once(app: Flask, signed_in: SignedIn, planted: Planted) -> None:
    address = made(signed_in("zhao"), customer=str(planted.customer_id))
    customer = app.test_client()
    assert customer.post(address, data=FILLED).status_code == 200
    for answer in (customer.get(address), customer.post(address, data=FILLED)):
        assert answer.status_code == 404
        assert CLOSED in answer.text
    assert how_many(app) == 1


def test_guessed_used_expired_and_revoked_are_one_and_the_same(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao, customer = signed_in("zhao"), app.test_client()
    used = made(zhao, customer=str(planted.customer_id))
    customer.post(used, data=FILLED)
    expired = made(zhao, days="1")
    revoked = made(zhao)
    with app.app_context():
        last = select(IntakeLink.id).order_by(IntakeLink.id.desc()).limit(1)
        link_id = db.session.scalar(last)
    assert zhao.post(f"/intake-links/{link_id}/revoke").status_code == 303
    told = []
    with clock.turned(timedelta(hours=25)):
        for address in ("/intake/" + "x" * 32, "/intake/" + "长" * 200, used, expired, revoked):
            for answer in (customer.get(address), customer.post(address, data=FILLED)):
                assert answer.status_code == 404, address
                told.append(re.sub(r'csrf_token" value="[^"]*"', "", answer.text))
    assert len(set(told)) == 1
    assert CLOSED in told[0]
    refused = [entry for entry in said(app, "intake") if entry["result"] == "refused"]
    assert len(refused) == 10
    assert all(used.rpartition("/")[2] not in str(entry) for entry in said(app))


@ONE
def test_whoever_guesses_is_told_to_wait_and_closes_no_right_link(
    app: Flask, signed_in: SignedIn
) -> None:
    right, customer = made(signed_in("zhao")), app.test_client()
    allowed = int(limits.INTAKE.partition(" ")[0])
    codes = [customer.get(f"/intake/{'a' * 20}{at}").status_code for at in range(allowed + 1)]
    assert codes == [404] * allowed + [429]
    assert "太频繁" in customer.get("/intake/" + "b" * 20).text
    assert customer.get(right).status_code == 200


@ONE
def test_ten_megabytes_are_refused_in_words_before_they_are_read(
    app: Flask, signed_in: SignedIn
) -> None:
    address = made(signed_in("zhao"))
    customer = app.test_client()
    typed = b"name=x&business=" + b"x" * (10 * 1024 * 1024)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.txt"\r\n\r\n'
    bodies = {
        "application/x-www-form-urlencoded": typed,
        "multipart/form-data; boundary=b": head + typed + b"\r\n--b--\r\n",
    }
    for kind, body in bodies.items():
        answer = customer.post(address, data=body, content_type=kind)
        assert answer.status_code == 413
        assert "太大" in answer.text
        assert "工作台" not in answer.text
    assert customer.get(address).status_code == 200
    assert how_many(app) == 0


@ONE
@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"name": ""}, "要填写"),
        ({"agree.contact.mobile": ""}, "请勾选同意"),
        ({"contact.1.birth_date": "1980-01-02"}, "请勾选同意"),
        ({"contact.1.mobile": "12"}, "不是 11 位手机号"),
        ({"business": "长" * 2000}, "超过 1000 字"),
    ],
)
def test_what_cannot_be_taken_leaves_the_link_open(
    app: Flask, signed_in: SignedIn, facts: dict[str, str], sentence: str
) -> None:
    address, customer = made(signed_in("zhao")), app.test_client()
    answer = customer.post(address, data=FILLED | facts)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert FILLED["contact.1.name"] in answer.text
    assert how_many(app) == 0
    assert customer.post(address, data=FILLED).status_code == 200


@ONE
def test_a_customer_is_never_asked_for_family_character_or_home(
    app: Flask, signed_in: SignedIn
) -> None:
    never = {"contact.family", "contact.hobbies", "contact.home_address", "contact.other",
             "contact.education", "traits", "preferences", "bank"}  # fmt: skip
    assert not never & {*INTAKE_COMPANY, *INTAKE_PERSON}
    secret = {spec.code for spec in CONTACT if spec.level.value == "secret"}
    assert secret & set(INTAKE_PERSON) == set(consents.WORDINGS[consents.NOW])
    address, customer = made(signed_in("zhao")), app.test_client()
    form = customer.get(address).text
    names = set(re.findall(r'name="(?:contact\.\d\.)?([\w.]+)"', form))
    assert not {code.removeprefix("contact.") for code in never} & names
    sent = {code.replace("contact.", "contact.1."): "不该问的" for code in never}
    assert customer.post(address, data=FILLED | sent).status_code == 200
    assert not never & set(only(app)[1])


def test_a_link_for_a_new_customer_comes_back_to_who_made_it(
    app: Flask, signed_in: SignedIn
) -> None:
    zhao = signed_in("zhao")
    address = made(zhao)
    app.test_client().post(address, data=FILLED | {"name": "舟山油桐示例有限公司"})
    assert signed_in("sun").get(path(app)).status_code == 404
    form = {"version": "1", "do": "make", "name": "舟山油桐示例有限公司", "owner": "sun"}
    assert zhao.post(path(app), data=form).status_code == 303
    zhao.post(path(app), data=decisions(app) | {"all": "accept"})
    customer_id = only(app)[0].customer_id
    assert zhao.get(f"/customers/{customer_id}").status_code == 200  # zhao's own, whatever was sent
    assert customer_id
    assert len(contact_ids(app, customer_id)) == 1


@ONE
def test_only_who_is_responsible_or_the_supervisor_makes_links(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    form = {"customer": str(planted.customer_id)}
    statuses = {
        login: signed_in(login).post("/intake-links", data=form).status_code
        for login in ("zhao", "lin", "wang", "sun", "zong", "yuan", "xi")
    }
    assert statuses == {
        "zhao": 200, "lin": 200, "wang": 403, "sun": 404, "zong": 403, "yuan": 403, "xi": 403,
    }  # fmt: skip
    assert signed_in("zong").post("/intake-links").status_code == 403
    for wrong, status in (("x", 422), (str(uuid4()), 404)):
        answer = signed_in("zhao").post("/intake-links", data={"customer": wrong})
        assert answer.status_code == status
    with app.app_context():
        link_id = db.session.scalars(select(IntakeLink.id)).first()
    assert signed_in("sun").post(f"/intake-links/{link_id}/revoke").status_code == 404
    assert signed_in("lin").post(f"/intake-links/{link_id}/revoke").status_code == 303


@ONE
def test_a_day_of_links_has_its_measure(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "A_DAY", 1)
    zhao = signed_in("zhao")
    made(zhao)
    answer = zhao.post("/intake-links")
    assert answer.status_code == 429
    assert "最多发 1 个" in answer.text


@ONE
def test_a_token_is_long_and_only_its_hash_is_kept(app: Flask, signed_in: SignedIn) -> None:
    token = made(signed_in("zhao")).rpartition("/")[2]
    assert links.TOKEN_BYTES * 8 >= 128
    with app.app_context():
        (kept,) = db.session.scalars(select(IntakeLink)).all()
    assert kept.token_hash == links.hashed(token)
    assert token not in str(vars(kept))


@ONE
def test_consent_is_told_in_person_seen_on_the_card_and_withdrawn(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao, card = signed_in("zhao"), f"/customers/{planted.customer_id}"
    form = {"contact": str(planted.contact_id), "agreed": ["contact.mobile", "contact.birth_date"]}
    page = zhao.get(card).text
    assert "记录同意" in page, "who may edit the card can note it there"
    assert 'name="agreed" value="contact.mobile"' in page
    assert 'name="agreed" value="contact.title"' not in page, "nobody is asked about open facts"
    assert zhao.post(f"{card}/consents", data=form).status_code == 303
    page = zhao.get(card).text
    assert "当面告知 赵小外" in page
    found = re.search(r"/consents/([0-9a-f-]{36})/withdraw", page)
    assert found
    withdraw = f"{card}/consents/{found[1]}/withdraw"
    assert signed_in("sun").post(withdraw).status_code == 404
    assert zhao.post(f"{card}/consents/{uuid4()}/withdraw").status_code == 404
    for _ in range(2):
        assert zhao.post(withdraw).status_code == 303
    assert "撤回同意" in zhao.get(card).text
    assert [entry["action"] for entry in said(app) if "consent" in entry["action"]] == [
        "consent",
        "consent_withdrawn",
    ]
    assert zhao.post(f"{card}/consents", data=form | {"agreed": ["name", "x"]}).status_code == 422
    assert zhao.post(f"{card}/consents", data=form | {"contact": str(uuid4())}).status_code == 404
    assert signed_in("sun").post(f"{card}/consents", data=form).status_code == 404
