"""Writing a contribution: everybody may, nobody learns anything by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from crm.customers.contributing import taking
from crm.db import uuid7
from tests import cast
from tests.customers.contributing.people import WORDS, contribute, how_many, only, path
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]


@pytest.mark.usefixtures("planted")
def test_everybody_may_write(app: Flask, signed_in: SignedIn) -> None:
    for login in cast.CAST:
        assert contribute(signed_in(login)).status_code == 303, login
    assert how_many(app) == len(cast.CAST)


def test_what_is_written_is_bound_to_the_customer_it_names(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    contribute(signed_in("yuan"), name=f" {cast.NAME}　")
    made, facts = only(app)
    assert made.customer_id == planted.customer_id
    assert set(facts) == {"phone", "prose", "contact.name", "contact.mobile"}
    assert str(facts["contact.mobile"].value) == "●●●●"
    assert [entry["action"] for entry in said(app, "contribute")] == ["contribute"]


@pytest.mark.usefixtures("planted")
def test_the_writer_cannot_tell_a_customer_that_is_there_from_one_that_is_not(
    signed_in: SignedIn,
) -> None:
    yuan = signed_in("yuan")

    def told(name: str) -> tuple[int, str, str]:
        answer = contribute(yuan, name=name)
        page = yuan.get(answer.location).text
        page = re.sub(r'<p class="note".*?</p>|csrf_token" value="[^"]*"', "", page)
        return answer.status_code, answer.location, page.replace(name, "").count("待确认")

    there, nowhere = told(cast.NAME), told("查无此户示例有限公司")
    assert there[:2] == nowhere[:2]
    assert there[2] * 2 == nowhere[2]


def test_the_form_offers_no_customer_and_its_answer_names_no_card(
    signed_in: SignedIn, planted: Planted
) -> None:
    yuan = signed_in("yuan")
    form = yuan.get("/contributions/new").text
    assert cast.NAME not in form
    contribute(yuan)
    page = yuan.get("/contributions").text
    assert str(planted.customer_id) not in page
    assert "赵小外" not in page
    for text in (WORDS["phone"], WORDS["prose"], WORDS["contact.1.mobile"]):
        assert text not in page
    assert WORDS["name"] in page  # one's own word for it


@pytest.mark.usefixtures("planted")
def test_a_stranger_to_the_archive_reads_neither_the_queue_nor_a_contribution(
    app: Flask, signed_in: SignedIn
) -> None:
    yuan = signed_in("yuan")
    contribute(yuan)
    assert yuan.get("/contributions/waiting").status_code == 403
    assert yuan.get(path(app)).status_code == 403
    for login in ("sun", "wang", "dong"):  # another's, a collaborator, an executive
        assert signed_in(login).get(path(app)).status_code == 404, login
        assert cast.NAME not in signed_in(login).get("/contributions/waiting").text
    assert len(said(app, "access")) >= 4


def test_from_a_card_one_may_not_see_nothing_can_be_written(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    for login in ("sun", "yuan", "xi"):
        client = signed_in(login)
        address = f"/contributions/new?customer={planted.customer_id}"
        assert client.get(address).status_code == 404
        assert contribute(client, customer=str(planted.customer_id)).status_code == 404
    assert contribute(signed_in("zhao"), customer="x").status_code == 404
    assert contribute(signed_in("zhao"), customer=str(uuid4())).status_code == 404
    assert how_many(app) == 0


def test_a_collaborator_writes_from_the_card(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    wang = signed_in("wang")
    assert cast.NAME in wang.get(f"/contributions/new?customer={planted.customer_id}").text
    answer = contribute(wang, customer=str(planted.customer_id), name="另一个名称")
    assert answer.status_code == 303
    assert only(app)[0].customer_id == planted.customer_id


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"name": ""}, "客户名称要填写"),
        ({"source": ""}, "从哪里来"),
        ({"source": "街谈巷议"}, "从哪里来"),
        ({"phone": "不是电话"}, "不是电话号码"),
        ({"traits": "长" * 2000}, "超过 1000 字"),
        ({"prose": "长" * 501}, "超过 500 字"),
        ({"contact.1.mobile": "123"}, "不是 11 位手机号"),
        ({"contact.1.name": ""}, "联系人要有姓名"),
        ({"contact.2.title": "厂长"}, "联系人要有姓名"),
        ({"contact.1.role": "老大"}, "只能填"),
        ({"shareholders": "甲 60"}, "应写成"),
    ],
)
def test_what_cannot_be_taken_gets_a_sentence_and_keeps_what_was_typed(
    app: Flask, signed_in: SignedIn, facts: dict[str, str], sentence: str
) -> None:
    answer = contribute(signed_in("yuan"), business="做门窗的", **facts)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "做门窗的" in answer.text
    assert how_many(app) == 0


def test_made_up_fields_are_as_if_they_had_not_been_sent(app: Flask, signed_in: SignedIn) -> None:
    forged = {
        "owner": "yuan", "level": "A", "status": "won", "bank": "1", "state": "accepted",
        "contact.9.mobile": "13600002222", "contact.1.nothing": "x", "contact..name": "x",
    }  # fmt: skip
    empty = dict.fromkeys(("phone", "prose", "contact.1.name", "contact.1.mobile"), "")
    answer = contribute(signed_in("yuan"), **empty, **forged)
    assert answer.status_code == 422
    assert "至少补充一项" in answer.text
    assert contribute(signed_in("yuan"), **forged).status_code == 303
    assert set(only(app)[1]) == {"phone", "prose", "contact.name", "contact.mobile"}


@pytest.mark.usefixtures("planted")
def test_markup_stays_letters_and_what_nobody_sees_is_taken_off(
    app: Flask, signed_in: SignedIn
) -> None:
    hostile = "<script>alert(1)</script>\u200b\x07\u202e末"
    answer = contribute(signed_in("yuan"), prose=hostile, **{"contact.1.title": "厂\u200b长"})
    assert answer.status_code == 303
    page = signed_in("zhao").get(path(app)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;末" in page
    assert "<script>alert" not in page
    assert "厂长" in page
    assert contribute(signed_in("yuan"), prose="有\0零").status_code == 422


def test_the_same_form_sent_twice_is_kept_once(app: Flask, signed_in: SignedIn) -> None:
    yuan, once = signed_in("yuan"), str(uuid7())
    for _ in range(2):
        assert contribute(yuan, once=once).status_code == 303
    assert how_many(app) == 1
    assert contribute(signed_in("cai"), once=once).status_code == 303  # a forged id is another's
    assert how_many(app) == 2


def test_a_day_has_its_measure(app: Flask, signed_in: SignedIn) -> None:
    yuan = signed_in("yuan")
    for _ in range(taking.A_DAY):
        assert contribute(yuan).status_code == 303
    answer = contribute(yuan, business="多写的一条")
    assert answer.status_code == 429
    assert "达到每日上限" in answer.text
    assert "多写的一条" in answer.text
    assert how_many(app) == taking.A_DAY
    assert contribute(signed_in("cai")).status_code == 303


def test_the_id_of_another_record_is_not_given_to_a_contribution(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    answer = contribute(signed_in("yuan"), once=str(planted.customer_id))
    assert answer.status_code == 303
    assert only(app)[0].id != planted.customer_id
