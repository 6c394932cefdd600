"""The page 备份: one is taken, drilled with, carried away; each is an entry in the log."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crm import clock
from crm.backups import drills, folder, making, nightly, runs
from crm.db import db
from crm.web import unit
from tests import cast
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    SignedIn = Callable[[str], FlaskClient]

PAGE = "/admin/backups"


def wait() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("job-"):
            thread.join(60)


def backed_up(xi: FlaskClient) -> str:
    assert xi.post(PAGE).status_code == 303
    wait()
    return xi.get(PAGE).text


def test_a_backup_and_a_drill_at_one_tap(app: Flask, signed_in: SignedIn, planted: cast.Planted):
    assert planted
    xi = signed_in("xi")
    assert "还没有备份" in xi.get(PAGE).text
    page = backed_up(xi)
    assert re.search(r"完成", page)
    assert xi.post(f"{PAGE}/drill").status_code == 303
    wait()
    page = xi.get(PAGE).text
    assert "通过" in page
    assert "客户 1 家" in page
    assert "没有通过" not in page
    with app.app_context():
        facts = runs.latest(runs.DRILL, 1)[0].facts
        assert facts["boxes"] == facts["opened"] > 20
        assert not list(folder.settings().instance.glob(f"{drills.PREFIX}*"))
    assert [one["result"] for one in said(app, "backup_made")] == ["ok"]
    drilled = said(app, "backup_drilled")[0]
    assert drilled["actor"] == "xi"
    assert drilled["detail"]["opened"] == facts["opened"]


def test_only_the_system_administrator_may(signed_in: SignedIn):
    for login in ("dong", "lin", "zhao", "an"):
        client = signed_in(login)
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE).status_code == 403
        assert client.post(f"{PAGE}/drill").status_code == 403


def test_a_backup_is_carried_away_sealed_and_the_log_says_so(
    app: Flask, signed_in: SignedIn, planted: cast.Planted
):
    assert planted
    xi = signed_in("xi")
    found = re.search(rf"{PAGE}/[0-9a-f-]{{36}}/download", backed_up(xi))
    assert found
    answer = xi.post(found[0])
    assert answer.data.startswith(b"KEDANG-BACKUP-1\n")
    assert cast.NAME.encode() not in answer.data
    assert said(app, "backup_fetched")[0]["actor"] == "xi"
    with app.app_context():
        next(folder.path().glob("*.kedang")).unlink()
    assert xi.post(found[0]).status_code == 422
    assert "不在文件夹里" in xi.get(PAGE).text
    assert xi.post(f"{PAGE}/{planted.customer_id}/download").status_code == 404


def test_a_drill_needs_a_backup_and_one_at_a_time_is_enough(app: Flask, signed_in: SignedIn):
    xi = signed_in("xi")
    answer = xi.post(f"{PAGE}/drill")
    assert answer.status_code == 422
    assert "先备份一次" in answer.text
    with app.test_request_context(), unit.work():
        runs.begin(runs.BACKUP)
    assert xi.post(PAGE).status_code == 303
    assert "正在备份" in xi.get(PAGE).text
    with app.app_context():
        assert len(runs.latest(runs.BACKUP, 9)) == 1
    with clock.turned(timedelta(hours=1)):
        assert "中断" in xi.get(PAGE).text
        assert xi.post(PAGE).status_code == 303
        wait()


def test_a_drill_on_a_damaged_backup_says_so(app: Flask, signed_in: SignedIn):
    xi = signed_in("xi")
    backed_up(xi)
    with app.app_context():
        path = next(folder.path().glob("*.kedang"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    assert xi.post(f"{PAGE}/drill").status_code == 303
    wait()
    page = xi.get(PAGE).text
    assert "没有通过" in page
    assert "备份文件不完整或被改动过" in page
    assert said(app, "backup_drilled")[0]["result"] == "failed"
    with app.app_context():
        assert runs.is_late(runs.DRILL)


def test_a_disk_that_is_full_is_told_and_logged(app: Flask, signed_in: SignedIn, tmp_path: Path):
    xi = signed_in("xi")
    (tmp_path / "instance" / "backups").write_text("no folder")
    xi.post(PAGE)
    wait()
    with app.app_context():
        db.session.rollback()
        run = runs.latest(runs.BACKUP, 1)[0]
    assert run.state == "failed"
    assert "没有成功" in xi.get(PAGE).text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_nightly_backup_is_made_once_and_old_ones_go(app: Flask):
    with app.test_request_context():
        assert nightly.due()
        assert nightly.run()
        assert not nightly.due()
        assert not nightly.run()
        names = [path.name for path in folder.path().iterdir()]
        assert [name.startswith(folder.NIGHTLY) for name in names] == [True]
        kept = folder.settings().backup_keep
        for number in range(kept + 3):
            (folder.path() / f"{folder.NIGHTLY}2020010{number % 10}-00000{number}.kedang").touch()
        (folder.path() / "20200101-000000.kedang").touch()
        folder.forget_old()
        left = sorted(path.name for path in folder.path().iterdir())
        assert len(left) == kept + 1
        assert names[0] in left
        assert "20200101-000000.kedang" in left


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_missed_night_is_caught_up_by_day(app: Flask):
    with app.test_request_context():
        assert nightly.run()
        at = clock.local(clock.now())
        noon = timedelta(hours=(12 - at.hour) % 24 + 24)
        if noon < nightly.OVERDUE:
            noon += timedelta(days=1)
        with clock.turned(noon):
            assert nightly.due()
        night = timedelta(hours=(3 - at.hour) % 24)
        if night < nightly.FRESH:
            night += timedelta(days=1)
        with clock.turned(night):
            assert nightly.due()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_doctor_and_the_page_say_when_it_is_late(app: Flask):
    with app.test_request_context():
        assert runs.is_late(runs.BACKUP)
        making.by_hand(folder.path() / "hand.kedang", lambda _done, _total: None)
        assert not runs.is_late(runs.BACKUP)
        with clock.turned(timedelta(days=3)):
            assert runs.is_late(runs.BACKUP)
