"""Importing: upload, look it over, go – with bad rows, others' cards and a second run."""

from __future__ import annotations

import re
import time
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
from click.testing import CliRunner
from sqlalchemy import func, select

from crm.cli import main
from crm.customers import importing
from crm.customers.cards import Customer
from crm.customers.imports.outcome import ContactDraft, CustomerDraft
from crm.db import db
from crm.jobs import JobFile
from tests import cast
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]

HEADER = [
    "客户名称",
    "地区",
    "等级",
    "标签",
    "来源",
    "负责人",
    "公司电话",
    "主要股东",
    "联系人",
    "角色",
    "手机",
    "备注",
]
ROWS = [
    [
        "青禾导入示例",
        "山东省济南市",
        "A",
        "展会 重点",
        "客户拜访",
        "zhao",
        "0531-88110022",
        "甲:60%;乙:40%",
        "周一",
        "决策人",
        "13811110001",
        None,
    ],
    [
        "青禾导入示例",
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        "周二",
        "影响人",
        "13811110002",
        "喜欢喝茶",
    ],
    [
        "曜川导入示例",
        "浙江省宁波市",
        "B",
        None,
        "市场调查",
        "sun",
        None,
        None,
        "吴三",
        None,
        "13811110003",
        None,
    ],
    ["没有人负责", None, None, None, None, "nobody", None, None, None, None, None, None],
    ["坏号码", None, None, None, None, None, None, None, "郑四", None, "123", None],
]


def workbook(rows: list[list[str | None]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADER, *rows]:
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def upload(client: FlaskClient, content: bytes, name: str = "客户.xlsx") -> str:
    answer = client.post("/customers/import", data={"file": (BytesIO(content), name)})
    assert answer.status_code == 200, answer.text
    return answer.text


def go(client: FlaskClient, preview: str) -> str:
    found = re.search(r"/customers/import/([0-9a-f-]{36})/confirm", preview)
    assert found
    url = f"/customers/import/{found[1]}"
    assert client.post(url + "/confirm").status_code == 303
    for _try in range(200):
        page = client.get(url).text
        if "导入好了" in page:
            return page
        time.sleep(0.05)
    raise AssertionError(page)


def test_good_rows_come_in_and_bad_ones_come_back_with_their_reason(
    app: Flask, signed_in: SignedIn
) -> None:
    lin = signed_in("lin")
    preview = upload(lin, workbook(ROWS))
    assert "13811110001" not in preview
    assert "不是 11 位手机号" in preview
    page = go(lin, preview)
    assert "新建 2 家" in page
    errors = re.search(r'href="(/customers/import/[0-9a-f-]{36}/errors\.xlsx)"', page)
    assert errors
    book = openpyxl.load_workbook(BytesIO(lin.get(errors[1]).data))
    assert book.active is not None
    values = [[cell.value for cell in row] for row in book.active.iter_rows()]
    name = values[0].index("客户名称")
    assert [row[name] for row in values[1:]] == ["没有人负责", "坏号码"]
    assert said(app, "import_errors")[0]["detail"] == {"rows": 2}
    zhao = signed_in("zhao")
    assert "青禾导入示例" in zhao.get("/customers?q=13811110002").text
    assert "曜川导入示例" not in zhao.get("/customers").text
    assert "曜川导入示例" in signed_in("sun").get("/customers").text


def test_an_imported_card_has_no_next_date_and_was_never_verified(signed_in: SignedIn) -> None:
    lin = signed_in("lin")
    go(lin, upload(lin, workbook(ROWS[:1])))
    assert "青禾导入示例" in signed_in("zhao").get("/customers?next=none").text
    assert "青禾导入示例" not in signed_in("zhao").get("/customers?next=overdue").text
    assert "青禾导入示例" in lin.get("/customers/stale?kind=never").text


def test_a_file_without_bad_rows_is_shredded_when_it_is_in(app: Flask, signed_in: SignedIn) -> None:
    lin = signed_in("lin")
    assert "新建 2 家" in go(lin, upload(lin, workbook(ROWS[:3])))
    again = go(lin, upload(lin, workbook(ROWS[:3])))
    assert "没有变化 2 家" in again
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(JobFile)) == 0
        assert db.session.scalar(select(func.count()).select_from(Customer)) == 2
    told = [entry["detail"] for entry in said(app, "import")]
    assert told == [{"customers": 2, "compared": 0}, {"customers": 0, "compared": 2}]


def test_a_card_of_somebody_else_is_neither_touched_nor_compared(
    signed_in: SignedIn, planted: Planted
) -> None:
    row = [
        cast.NAME,
        "海南省三亚市",
        "D",
        None,
        None,
        None,
        "0898-11112222",
        None,
        cast.CONTACT_SECRETS["name"],
        None,
        cast.CONTACT_SECRETS["mobile"],
        None,
    ]
    sun = signed_in("sun")
    page = go(sun, upload(sun, workbook([row])))
    assert "新建 0 家，更新 0 家，没有变化 0 家" in page
    assert cast.CONTACT_SECRETS["mobile"] not in page
    zhao = signed_in("zhao")
    card = zhao.get(f"/customers/{planted.customer_id}").text
    assert "海南省三亚市" not in card
    mine = go(zhao, upload(zhao, workbook([row])))
    assert "更新 1 家" in mine
    assert "海南省三亚市" in zhao.get(f"/customers/{planted.customer_id}").text
    assert zhao.get(f"/customers/{planted.customer_id}").text.count("139****5678") == 1


def test_a_file_that_is_none_gets_a_sentence(signed_in: SignedIn) -> None:
    lin = signed_in("lin")
    for content, name, sentence in (
        (b"", "空.xlsx", "空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧.xls", "旧版"),
        (b"%PDF-1.7", "a.xlsx", "PDF"),
        ("甲,乙\n1,2\n".encode(), "a.csv", "客户名称"),
    ):
        answer = lin.post("/customers/import", data={"file": (BytesIO(content), name)})
        assert answer.status_code == 422
        assert sentence in answer.text
    assert lin.post("/customers/import").status_code == 422
    assert signed_in("cai").post("/customers/import").status_code == 403


def test_an_import_is_its_owners_and_is_confirmed_once(signed_in: SignedIn) -> None:
    lin, zhao = signed_in("lin"), signed_in("zhao")
    preview = upload(lin, workbook(ROWS[:3]))
    found = re.search(r"/customers/import/([0-9a-f-]{36})/confirm", preview)
    assert found
    url = f"/customers/import/{found[1]}"
    for page in (url, url + "/errors.xlsx"):
        assert zhao.get(page).status_code == 404
    assert zhao.post(url + "/confirm").status_code == 404
    assert "核对" in lin.get(url).text
    go(lin, preview)
    assert lin.post(url + "/confirm").status_code == 303
    assert "客户.xlsx" in lin.get("/customers/import").text


def test_the_command_line_imports_says_what_it_did_and_writes_the_bad_rows(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.extensions["kedang.settings"]
    for name, value in (
        ("INSTANCE", settings.instance),
        ("MASTER_KEY_FILE", settings.master_key_file),
        ("DATABASE_URL", settings.database_url),
    ):
        monkeypatch.setenv(f"CRM_{name}", str(value))
    file, errors = tmp_path / "客户.xlsx", tmp_path / "errors.xlsx"
    file.write_bytes(workbook(ROWS))
    runner = CliRunner()
    dry = runner.invoke(
        main, ["customers", "import", str(file), "--as", "lin", "--dry-run", "--json"]
    )
    assert '"new": 2' in dry.stdout
    done = runner.invoke(
        main, ["customers", "import", str(file), "--as", "lin", "--errors", str(errors)]
    )
    assert done.exit_code == 0
    assert "2 new" in done.stdout
    assert "row 6" in done.stderr
    assert errors.stat().st_mode & 0o077 == 0
    again = runner.invoke(main, ["customers", "import", str(file), "--as", "lin", "--json"])
    assert '"same": 2' in again.stdout
    for login in ("nobody", "cai"):
        assert runner.invoke(main, ["customers", "import", str(file), "--as", login]).exit_code == 1
    template = tmp_path / "template.xlsx"
    assert runner.invoke(main, ["customers", "template", str(template)]).exit_code == 0
    assert openpyxl.load_workbook(template).active is not None


def test_an_import_holds_the_lock_for_so_many_contacts_at_a_time() -> None:
    crowd = [CustomerDraft(f"第{at}号", contacts=[ContactDraft(at)] * 60) for at in range(12)]
    lone = [CustomerDraft(f"又{at}号") for at in range(150)]
    parts = list(importing._chunks(crowd + lone))
    assert [len(part) for part in parts] == [5, 5, 100, 52]
    assert [one.name for part in parts for one in part] == [one.name for one in crowd + lone]
