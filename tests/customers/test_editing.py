"""Making and editing cards: short secrets are replaced, prose opens, two see both versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import cast, pictured
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_a_new_customer_belongs_to_who_made_it(app: Flask, signed_in: SignedIn) -> None:
    zhao = signed_in("zhao")
    answer = zhao.post(
        "/customers/new",
        data={
            "name": "镕𬘭示例仪器",
            "tags": "展会 重点",
            "share.0.name": "甲",
            "share.0.share": "60",
            "contact.new1.name": "张三",
            "contact.new1.mobile": "１３８１２３４５６７８",
        },
    )
    assert answer.status_code == 303
    page = zhao.get(answer.location).text
    assert "138****5678" in page
    assert "镕𬘭示例仪器" in page
    assert [entry["action"] for entry in said(app, "create")] == ["create"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "客户名称要填写"),
        (
            {"name": "好", "contact.new1.name": "张三", "contact.new1.mobile": "123"},
            "不是 11 位手机号",
        ),
        (
            {
                "name": "好",
                "share.0.name": "甲",
                "share.0.share": "60",
                "share.1.name": "乙",
                "share.1.share": "50",
            },
            "不能超过 100%",
        ),
        ({"name": "好", "share.0.name": "甲", "share.0.share": "x"}, "0 到 100"),
        ({"name": "好", "contact.new1.mobile": "13812345678"}, "要有姓名"),
        ({"name": "好" * 101}, "超过 100 字"),
    ],
)
def test_what_cannot_be_taken_gets_a_sentence_and_keeps_what_was_typed(
    signed_in: SignedIn, typed: dict[str, str], sentence: str
) -> None:
    answer = signed_in("zhao").post("/customers/new", data={"region": "浙江省杭州市"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "浙江省杭州市" in answer.text


def test_a_taken_name_says_who_is_responsible_and_nothing_more(
    signed_in: SignedIn, planted: Planted
) -> None:
    answer = signed_in("sun").post("/customers/new", data={"name": f" {cast.NAME}　"})
    assert answer.status_code == 422
    assert "已有这家客户，负责人：赵小外" in answer.text
    assert str(planted.customer_id) not in answer.text


def test_the_edit_form_opens_prose_and_never_prefills_short_secrets(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    page = signed_in("zhao").get(f"/customers/{planted.customer_id}/edit").text
    assert cast.CONTACT_SECRETS["family"] in page
    assert cast.SHAREHOLDER in page
    assert cast.CONTACT_SECRETS["mobile"] not in page
    assert cast.SECRETS["phone"] not in page
    (entry,) = said(app, "edit")
    assert f"contact.{planted.contact_id}.family" in entry["fields"]


def test_an_empty_field_leaves_a_secret_and_history_keeps_the_old_one(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    form = {
        "version": "1",
        "name": cast.NAME,
        "level": "A",
        f"contact.{planted.contact_id}.mobile": "13700001111",
    }
    assert zhao.post(url + "/edit", data=form).status_code == 303
    zhao.post(url + "/open", data={"purpose": "follow_up"})
    page = zhao.get(url).text
    assert "137****1111" in page
    assert cast.SECRETS["phone"] in pictured.read(app, page)
    history = zhao.get(url + "/history").text
    assert "13700001111" not in history
    assert cast.CONTACT_SECRETS["mobile"] not in history
    found = re.search(r"change\.([0-9a-f-]{36})\.old", history)
    assert found
    revealed = zhao.post(
        url + "/reveal",
        data={"field": found[0], "purpose": "maintain"},
        headers={"HX-Request": "true"},
    )
    assert cast.CONTACT_SECRETS["mobile"] in pictured.read(app, revealed.text)
    assert said(app, "save")[0]["fields"] == ["level", f"contact.{planted.contact_id}.mobile"]


def test_a_changed_mobile_is_found_and_the_old_one_no_longer(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    zhao.post(
        url + "/edit", data={"version": "1", f"contact.{planted.contact_id}.mobile": "13700001111"}
    )
    assert str(planted.customer_id) in zhao.get("/customers?q=13700001111").text
    assert str(planted.customer_id) in zhao.get("/customers?q=1111").text
    assert (
        str(planted.customer_id)
        not in zhao.get(f"/customers?q={cast.CONTACT_SECRETS['mobile']}").text
    )


def test_a_cleared_value_is_gone_and_a_removed_contact_leaves_the_card(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    zhao.post(url + "/edit", data={"version": "1", "phone-clear": "1", "traits": ""})
    zhao.post(url + "/open", data={"purpose": "follow_up"})
    page = zhao.get(url).text
    assert cast.SECRETS["phone"] not in page
    assert cast.SECRETS["traits"] not in page
    assert (
        zhao.post(
            url + "/edit", data={"version": "2", "remove": str(planted.contact_id)}
        ).status_code
        == 303
    )
    assert cast.CONTACT_SECRETS["name"] not in zhao.get(url).text
    assert (
        str(planted.customer_id)
        not in zhao.get("/customers?q=" + cast.CONTACT_SECRETS["name"]).text
    )


def test_of_two_people_editing_the_second_sees_both_versions(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    url = f"/customers/{planted.customer_id}/edit"
    first, second = signed_in("zhao"), signed_in("wang")
    seen = version(second.get(url).text)
    assert first.post(url, data={"version": seen, "traits": "甲写的特征"}).status_code == 303
    late = second.post(
        url, data={"version": seen, "traits": "乙写的特征", "business": "乙写的业务"}
    )
    assert late.status_code == 409
    assert "甲写的特征" in late.text
    assert "乙写的特征" in late.text
    assert "赵小外" in late.text
    again = second.post(url, data={"version": version(late.text), "traits": "乙写的特征"})
    assert again.status_code == 303
    assert len(said(app, "save")) == 2


def test_adding_a_row_keeps_what_was_typed_and_saves_nothing(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    url = f"/customers/{planted.customer_id}/edit"
    for which in ("contact", "shareholder"):
        answer = signed_in("zhao").post(
            url, data={"version": "1", "add": which, "region": "海南省三亚市"}
        )
        assert answer.status_code == 200
        assert "海南省三亚市" in answer.text
    assert said(app, "save") == []
    new = signed_in("zhao").post(
        "/customers/new", data={"name": "某某", "add": "contact", "contact.new1.name": "李四"}
    )
    assert "contact.new2.name" in new.text


def test_the_supervisor_replaces_without_reading_and_assigns(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    lin, url = signed_in("lin"), f"/customers/{planted.customer_id}"
    page = lin.get(url + "/edit").text
    for secret in (*cast.SECRETS.values(), *cast.CONTACT_SECRETS.values(), cast.SHAREHOLDER):
        if len(secret) > 3:
            assert secret not in page
    form = {
        "version": version(page),
        "owner": "sun",
        "traits": "",
        "phone": "0571-11112222",
        "collaborators": "王专员",
    }
    assert lin.post(url + "/edit", data=form).status_code == 303
    assert said(app, "assign")[0]["detail"] == {"to": "sun"}
    sun = signed_in("sun")
    sun.post(url + "/open", data={"purpose": "follow_up"})
    card = pictured.read(app, sun.get(url).text)
    assert "0571-11112222" in card
    assert cast.SECRETS["traits"] in card
    assert signed_in("zhao").get(url).status_code == 404
    assert lin.post(url + "/edit", data={"version": "2", "owner": "xi"}).status_code == 422


def test_a_fact_can_be_verified_without_being_changed(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    form = {
        "version": "1",
        "phone-verified": "1",
        f"contact.{planted.contact_id}.mobile-verified": "1",
        "phone-source": "客户拜访",
    }
    assert zhao.post(url + "/edit", data=form).status_code == 303
    assert "核实" in zhao.get(url).text


def defined(lin: FlaskClient) -> None:
    """Three fields of the company's own, defined by the supervisor."""
    for label, kind, about, choices in (
        ("采购预算", "number", "customer", ""),
        ("纪念日", "date", "contact", ""),
        ("决策周期", "choice", "customer", "一周，一月"),
    ):
        field = {"label": label, "kind": kind, "about": about, "choices": choices}
        assert lin.post("/customers/fields", data=field).status_code == 302


def test_an_extra_field_needs_a_new_label_and_two_choices(signed_in: SignedIn) -> None:
    lin = signed_in("lin")
    defined(lin)
    for wrong in (
        {"label": ""},
        {"label": "采购预算", "kind": "number", "about": "customer"},
        {"label": "空", "kind": "choice", "about": "customer", "choices": "一"},
    ):
        assert lin.post("/customers/fields", data=wrong).status_code == 422


def test_extra_fields_are_defined_by_the_supervisor_and_sealed(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    defined(signed_in("lin"))
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    page = zhao.get(url + "/edit").text
    names = dict(re.findall(r'<label for="(extra\.[^"]+)">(采购预算|纪念日|决策周期)', page))
    budget, day, cycle = (
        next(name for name, label in names.items() if label == one)
        for one in ("采购预算", "纪念日", "决策周期")
    )
    bad = {"version": "1", budget: "很多", day: "昨天", cycle: "一年"}
    assert zhao.post(url + "/edit", data=bad).status_code == 422
    good = {"version": "1", budget: "880077", day: "2001-02-03", cycle: "一月"}
    assert zhao.post(url + "/edit", data=good).status_code == 303
    card = zhao.get(url).text
    assert "880077" not in card
    found = re.search(r'value="(extra\.[0-9a-f-]{36})"', card)
    assert found
    asked = {"field": found[1], "purpose": "contract"}
    answer = zhao.post(url + "/reveal", data=asked, headers={"HX-Request": "true"})
    assert pictured.texts(app, answer.text)[0] in {"880077", "2001-02-03", "一月"}
    cleared = {"version": "2", f"{budget}-clear": "1"}
    assert zhao.post(url + "/edit", data=cleared).status_code == 303


def test_a_form_that_cannot_be_saved_whole_saves_nothing(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    answer = zhao.post(
        url + "/edit",
        data={
            "version": "1",
            "region": "海南省三亚市",
            "traits": "新特征",
            "collaborators": "查无此人",
        },
    )
    assert answer.status_code == 422
    assert "没有这位业务人员：查无此人" in answer.text
    assert "海南省三亚市" in answer.text
    assert said(app, "save") == []
    zhao.post(url + "/open", data={"purpose": "follow_up"})
    card = zhao.get(url).text
    assert "海南省三亚市" not in card
    assert cast.SECRETS["traits"] in card


def test_who_works_on_a_card_is_said_by_who_is_responsible(
    app: Flask, signed_in: SignedIn, planted: Planted
) -> None:
    url = f"/customers/{planted.customer_id}/edit"
    signed_in("wang").post(url, data={"version": "1", "collaborators": "王专员、孙路人"})
    assert len(said(app, "share")) == 1, "when the card was made"
    assert (
        signed_in("zhao").post(url, data={"version": "1", "collaborators": "孙路人"}).status_code
        == 303
    )
    assert said(app, "share")[-1]["detail"] == {"before": ["wang"], "now": ["sun"]}
    assert signed_in("wang").get(url).status_code == 404
    assert signed_in("sun").get(url).status_code == 200
