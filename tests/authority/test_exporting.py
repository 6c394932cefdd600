"""Carrying out by grant: printed copies and workbooks – numbered, marked, fetched once, gone."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, text, update

from crm import clock, jobs
from crm.accounts.people import Person
from crm.customers import cards as all_cards
from crm.customers import exporting, recycling
from crm.db import db
from crm.jobs import JobFile
from crm.web import unit
from tests import cast
from tests.authority.paper import asked, decide, granted


def said(app, action: str) -> list[dict]:
    """Every entry of an action."""
    with app.app_context():
        rows = db.session.execute(
            text("SELECT text FROM log_entries WHERE action = :a ORDER BY seq"), {"a": action}
        )
        return [json.loads(row.text) for row in rows]


def wait() -> None:
    """Until the copy is made."""
    for thread in threading.enumerate():
        if thread.name.startswith("job-"):
            thread.join()


@pytest.fixture
def exporter(app, signed_in, planted):
    """yuan, who may export two fields of two cards, three times."""
    assert planted
    cast.customer(app, "sun", "苏州白果示例有限公司", phone="0512-88001234")
    yuan = signed_in("yuan")
    both = f"{cast.NAME}\n苏州白果示例有限公司"
    what = {"what": "fields", "field": ["phone", "contact.mobile", "contact.role"]}
    grant_id = asked(app, yuan, names=both, act=["export"], most="3", **what)
    decide(signed_in("zong"), grant_id)
    signed_in("zhuli").post(f"/approvals/{grant_id}/confirm", data={"answer": "yes"})
    yuan.grant_id = str(grant_id)
    return yuan


def made(client) -> str:
    """A copy that is made: its address."""
    answer = client.post("/exports", data={"grant": client.grant_id})
    assert answer.status_code == 303, answer.text
    wait()
    return answer.headers["Location"]


def test_a_copy_holds_what_was_granted_and_says_whose_it_is(app, exporter):
    url = made(exporter)
    assert "2 家已生成" in exporter.get(url).text
    answer = exporter.post(f"{url}/download")
    assert answer.status_code == 200
    assert "DC-" in answer.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.data))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert "商业秘密·仅限授权人员" in rows[0][0]
    assert "袁员工" in rows[0][0]
    assert rows[1] == ["客户名称", "公司电话", "角色", "手机"]
    told = {row[0]: row[1:] for row in rows[2:]}
    assert told[cast.NAME] == [cast.SECRETS["phone"], "决策人", cast.CONTACT_SECRETS["mobile"]]
    assert told["苏州白果示例有限公司"][0] == "0512-88001234"
    assert cast.SECRETS["traits"] not in str(rows)
    entries = said(app, "export")
    assert {one["code"] for one in entries} == {book.properties.identifier}
    assert sorted(len(one["subject_ids"]) for one in entries) == [1, 1]
    assert all(one["grant_id"] == exporter.grant_id for one in entries)
    assert all("contact.mobile" not in one["fields"] or one["purpose"] for one in entries)
    copy = said(app, "export_made")[0]["detail"]
    assert copy["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert copy["serial"] == book.properties.title
    assert book.worksheets[0].freeze_panes == "B3"


def test_a_copy_is_fetched_once_and_leaves_nothing_behind(app, exporter, tmp_path):
    url = made(exporter)
    assert exporter.post(f"{url}/download").status_code == 200
    assert exporter.post(f"{url}/download").status_code == 422
    assert "服务器上已经没有这份文件了" in exporter.get(url).text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(JobFile)) == 0
    found = list(tmp_path.rglob("*.xlsx"))
    assert found == []


def test_a_copy_that_nobody_fetches_is_gone_in_a_day(app, exporter):
    url = made(exporter)
    assert "可下载" in exporter.get("/exports").text
    with clock.turned(timedelta(hours=25)), app.test_request_context(), unit.work():
        jobs.forget_old()
    assert exporter.post(f"{url}/download").status_code == 422


def test_each_copy_uses_one_opening_and_has_its_own_serial(app, exporter):
    urls = [made(exporter) for _ in range(3)]
    assert exporter.post("/exports", data={"grant": exporter.grant_id}).status_code == 422
    assert "次数已用完" in exporter.get("/exports").text
    serials = {re.search(r"DC-\d+-\d+", exporter.get(one).text)[0] for one in urls}
    assert len(serials) == 3
    assert len({one["code"] for one in said(app, "export_made")}) == 3


def test_without_a_confirmed_grant_nothing_is_exported(app, signed_in, planted):
    assert planted
    yuan, zong = signed_in("yuan"), signed_in("zong")
    waiting = asked(app, yuan, act=["export"])
    decide(zong, waiting)
    looking = granted(app, yuan, zong)
    for one in (waiting, looking, "x", ""):
        assert yuan.post("/exports", data={"grant": str(one)}).status_code == 403
    assert said(app, "export")[-1]["result"] == "refused"
    assert "没有可用的导出授权" in yuan.get("/exports").text


def test_another_persons_copy_is_not_there(exporter, signed_in):
    url = made(exporter)
    zong = signed_in("zong")
    assert zong.get(url).status_code == 404
    assert zong.post(f"{url}/download").status_code == 404
    assert zong.post("/exports", data={"grant": exporter.grant_id}).status_code == 403


def test_a_copy_of_nothing_and_one_of_too_much_are_refused(app, exporter, monkeypatch):
    monkeypatch.setattr(exporting, "MOST", 1)
    assert "请分几份申请" in exporter.post("/exports", data={"grant": exporter.grant_id}).text
    with app.test_request_context():
        for login in ("zhao", "sun"):
            who = cast.viewer(login)
            with unit.work(who.actor()):
                wanted = select(all_cards.Customer).where(all_cards.Customer.owner_id == who.id)
                for row in db.session.scalars(wanted).all():
                    recycling.throw_in(all_cards.get(row.id, who), who)
    answer = exporter.post("/exports", data={"grant": exporter.grant_id})
    assert answer.status_code == 422
    assert "没有可导出的内容" in answer.text


def test_revoked_while_it_is_made_it_leaves_no_file(app, exporter, signed_in, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 1)
    whole, zong = exporting._lines, signed_in("zong")
    stopped = []

    def once(*args):
        if stopped:
            return whole(*args)
        stopped.append(True)
        found = whole(*args)
        unit.current().settle()
        zong.post(f"/grants/{exporter.grant_id}/revoke")
        return found

    monkeypatch.setattr(exporting, "_lines", once)
    url = made(exporter)
    assert "没有做完" in exporter.get(url).text
    assert exporter.post(f"{url}/download").status_code == 422
    assert said(app, "export_made") == []


@pytest.mark.usefixtures("exporter")
def test_a_frozen_account_makes_no_copy(app):
    with app.test_request_context():
        who = cast.viewer("yuan")
        with unit.work(who.actor()):
            job = exporting.begin(who, exporting.allowed(who)[0].id)
        with unit.work():
            db.session.execute(
                update(Person).where(Person.id == who.id).values(disabled_at=clock.now())
            )
        jobs.start(job.id, who.actor(), "", lambda one: exporting.carry_out(who, one, ""))
    wait()
    assert said(app, "export_made") == []


def test_a_printed_card_is_numbered_and_names_its_reader(app, signed_in, planted):
    yuan, url = signed_in("yuan"), f"/customers/{planted.customer_id}"
    granted(app, yuan, signed_in("zong"), act=["print", "open"], most="2")
    assert "打印" in yuan.get(url).text
    page = yuan.post(f"{url}/print").text
    for words in ("商业秘密·仅限授权人员", "袁员工 打印于", f"DY-{clock.today().year}-0001",
                  cast.SECRETS["traits"], said(app, "print")[0]["code"]):  # fmt: skip
        assert words in page, words
    assert said(app, "print")[0]["detail"]["serial"] == f"DY-{clock.today().year}-0001"
    assert yuan.post(f"{url}/print").status_code == 200
    assert yuan.post(f"{url}/print").status_code == 403


def test_a_cell_never_becomes_a_formula(app, signed_in):
    cast.customer(app, "zhao", "杭州公式示例有限公司", traits="=HYPERLINK(1)")
    zhao = signed_in("zhao")
    what = {"what": "fields", "field": ["traits"]}
    grant_id = asked(app, zhao, names="杭州公式示例有限公司", act=["export"], **what)
    decide(signed_in("zong"), grant_id)
    signed_in("zhuli").post(f"/approvals/{grant_id}/confirm", data={"answer": "yes"})
    zhao.grant_id = str(grant_id)
    answer = zhao.post(f"{made(zhao)}/download")
    cell = load_workbook(io.BytesIO(answer.data)).worksheets[0]["B3"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_what_is_carried_out_asks_first_who_it_is(exporter, signed_in, planted):
    url = made(exporter)
    card = f"/customers/{planted.customer_id}/reveal"
    copy = {"field": "phone", "purpose": "visit", "act": "copy"}
    zhao = signed_in("zhao")
    with clock.turned(timedelta(minutes=11)):
        for answer in (
            exporter.post("/exports", data={"grant": exporter.grant_id}),
            exporter.post(f"{url}/download"),
            zhao.post(card, data=copy),
        ):
            assert answer.status_code == 303
            assert answer.location.startswith("/me/confirm")


def test_what_is_handed_to_a_contact_uses_an_opening_too(app, signed_in, planted):
    lin = signed_in("lin")
    grant_id = asked(app, lin, act=["export"], most="1")
    decide(signed_in("zong"), grant_id)
    signed_in("zhuli").post(f"/approvals/{grant_id}/confirm", data={"answer": "yes"})
    url = f"/customers/{planted.customer_id}/contacts/{planted.contact_id}/export"
    assert [lin.post(url).status_code for _time in range(2)] == [200, 403]
