"""Problems: every error is one page with a sentence and a next step, and quotes nothing."""

from __future__ import annotations

import pytest

from crm.access.permissions import Permission
from crm.errors import (
    CannotOpen,
    Denied,
    Invalid,
    KeyMissing,
    Missing,
    OverQuota,
    Trouble,
)
from crm.web.guard import Blueprint, allow
from tests import cast

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SECRET = cast.CONTACT_SECRETS["mobile"]
RAISED = {
    "trouble": (Trouble("讲明白的一句话"), 400, "讲明白的一句话"),
    "denied": (Denied(), 403, "您的岗位没有这项权限"),
    "missing": (Missing(), 404, "不在您的范围内"),
    "conflict": (Trouble(status=409), 409, "刚被别人改过"),
    "invalid": (Invalid("日期不对"), 422, "日期不对"),
    "over quota": (OverQuota("明天再来"), 429, "明天再来"),
    "another status": (Trouble("太大", status=413), 413, "太大"),
    "a box": (CannotOpen(SECRET), 500, "这条资料解不开"),
    "a key": (KeyMissing(SECRET), 500, "主密钥不对，或者缺了一把密钥"),
    "a mistake": (ValueError(SECRET), 500, "系统出了点问题"),
}


@pytest.fixture
def client(app):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    bp = Blueprint("test", __name__)

    @bp.get("/test/<case>")
    @allow(Permission.ANYONE)
    def raises(case: str):
        raise RAISED[case][0].with_traceback(None)

    app.register_blueprint(bp)
    return app.test_client()


@pytest.mark.parametrize("case", RAISED)
def test_a_person_is_told_one_sentence_and_a_next_step(client, caplog, case):
    _error, status, sentence = RAISED[case]
    answer = client.get(f"/test/{case}")
    assert answer.status_code == status
    assert sentence in answer.text
    assert 'class="btn btn-primary" href="/' in answer.text
    assert SECRET not in answer.text + caplog.text
    assert "Traceback" not in answer.text + caplog.text


@pytest.mark.parametrize("case", RAISED)
def test_a_program_is_told_the_same_in_json(client, case):
    _error, status, sentence = RAISED[case]
    answer = client.get(f"/test/{case}", headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert set(answer.json) == {"error"}
    assert sentence in answer.json["error"]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("application/json", True),
        ("text/html,application/json;q=0.9", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_json_is_for_who_prefers_it(client, accept, json):
    answer = client.get("/test/denied", headers={"Accept": accept})
    assert answer.is_json is json


def test_the_programs_own_log_names_kind_and_place_of_a_mistake(client, caplog):
    client.get("/test/a mistake")
    assert "ValueError at " in caplog.text
    assert f"{__file__}:" in caplog.text


def test_the_programs_own_log_names_the_page_where_a_box_did_not_open(client, caplog):
    client.get("/test/a box")
    assert "could not be opened at test.raises" in caplog.text


def test_a_developer_may_ask_to_see_the_mistake(app, client):
    app.config |= {"SHOW_ERRORS": True, "PROPAGATE_EXCEPTIONS": True}
    with pytest.raises(ValueError, match=SECRET):
        client.get("/test/a mistake")


@pytest.mark.parametrize(
    ("method", "url", "status"), [("GET", "/nowhere", 404), ("PUT", "/me", 405)]
)
def test_what_the_framework_refuses_is_told_in_our_words(client, method, url, status):
    answer = client.open(url, method=method)
    assert answer.status_code == status
    assert 'lang="zh-CN"' in answer.text
    assert "requested URL" not in answer.text


def test_a_fragment_is_answered_with_a_fragment(client):
    answer = client.get("/test/denied", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert "<html" not in answer.text
    assert "您的岗位没有这项权限" in answer.text


def test_what_holds_a_nul_is_refused_with_a_sentence(app, signed_in):
    zhao = signed_in("zhao")
    sent = [
        zhao.get("/customers?region=a%00b"),
        zhao.get("/customers?a%00b=1"),
        zhao.post("/customers/columns", data={"column": ["level", "a\0b"]}),
        app.test_client().post("/sign-in", data={"login": "a\0b", "password": "x"}),
    ]
    assert {answer.status_code for answer in sent} == {422}
    assert all("控制字符" in answer.text for answer in sent)
