"""Complaints: taken, looked after, closed – and the right that an open one gives."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from crm import clock
from crm.disclosure.acts import Act
from tests import cast
from tests.entries import said

FORM = {"name": cast.NAME, "text": "到货有两箱破损，要求补发"}


@pytest.fixture
def url(planted) -> str:
    return f"/customers/{planted.customer_id}"


@pytest.fixture
def granted(app, signed_in) -> None:
    """Ke holds the yearly standing grant of customer service."""
    with app.test_request_context():
        holder = str(cast.viewer("ke").id)
    form = {"holder": holder, "until": str(clock.today() + timedelta(days=300))}
    assert signed_in("zong").post("/approvals/standing", data=form).status_code == 303


def taken(client, **more: str) -> str:
    """The id of a complaint that was just taken."""
    assert client.post("/work/complaints", data=FORM | more).status_code == 303
    return client.get("/work/complaints").text.split("/work/complaints/")[1].split("/")[0]


@pytest.mark.usefixtures("granted")
def test_an_open_complaint_opens_the_contacts_name_and_a_call_until_it_is_closed(
    app, signed_in, planted, url
):
    ke = signed_in("ke")
    mobile = f"contact.{planted.contact_id}.mobile"
    call = {"field": mobile, "act": "dial"}
    assert ke.get(url).status_code == 404
    complaint = taken(ke)
    assert ke.get(url).status_code == 200
    assert ke.post(f"{url}/open", data={"purpose": "complaint"}).status_code == 303
    page = ke.get(url).text
    assert cast.SECRETS["traits"] not in page
    assert "联系人（图片）" in page
    assert cast.CONTACT_SECRETS["mobile"] in ke.post(f"{url}/reveal", data=call).text
    look = {"field": mobile, "purpose": "complaint"}
    assert ke.post(f"{url}/reveal", data=look).status_code == 403
    with clock.turned(timedelta(days=40)):
        ke = signed_in("ke")
        assert ke.post(f"{url}/reveal", data=call).status_code == 200
        done = ke.post(f"/work/complaints/{complaint}/close", data={"outcome": "已补发两箱"})
        assert done.status_code == 303
        assert ke.get(url).status_code == 404
        assert ke.post(f"{url}/reveal", data=call).status_code == 404
        assert "已补发两箱" in ke.get("/work/complaints").text
        again = ke.post(f"/work/complaints/{complaint}/close", data={"outcome": "又一次"})
        assert again.status_code == 422
    assert [one["action"] for one in said(app) if one["action"].startswith("complaint_")] == [
        "complaint_taken",
        "complaint_closed",
    ]
    assert said(app, Act.DIAL.value)[0]["grant_id"]


def test_without_a_standing_grant_a_complaint_opens_nothing(signed_in, url):
    ke = signed_in("ke")
    taken(ke)
    assert ke.get(url).status_code in {403, 404}
    assert "还没有常设授权单" in ke.get("/work/complaints").text


@pytest.mark.usefixtures("granted", "planted")
def test_a_complaint_of_nobody_known_is_kept_and_opens_nothing(signed_in):
    ke = signed_in("ke")
    taken(ke, name="查无此示例公司")
    page = ke.get("/work/complaints").text
    assert "没有对上的客户档案" in page
    assert "查无此示例公司" in page


@pytest.mark.usefixtures("planted")
def test_what_is_missing_or_too_long_is_said_and_kept(signed_in):
    ke = signed_in("ke")
    answer = ke.post("/work/complaints", data=FORM | {"name": ""})
    assert answer.status_code == 422
    assert FORM["text"] in answer.text
    assert ke.post("/work/complaints", data=FORM | {"name": "长" * 121}).status_code == 422
    assert ke.post("/work/complaints", data=FORM | {"text": "长" * 1001}).status_code == 422
    complaint = taken(ke)
    for outcome in ("", "长" * 1001):
        closing = {"outcome": outcome}
        answer = ke.post(f"/work/complaints/{complaint}/close", data=closing)
        assert answer.status_code == 422


@pytest.mark.usefixtures("planted")
def test_a_form_sent_twice_is_one_complaint_and_nobody_elses(app, signed_in):
    ke, once = signed_in("ke"), str(uuid4())
    for _time in range(2):
        assert ke.post("/work/complaints", data=FORM | {"once": once}).status_code == 303
    assert len(said(app, "complaint_taken")) == 1
    assert ke.post(f"/work/complaints/{uuid4()}/close", data={"outcome": "x"}).status_code == 404
    for login in ("zhao", "lin", "zong", "xi"):
        assert signed_in(login).get("/work/complaints").status_code == 403
