"""Stolen disk: after a day's work on the real server nothing sealed can be read in any file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest
from flask_migrate import upgrade
from sqlalchemy import make_url

from crm import clock, create_app
from crm.cli.house import make_keys
from crm.db import db
from tests import cast, pictured, postgres
from tests.walk import disk
from tests.walk.serving import RECORDER, Browser, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPED = {
    name: text for name, text in cast.CONTACT_SECRETS.items() if len(text) > 3 or name == "name"
}
"""The contact's facts that are no choice from a list: those words stand in every page."""
LATER = {"traits": "特征密文记号丑改过", "business": "业务密文记号寅改过"}
CALLED, VISIT_NOTE = "通话密文记号卯", "用途密文记号辰"
MISTYPED = {
    "password": "口令密文记号巳",
    "date": "日期密文记号午",
    "address": "网址密文记号未",
    "field": "字段密文记号申",
    "phone": "电话密文记号酉",
    "sort": "排序密文记号戌",
}
"""What people type where it does not belong: it must not stand in a log either."""
IN_FILE = {
    "phone": "0577-88662244",
    "traits": "表格密文记号亥特征",
    "name": "柳密",
    "mobile": "13687654321",
    "home_address": "表格密文记号甲子住址",
    "family": "表格密文记号乙丑家庭",
}
BAD_ROW = {name: text.replace("记号", "坏行") for name, text in IN_FILE.items()} | {
    "phone": "0577-88662255", "name": "柳坏密行", "mobile": "13687654999",
}  # fmt: skip
CONTRIBUTED = {
    "name": "衢州含笑密户示例", "business": "补充密文记号甲寅", "contact.1.name": "桑密补",
    "contact.1.mobile": "13587654301", "contact.1.family": "补充密文记号乙卯家庭",
}  # fmt: skip
FILLED_IN = {
    "name": "绍兴玉兰密户示例", "phone": "0575-88442266", "contact.1.name": "凌密自",
    "contact.1.mobile": "13587654302", "contact.1.birth_date": "1971-05-09",
}  # fmt: skip
"""What a colleague and a customer write: some is decided on, some still waits."""
SECRETS = (
    *CONTRIBUTED.values(), *FILLED_IN.values(),
    *cast.SECRETS.values(), cast.SHAREHOLDER, *TYPED.values(), *LATER.values(), CALLED, VISIT_NOTE,
    *MISTYPED.values(), *IN_FILE.values(), *BAD_ROW.values(), cast.PASSWORD,
)  # fmt: skip
SUITES = {"sqlite": "sm", "postgresql": "aes"}
"""Each suite has its day on one of them: a disk does not know which database wrote it."""
OPEN = (cast.NAME, "温州芙蓉示例有限公司")
"""Open facts: they are readable on the disk, and docs/security.md says so."""
FILLING = 30_000
"""Rows that make the file larger than what libraries keep in memory of their own accord."""


@dataclass(frozen=True, slots=True)
class House:
    """Where one archive lies."""

    instance: Path
    temp: Path
    opened: Path
    settings: dict[str, str]
    data: Path | None = None
    """PostgreSQL's own folder, where we may read it."""
    built: float = field(default_factory=time.time)

    def files(self) -> list[Path]:
        """What a thief carries away: of PostgreSQL's files those that the day wrote."""
        cluster = disk.touched(self.data, self.built) if self.data else ()
        return [*disk.files(self.instance, self.temp), *cluster]


@pytest.fixture
def house(database: str, tmp_path: Path, master_key: Path) -> Iterator[House]:
    """An archive of its own – on PostgreSQL with a cluster of its own – with two people hired."""
    if database == "sqlite":
        yield built(tmp_path, master_key, "", SUITES[database])
        return
    with postgres.cluster() as url:
        yield built(tmp_path, master_key, postgres.create_database(url, "stolen"), SUITES[database])


def built(folder: Path, key: Path, url: str, suite: str) -> House:
    instance, temp, opened = folder / "instance", folder / "temp", folder / "opened.txt"
    temp.mkdir()
    settings = {
        "CRM_INSTANCE": str(instance),
        "CRM_MASTER_KEY_FILE": str(key),
        "CRM_SECOND_FACTOR": "off",
    }
    settings |= {"CRM_DATABASE_URL": url} if url else {}
    app = create_app({**settings, "TESTING": True})
    with app.app_context():
        upgrade()
        make_keys(suite)
    cast.hire(app, ["zhao", "wang", "lin", "xi"])
    with app.app_context():
        db.engine.dispose()
    here = {"TMPDIR": str(temp), "OPENED": str(opened), "PYTHONDONTWRITEBYTECODE": "1"}
    return House(instance, temp, opened, settings | here, data_folder(url) if url else None)


def data_folder(url: str) -> Path | None:
    """Where PostgreSQL keeps this database, its write-ahead log and its server log."""
    with psycopg.connect(
        make_url(url).set(drivername="postgresql").render_as_string()
    ) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row
    folder = Path(row[0]).parent
    return folder if os.access(folder, os.R_OK | os.X_OK) else None


def test_after_a_day_nothing_sealed_can_be_read_on_the_disk(house: House, database: str):
    with serving(house.settings, house.instance) as address:
        a_day(address)
        backed_up(address)
        checkpoint(house)
        assert disk.found(SECRETS, house.files()) == []  # with write-ahead logs, while it runs
    assert disk.found(SECRETS, disk.files(house.instance, house.temp)) == []
    looked_at = {path.name for path in house.files()}
    assert "application.log" in looked_at
    assert len([name for name in looked_at if name.endswith(".kedang")]) == 1
    assert not list(house.instance.glob("drill-*"))
    assert disk.found(OPEN, house.instance.glob("backups/*")) == []
    assert ("kedang.db" in looked_at) == (database == "sqlite")
    if database == "sqlite" or house.data:
        assert {text for text, _file in disk.found(OPEN, house.files())} == set(OPEN)


def backed_up(address: str) -> None:
    """A backup, a drill on it, and the file carried away: all of it sealed, names too."""
    xi = Browser(address)
    assert xi.sign_in("xi") == 302
    for path, done in (("/admin/backups", "完成"), ("/admin/backups/drill", "通过")):
        xi.get("/admin/backups")
        assert xi.post(path)[0] == 303
        assert any(settled(xi) for _ in range(300)), path
        assert done in xi.get("/admin/backups")[1]
    page = xi.get("/admin/backups")[1]
    assert "没有通过" not in page
    found = re.search(r"/admin/backups/[0-9a-f-]{36}/download", page)
    assert found
    assert xi.post(found.group())[0] == 200


def settled(xi: Browser) -> bool:
    """Whether nothing is at work any more; looks again in a moment."""
    time.sleep(0.2)
    return "<progress" not in xi.get("/admin/backups")[1]


def checkpoint(house: House) -> None:
    """Let PostgreSQL write everything where it belongs, as well as into its log."""
    if url := house.settings.get("CRM_DATABASE_URL"):
        address = make_url(url).set(drivername="postgresql").render_as_string()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CHECKPOINT")


def a_day(address: str) -> None:
    """Everything that people do in a day, and what they mistype."""
    zhao, lin = Browser(address), Browser(address)
    mistyped_at_the_door(zhao)
    assert zhao.sign_in("zhao") == 302
    card = created(zhao)
    worked_on(zhao, card)
    searched(zhao)
    imported(zhao)
    contributed(zhao, Browser(address), card)
    mistyped(zhao, card)
    assert lin.sign_in("lin") == 302
    for path in ("/", "/audit", "/audit/entries", "/customers", card, f"{card}/history"):
        assert lin.get(path)[0] == 200, path
    status, exported, _to = lin.post("/audit/export")
    assert status == 200
    assert exported.count("\n") > 20
    assert zhao.post("/sign-out")[0] == 302


def created(zhao: Browser) -> str:
    """A customer typed into the form, with everything a card can hold."""
    facts = {f"contact.new1.{column}": text for column, text in cast.CONTACT_SECRETS.items()}
    shares = {"share.0.name": cast.SHAREHOLDER, "share.0.share": "35"}
    form = {"name": cast.NAME, "level": "B", "status": "potential"} | cast.SECRETS | facts | shares
    status, page, to = zhao.post("/customers/new", form)
    assert status == 303, page
    return to


def worked_on(zhao: Browser, card: str) -> None:
    """Opened, changed, called, written about, revealed; and seen, so that the day is a real one."""
    assert zhao.post(f"{card}/open", {"purpose": "other", "note": VISIT_NOTE})[0] == 303
    page = zhao.get(card)[1]
    assert cast.SECRETS["traits"] in page
    contact = re.search(r"contact\.([0-9a-f-]{36})\.mobile", page)
    assert contact
    mobile = {"field": f"contact.{contact.group(1)}.mobile", "purpose": "visit"}
    for token in pictured.tokens(zhao.post(f"{card}/reveal", mobile)[1]):
        status, picture, _to = zhao.get(f"/pictures/{token}")
        assert (status, "PNG" in picture) == (200, True)
    assert (
        cast.CONTACT_SECRETS["mobile"] in zhao.post(f"{card}/reveal", mobile | {"act": "dial"})[1]
    )
    form = zhao.get(f"{card}/edit")[1]
    assert cast.CONTACT_SECRETS["family"] in form
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version
    assert zhao.post(f"{card}/edit", LATER | {"version": version.group(1)})[0] == 303
    said = {"text": CALLED, "kind": "phone", "next": clock.today().isoformat()}
    assert zhao.post(f"{card}/follow-ups", said)[0] == 303
    for path in ("/", "/today", "/customers", f"{card}/seen-by", f"{card}/history"):
        assert zhao.get(path)[0] == 200, path
    assert CALLED in zhao.get("/today")[1]


def contributed(zhao: Browser, customer: Browser, card: str) -> None:
    """A colleague writes twice, a customer once through a link; the owner decides on one."""
    for _ in range(2):
        assert zhao.post("/contributions/new", CONTRIBUTED | {"source": "市场调查"})[0] == 303
    page = zhao.post("/intake-links", {"customer": card.rpartition("/")[2]})[1]
    link = re.search(r"/intake/[\w-]+", page)
    assert link
    assert customer.get(link.group())[0] == 200
    agreed = {"agree.contact.mobile": "1", "agree.contact.birth_date": "1"}
    assert customer.post(link.group(), FILLED_IN)[0] == 422
    assert customer.post(link.group(), FILLED_IN | agreed)[0] == 200
    found = re.search(r"/contributions/[0-9a-f-]{36}", zhao.get("/contributions/waiting")[1])
    assert found
    page = zhao.get(found.group())[1]
    assert FILLED_IN["contact.1.mobile"] in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    form = {"version": version.group(1), "all": "accept"}
    assert zhao.post(found.group(), form)[0] == 303


def searched(zhao: Browser) -> None:
    """By number, by its last digits, by name; what was searched for is a value too."""
    mobile, name = cast.CONTACT_SECRETS["mobile"], cast.CONTACT_SECRETS["name"]
    for query in (mobile, mobile[-4:], name, name[:2] + "&in=contacts", cast.SECRETS["phone"]):
        assert cast.NAME in zhao.get(f"/customers?q={quote(query, safe='&=')}")[1], query


def imported(zhao: Browser) -> None:
    """A large file: looked at, its bad rows taken home, brought in, and one more left waiting."""
    assert zhao.get("/customers/import")[0] == 200
    status, page, _to = zhao.upload("/customers/import", "客户.csv", sheet())
    assert status == 200, page
    found = re.search(r"/customers/import/[0-9a-f-]{36}", page)
    assert found
    job = found.group()
    assert zhao.get(f"{job}/errors.xlsx")[0] == 200
    assert zhao.post(f"{job}/confirm")[0] == 303
    for _ in range(300):
        if OPEN[1] in zhao.get(f"/customers?q={quote(OPEN[1])}")[1]:
            break
        time.sleep(0.1)
    assert zhao.get(f"{job}/errors.xlsx")[0] == 200
    assert zhao.upload("/customers/import", "还没导入.csv", sheet())[0] == 200


def sheet() -> bytes:
    """Good rows, a bad row, and enough of a remark to fill a megabyte."""
    head = "客户名称,等级,公司电话,客户特征,联系人,手机,住址,家庭状况,备注"
    good = [OPEN[1], "B", *IN_FILE.values(), ""]
    bad = ["坏行示例有限公司", "Z", *BAD_ROW.values(), "长" * FILLING]
    filling = [["坏行示例有限公司", "Z", *[""] * 6, "长" * FILLING]] * 15
    lines = [head, *(",".join(row) for row in (good, bad, *filling))]
    return "\n".join(lines).encode()


def mistyped_at_the_door(zhao: Browser) -> None:
    """A password in the wrong field, a number in the address."""
    assert zhao.sign_in(MISTYPED["password"], "x" * 12) == 422
    assert zhao.sign_in("zhao", MISTYPED["password"]) == 422
    assert zhao.get(f"/customers?q={quote(MISTYPED['address'])}")[0] == 302


def mistyped(zhao: Browser, card: str) -> None:
    """Refused, one way or another; a program that logged the request would keep it."""
    wrong = {
        f"/customers/{quote(MISTYPED['address'])}": None,
        f"/customers?sort={quote(MISTYPED['sort'])}": None,
        f"/customers?q={quote(MISTYPED['address'])}&page=0": None,
        f"/audit/entries?action={quote(MISTYPED['address'])}": None,
        f"{card}/reveal": {"field": MISTYPED["field"], "purpose": "visit"},
        f"{card}/open": {"purpose": "none", "note": MISTYPED["field"]},
        f"{card}/follow-ups": {"text": MISTYPED["date"], "next_date": MISTYPED["date"]},
        f"{card}/edit": {"phone": MISTYPED["phone"], "version": "x"},
        f"/today/{card.rpartition('/')[2]}": {"outcome": MISTYPED["field"]},
    }
    for path, form in wrong.items():
        status, _page, _to = zhao.get(path) if form is None else zhao.post(path, form)
        assert 400 <= status < 500, path


def test_the_server_opens_no_file_for_writing(house: House):
    """Not even a temporary one that is unlinked at once: its blocks stay on the disk."""
    with serving(house.settings, house.instance) as address:
        zhao = Browser(address)
        assert zhao.sign_in("zhao") == 302
        imported(zhao)
    assert house.opened.read_text().splitlines() == []
    assert list(house.temp.iterdir()) == []


def test_a_temporary_file_would_be_noticed(tmp_path: Path):
    told = tmp_path / "opened.txt"
    program = f"{RECORDER}\nimport tempfile\ntempfile.TemporaryFile().close()"
    here = os.environ | {"OPENED": str(told), "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=here, check=True)
    assert str(tmp_path) in told.read_text()


@pytest.mark.parametrize("encoding", disk.ENCODINGS)
def test_the_search_of_the_disk_finds_what_is_there(tmp_path: Path, encoding: str):
    (tmp_path / "deep").mkdir()
    content = b"\x00\xff" + "电话0571-88331199。".encode(encoding) + b"\x00"
    (tmp_path / "deep" / ".kedang.db-wal").write_bytes(content)
    assert disk.found(["0571-88331199"], disk.files(tmp_path)) == [
        ("0571-88331199", ".kedang.db-wal")
    ]
    assert disk.found(["0571-88331198"], disk.files(tmp_path)) == []
