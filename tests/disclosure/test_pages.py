"""What leaves on a page stands in the log, whatever status the page has."""

from __future__ import annotations

import pytest

from crm.disclosure import seen
from tests import cast, pictured
from tests.audit.written import entries, last, results

PROSE = (cast.SECRETS["traits"], cast.CONTACT_SECRETS["family"])
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def url(planted) -> str:
    return f"/customers/{planted.customer_id}"


def test_a_form_that_cannot_be_taken_shows_its_prose_and_says_so(app, signed_in, url):
    answer = signed_in("zhao").post(f"{url}/edit", data={"version": "1", "phone": "不是号码"})
    assert answer.status_code == 422
    assert all(value in answer.text for value in PROSE)
    said = last(app, "edit")
    assert (said["result"], said["purpose"]) == ("ok", "maintain")
    assert {"traits", "business", "shareholders"} <= set(said["fields"])


def test_a_form_that_came_too_late_shows_both_versions_and_says_so(app, signed_in, url):
    zhao, wang = signed_in("zhao"), signed_in("wang")
    assert zhao.post(f"{url}/edit", data={"version": "1", "bank": "新账号记号"}).status_code == 303
    number = len(entries(app, "edit"))
    answer = wang.post(f"{url}/edit", data={"version": "1", "bank": "我的账号"})
    assert answer.status_code == 409
    assert "新账号记号" not in answer.text
    assert pictured.texts(app, answer.text) == ["新账号记号"]
    assert "我的账号" in answer.text
    told = entries(app, "edit")[number:]
    assert {one["actor"] for one in told} == {"wang"}
    assert {one["result"] for one in told} == {"ok"}
    assert [name for one in told for name in one["fields"] if name.startswith("change.")]


def test_the_supervisor_sees_no_prose_in_the_form(app, signed_in, url):
    page = signed_in("lin").get(f"{url}/edit").text
    assert not [value for value in (*PROSE, *cast.SECRETS.values()) if value in page]
    assert entries(app, "edit") == []
    assert last(app, "list")["fields"] == []


def test_a_call_to_who_has_no_number_is_said_to_have_failed(app, signed_in):
    customer = cast.customer(app, name="没电话示例有限公司")
    form = {"field": "phone", "act": "dial"}
    answer = signed_in("zhao").post(f"/customers/{customer}/reveal", data=form)
    assert answer.status_code == 422
    assert results(app, "dial") == ["failed"]


@on_sqlite
@pytest.mark.parametrize("login", ["zong", "lin", "wang"])
def test_calling_is_for_who_works_on_the_card(app, signed_in, planted, url, login):
    form = {"field": f"contact.{planted.contact_id}.mobile", "act": "dial"}
    answer = signed_in(login).post(f"{url}/reveal", data=form)
    mine = login == "wang"
    assert answer.status_code == (200 if mine else 403)
    assert (cast.CONTACT_SECRETS["mobile"] in answer.text) is mine
    said = last(app, "dial")
    assert (said["result"], said["purpose"]) == (("ok", "follow_up") if mine else ("refused", None))


@on_sqlite
def test_driving_to_an_address_is_a_visit(app, signed_in, url):
    answer = signed_in("zhao").post(f"{url}/reveal", data={"field": "address", "act": "navigate"})
    assert cast.SECRETS["address"] in answer.text
    assert last(app, "navigate")["purpose"] == "visit"


@on_sqlite
def test_a_reveal_takes_the_purpose_of_the_open_card(app, signed_in, url):
    zhao = signed_in("zhao")
    assert zhao.post(f"{url}/reveal", data={"field": "bank"}).status_code == 422
    zhao.post(f"{url}/open", data={"purpose": "complaint"})
    assert zhao.post(f"{url}/reveal", data={"field": "bank"}).status_code == 200
    assert last(app, "reveal")["purpose"] == "complaint"


@on_sqlite
def test_an_executive_may_keep_a_purpose_for_the_session_and_a_salesperson_not(app, signed_in, url):
    zong, zhao = signed_in("zong"), signed_in("zhao")
    for client in (zong, zhao):
        client.post("/customers/purpose", data={"keep": "1"})
    assert zong.post(f"{url}/reveal", data={"field": "bank"}).status_code == 200
    assert last(app, "reveal")["purpose"] == "management"
    assert zhao.post(f"{url}/reveal", data={"field": "bank"}).status_code == 422


@on_sqlite
@pytest.mark.parametrize(
    "form",
    [
        {"act": "open"},
        {"act": "list"},
        {"act": "steal"},
        {"field": [f"x{n}" for n in range(21)]},
        {"field": "name"},
        {"field": "contact.x.mobile"},
        {"field": "contact.01935f00-0000-7000-8000-000000000001.mobile"},
        {"field": "people.01935f00-0000-7000-8000-000000000001.password_hash"},
    ],
)
def test_what_cannot_be_revealed_shows_nothing(app, signed_in, url, form):
    answer = signed_in("zhao").post(
        f"{url}/reveal", data={"field": "phone", "purpose": "visit"} | form
    )
    assert answer.status_code in {404, 422}
    assert cast.SECRETS["phone"] not in answer.text
    assert [one for one in entries(app, "reveal") if one["result"] == "ok"] == []


@on_sqlite
def test_a_field_of_another_card_is_not_this_cards(app, signed_in, planted):
    other = cast.customer(app, name="另一家示例有限公司")
    form = {"field": f"contact.{planted.contact_id}.mobile", "purpose": "visit"}
    answer = signed_in("zhao").post(f"/customers/{other}/reveal", data=form)
    assert answer.status_code == 404
    assert cast.CONTACT_SECRETS["mobile"] not in answer.text


def test_who_looked_is_told_without_what_was_seen(app, signed_in, planted, url):
    zhao = signed_in("zhao")
    zhao.post(f"{url}/open", data={"purpose": "visit"})
    mobile = f"contact.{planted.contact_id}.mobile"
    zhao.post(f"{url}/reveal", data={"field": mobile, "purpose": "contract"})
    signed_in("sun").get(url)
    with app.app_context():
        looks = seen.by(planted.customer_id, 50)
    # sun's refusal is no look: it opened nothing, and it is not found by the card
    assert {look.person for look in looks} == {"赵小外"}
    by_act = {look.action: look for look in looks}
    assert by_act["open"].fields_label == ""
    assert by_act["reveal"].fields_label == "手机"
    assert (by_act["reveal"].purpose_label, by_act["reveal"].result_label) == ("合同", "成功")
    assert by_act["reveal"].action_label == "查看"
    assert [look.seq for look in looks] == sorted((look.seq for look in looks), reverse=True)
    with app.app_context():
        assert [look.seq for look in seen.by(planted.customer_id, 2, looks[1].seq)] == [
            look.seq for look in looks[2:4]
        ]
    page = signed_in("lin").get(f"{url}/seen-by").text
    assert "手机" in page
    assert not [
        value for value in cast.CONTACT_SECRETS.values() if value in page and len(value) > 2
    ]
