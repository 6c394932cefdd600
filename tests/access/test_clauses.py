"""The line at each gate: ours as shipped, the company's once it has one, in every process."""

from __future__ import annotations

import pytest

from crm import create_app
from crm.access import clauses
from crm.access.clauses import GATES
from crm.access.permissions import Permission
from crm.authority import wording
from crm.db import db
from tests import cast
from tests.architecture.test_queries import taken
from tests.entries import said

OURS = "细则第二章·客户档案管理(3)：档案未经授权，不查、不印、不带出。"
THEIRS = "本公司保密制度第九条：客户资料，谁看谁负责。"
FORM = {"group": "clause"} | {one.name: "" for one in wording.TABLE}


def word(client, **lines: str) -> int:
    """Set some lines; the others are left empty."""
    form = FORM | {f"clause.{code}": text for code, text in lines.items()}
    return client.post("/admin/settings", data=form).status_code


def test_a_refusal_says_the_clause_in_the_companys_wording(app, signed_in, planted):
    he, lin, url = signed_in("he"), signed_in("lin"), f"/customers/{planted.customer_id}"
    assert OURS in he.get("/customers").text
    assert word(lin, open=f"  {THEIRS}\u200b ") == 303
    assert THEIRS in he.get("/customers").text
    assert OURS not in he.get("/customers").text
    told = he.get("/customers", headers={"Accept": "application/json"})
    assert (told.status_code, told.json["clause"]) == (403, THEIRS)
    assert THEIRS in lin.post(f"{url}/open", data={"purpose": "visit"}).text
    assert OURS in lin.post(f"{url}/reveal", data={"field": "phone", "purpose": "visit"}).text
    assert THEIRS in signed_in("zhao").get(url).text
    entry = said(app, "setting_changed")[-1]
    assert entry["actor"] == "lin"
    assert entry["detail"] == {"name": "clause.open", "old": "", "new": THEIRS}
    assert word(lin) == 303
    assert OURS in he.get("/customers").text
    assert said(app, "setting_changed")[-1]["detail"]["old"] == THEIRS


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_gate_shows_its_own_line(signed_in, planted):
    lines = {code: f"第{number}条" for number, code in enumerate(GATES, 1)}
    assert word(signed_in("lin"), **lines) == 303
    url, zhao = f"/customers/{planted.customer_id}", signed_in("zhao")
    assert {one: one in zhao.get(url).text for one in lines.values()} == {
        "第1条": True, "第2条": True, "第3条": False, "第4条": False, "第5条": False,
    }  # fmt: skip
    copied = zhao.post(f"{url}/reveal", data={"field": "phone", "purpose": "visit", "act": "copy"})
    assert (copied.status_code, "第4条" in copied.text) == (403, True)
    assert "第3条" in signed_in("yuan").get("/grants/new").text
    assert "第3条" in signed_in("zong").get("/approvals").text
    assert "第3条" in signed_in("yuan").get("/approvals").text, "refused"
    xi = signed_in("xi")
    found = xi.get("/admin/people").text.split('href="/admin/people/')[2].split('"')[0]
    assert "第5条" in xi.get(f"/admin/people/{found}").text
    refused = zhao.get("/admin/people").text
    assert not any(one in refused for one in lines.values()), "no clause stands behind it"


def test_another_process_shows_the_new_wording_at_its_next_request(app, signed_in):
    settings = app.extensions["kedang.settings"]
    given = {
        "TESTING": True,
        "CRM_INSTANCE": str(settings.instance),
        "CRM_MASTER_KEY_FILE": str(settings.master_key_file),
        "CRM_DATABASE_URL": settings.sqlalchemy_url,
        "CRM_SECOND_FACTOR": "off",
    }
    other = create_app(given)
    he = other.test_client()
    other.config["WTF_CSRF_ENABLED"] = False
    he.post("/sign-in", data={"login": "he", "password": cast.PASSWORD})
    assert OURS in he.get("/customers").text
    for text in (THEIRS, THEIRS * 2, ""):
        assert word(signed_in("lin"), open=text) == 303
        assert (text or OURS) in he.get("/customers").text
    with other.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("text", ["长" * 121, "x" * 500])
def test_a_line_too_long_is_refused_and_stays_in_its_form(signed_in, text):
    lin = signed_in("lin")
    answer = lin.post("/admin/settings", data=FORM | {"clause.open": text})
    assert answer.status_code == 422
    assert "最多 120 字" in answer.text
    assert text in answer.text
    assert lin.post("/admin/settings", data=FORM | {"clause.open": "长" * 120}).status_code == 303


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_markup_in_a_line_is_text(signed_in):
    assert word(signed_in("lin"), open="<b>粗</b>") == 303
    assert "&lt;b&gt;粗&lt;/b&gt;" in signed_in("he").get("/customers").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_wording_costs_no_page_a_statement(app, signed_in, planted):
    zhao, card = signed_in("zhao"), f"/customers/{planted.customer_id}"
    taken(app, zhao, card, None)
    before = taken(app, zhao, card, None)
    word(signed_in("lin"), open=THEIRS)
    assert taken(app, zhao, card, None) == before + 1, "loaded once in a process"
    assert taken(app, zhao, card, None) == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_command_reads_the_wording_too(app, signed_in):
    with app.test_request_context():
        assert clauses.line(Permission.CUSTOMER_LIST) == OURS
    word(signed_in("lin"), open=THEIRS)
    with app.test_request_context():
        assert clauses.line(Permission.CUSTOMER_LIST) == THEIRS
        assert clauses.line(Permission.PEOPLE_MANAGE) == ""


def test_without_an_application_the_line_is_ours():
    assert clauses.line(Permission.CUSTOMER_EDIT) == OURS
    assert clauses.line(Permission.LOG_READ) == ""
