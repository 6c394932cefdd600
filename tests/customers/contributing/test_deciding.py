"""Deciding: fact by fact onto the card, or turned down; its own values stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.crypto.keyring import DataKey
from crm.customers.contributing.records import forget
from crm.db import db
from crm.web import unit
from tests import cast, pictured
from tests.customers.contributing.people import (
    WORDS,
    contact_ids,
    contribute,
    decisions,
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
"""What both databases do alike is tried on one of them."""


def test_an_owner_accepts_one_fact_and_rejects_another_and_the_writer_sees_the_outcome(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    yuan, zhao = signed_in("yuan"), signed_in("zhao")
    contribute(yuan)
    assert cast.NAME in zhao.get("/contributions/waiting").text
    assert "1 条补充信息等您处理" in zhao.get("/").text
    page = zhao.get(path(app)).text
    for text in ("phone", "prose", "contact.1.mobile"):
        assert WORDS[text] in page
    assert cast.SECRETS["phone"] not in page
    form = decisions(
        app,
        phone="accept",
        prose="reject:unproved",
        contact__name="accept",
        contact__mobile="accept",
    )
    assert zhao.post(path(app), data=form).location == "/contributions/waiting"
    mine = yuan.get("/contributions").text
    assert mine.count("已采纳") == 3
    assert mine.count("未采纳") == 1
    assert "暂时无法核实" in mine
    zhao.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})
    card = pictured.read(app, zhao.get(f"/customers/{planted.customer_id}").text)
    assert WORDS["phone"] in card
    assert WORDS["contact.1.name"] in card
    assert "市场调查" in card
    assert WORDS["prose"] not in card
    history = zhao.get(f"/customers/{planted.customer_id}/history").text
    assert cast.SECRETS["phone"] in pictured.texts(app, history)
    assert len(contact_ids(app, planted.customer_id)) == 2


@pytest.mark.usefixtures("planted")
def test_reading_a_contribution_is_an_act_with_an_entry_that_names_its_fields(
    app: Flask, signed_in: SignedIn
) -> None:
    contribute(signed_in("yuan"))
    signed_in("lin").get(path(app))
    (entry,) = said(app, "judge")
    made, facts = only(app)
    assert entry["actor"] == "lin"
    assert entry["subject_ids"] == [str(made.id)]
    assert f"fact.{facts['contact.mobile'].id}.contact.mobile" in entry["fields"]
    assert "阅读补充信息" in signed_in("lin").get("/audit/entries?action=judge").text


@pytest.mark.usefixtures("planted")
def test_the_machine_says_same_or_different_and_shows_no_value_of_the_card(
    app: Flask, signed_in: SignedIn
) -> None:
    known = {
        "phone": cast.SECRETS["phone"],
        "address": "别处一号",
        "contact.1.name": cast.CONTACT_SECRETS["name"],
        "contact.1.mobile": cast.CONTACT_SECRETS["mobile"],
        "contact.1.title": "别的职务",
    }
    contribute(signed_in("yuan"), **known)
    page = signed_in("lin").get(path(app)).text
    assert page.count('class="verdict same"') == 3  # telephone, name, mobile
    assert page.count('class="verdict differs"') == 3  # address, title, prose
    assert "对上了档案里的一位联系人" in page
    assert cast.SECRETS["address"] not in page
    assert cast.CONTACT_SECRETS["title"] not in page


@pytest.mark.usefixtures("planted")
@ONE
def test_whoever_may_not_read_a_card_cannot_guess_at_it_with_words_of_their_own(
    app: Flask, signed_in: SignedIn
) -> None:
    lin = signed_in("lin")
    contribute(lin, phone=cast.SECRETS["phone"])
    page = lin.get(path(app)).text
    assert "verdict" not in page
    assert "所以不比对" in page


def test_a_known_contact_is_brought_up_to_date_and_prose_is_added(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    contribute(
        signed_in("yuan"),
        **{
            "contact.1.name": cast.CONTACT_SECRETS["name"],
            "contact.1.mobile": "",
            "contact.1.title": "总经理",
            "contact.1.hobbies": "喝茶",
        },
    )
    signed_in("lin").post(path(app), data=decisions(app) | {"all": "accept"})
    assert contact_ids(app, planted.customer_id) == [planted.contact_id]
    zhao, card = signed_in("zhao"), f"/customers/{planted.customer_id}"
    form = zhao.get(f"{card}/edit").text
    assert f"{cast.CONTACT_SECRETS['hobbies']}\n喝茶" in form
    assert f"{cast.SECRETS['traits']}\n{WORDS['prose']}" in form


@pytest.mark.usefixtures("planted")
def test_what_is_decided_is_emptied(app: Flask, signed_in: SignedIn) -> None:
    contribute(signed_in("yuan"))
    zhao = signed_in("zhao")
    zhao.post(path(app), data=decisions(app, phone="accept"))
    _made, facts = only(app)
    assert facts["phone"].value is None
    assert facts["prose"].value is not None
    zhao.post(path(app), data=decisions(app) | {"all": "reject", "reason": "unneeded"})
    made, facts = only(app)
    assert made.state == "decided"
    assert [fact.value for fact in facts.values()] == [None] * 4
    assert "已处理完" in zhao.get(path(app)).text


@pytest.mark.usefixtures("planted")
def test_of_two_who_decide_at_once_the_second_gets_a_sentence(
    app: Flask, signed_in: SignedIn
) -> None:
    contribute(signed_in("yuan"))
    first = decisions(app, phone="accept")
    second = decisions(app, phone="reject:unclear", prose="accept")
    assert signed_in("zhao").post(path(app), data=first).status_code == 303
    answer = signed_in("lin").post(path(app), data=second)
    assert answer.status_code == 409
    assert "别人刚刚处理过" in answer.text
    _made, facts = only(app)
    assert (facts["phone"].state, facts["prose"].state) == ("accepted", "waiting")
    everything = decisions(app) | {"all": "accept"}
    assert signed_in("lin").post(path(app), data=everything).status_code == 303
    assert signed_in("zhao").post(path(app), data=everything).status_code == 409


@ONE
@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({}, "还没有选"),
        ({"phone": "reject:"}, "请选一个原因"),
        ({"phone": "reject:made-up"}, "请选一个原因"),
        ({"phone": "perhaps"}, "每一项只能选"),
        ({"contact__mobile": "accept"}, "要先采纳姓名"),
    ],
)
def test_a_decision_that_is_none_gets_a_sentence(
    app: Flask, signed_in: SignedIn, planted: Planted, chosen: dict[str, str], sentence: str
) -> None:
    contribute(signed_in("yuan"))
    answer = signed_in("zhao").post(path(app), data=decisions(app, **chosen))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert {fact.state for fact in only(app)[1].values()} == {"waiting"}
    assert len(contact_ids(app, planted.customer_id)) == 1


@ONE
def test_a_decision_on_somebody_elses_contribution_is_404_and_a_refusal(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    contribute(signed_in("yuan"))
    form = decisions(app) | {"all": "accept"}
    for login, status in (("sun", 404), ("wang", 404), ("yuan", 403), ("xi", 403)):
        assert signed_in(login).post(path(app), data=form).status_code == status, login
    assert {fact.state for fact in only(app)[1].values()} == {"waiting"}
    refused = [one for one in said(app, "access") if one["result"] == "refused"]
    assert {"sun", "wang", "yuan", "xi"} <= {one["actor"] for one in refused}
    nobodys = f"/contributions/{planted.customer_id}"
    assert signed_in("zhao").post(nobodys, data=form).status_code == 404


def test_an_unknown_customer_waits_for_the_supervisor_who_makes_a_card_for_somebody(
    app: Flask, signed_in: SignedIn
) -> None:
    contribute(signed_in("yuan"), name="临海苦楝示例有限公司")
    lin, zhao = signed_in("lin"), signed_in("zhao")
    assert zhao.get(path(app)).status_code == 404
    assert "没有对上" in lin.get("/contributions/waiting").text
    early = lin.post(path(app), data=decisions(app) | {"all": "accept"})
    assert early.status_code == 422
    assert "还没有对上客户" in early.text
    form = {"version": "1", "do": "make", "name": "临海苦楝示例有限公司", "owner": "zhao"}
    assert lin.post(path(app), data=form).status_code == 303
    assert zhao.post(path(app), data=decisions(app) | {"all": "accept"}).status_code == 303
    customer_id = only(app)[0].customer_id
    zhao.post(f"/customers/{customer_id}/open", data={"purpose": "visit"})
    card = pictured.read(app, zhao.get(f"/customers/{customer_id}").text)
    for text in (WORDS["phone"], WORDS["prose"], WORDS["contact.1.name"], "136****1111"):
        assert text in card
    assert {"create", "save"} <= {entry["action"] for entry in said(app)}


def test_a_name_that_is_taken_says_who_is_responsible_and_can_be_given_to_them(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    contribute(signed_in("yuan"), name="重庆银杏")
    lin = signed_in("lin")
    form = {"version": "1", "do": "make", "name": cast.NAME, "owner": "sun"}
    taken = lin.post(path(app), data=form)
    assert taken.status_code == 422
    assert "已有这家客户，负责人：赵小外" in taken.text
    unknown = lin.post(path(app), data=form | {"do": "attach", "name": "没有的"})
    assert unknown.status_code == 422
    assert lin.post(path(app), data=form | {"do": "attach"}).status_code == 303
    assert only(app)[0].customer_id == planted.customer_id
    attached = said(app, "contribution_decided")[-1]
    assert attached["detail"] == {"attached": True}
    assert str(planted.customer_id) in attached["subject_ids"]
    assert signed_in("zhao").get(path(app)).status_code == 200
    assert lin.post(path(app), data=form | {"version": "2"}).status_code == 422


@ONE
def test_asking_for_names_by_giving_a_contribution_to_them_is_counted(
    app: Flask, signed_in: SignedIn
) -> None:
    contribute(signed_in("yuan"), name="重庆银杏")
    lin, where = signed_in("lin"), path(app)
    form = {"version": "1", "do": "attach", "name": "没有的"}
    codes = [lin.post(where, data=form).status_code for _ in range(42)]
    assert codes == [422] * 40 + [429] * 2


@ONE
def test_prose_that_no_longer_fits_is_refused_whole(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao = signed_in("zhao")
    edited = {"version": "1", "traits": "长" * 990}
    assert zhao.post(f"/customers/{planted.customer_id}/edit", data=edited).status_code == 303
    contribute(signed_in("yuan"), prose="再写十几个字就写不下了吧")
    answer = zhao.post(path(app), data=decisions(app) | {"all": "accept"})
    assert answer.status_code == 422
    assert "已经写满 1000 字" in answer.text
    assert {fact.state for fact in only(app)[1].values()} == {"waiting"}
    assert len(contact_ids(app, planted.customer_id)) == 1


@ONE
def test_a_forgotten_customers_contributions_are_shredded(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    contribute(signed_in("yuan"))
    made, _facts = only(app)
    with app.test_request_context(), unit.work():
        forget(planted.customer_id)
    with app.app_context():
        assert db.session.get(DataKey, made.id) is None
    assert signed_in("lin").get(f"/contributions/{made.id}").status_code == 404
