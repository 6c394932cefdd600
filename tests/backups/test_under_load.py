"""Must show 6: backed up while people write and open, restored elsewhere – nothing is lost."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from crm.audit.entry import LogEntry, leaf_hash
from crm.backups import taking
from crm.customers.cards import Customer
from crm.customers.followups import FollowUp
from crm.db import db
from tests import cast
from tests.backups.places import restored
from tests.backups.test_kill import environment
from tests.walk.serving import Browser, serving

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

BEFORE = 4
PATIENCE = 240


class Salesperson(threading.Thread):
    """Makes cards, opens them, writes follow-ups, and remembers what the server acknowledged."""

    def __init__(self, address: str, login: str, number: int) -> None:
        super().__init__(daemon=True)
        self.browser, self.login, self.number = Browser(address), login, number
        self.stop, self.ready = threading.Event(), threading.Event()
        self.cards: list[str] = []
        self.written = 0

    def run(self) -> None:
        assert self.browser.sign_in(self.login) == 302
        while not self.stop.is_set():
            self._sell()
            if len(self.cards) >= BEFORE:
                self.ready.set()

    def _sell(self) -> None:
        name = f"负载示例{self.number}之{len(self.cards)}有限公司"
        form = {"name": name, "level": "B", "status": "potential"} | cast.SECRETS
        status, page, card = self.browser.post("/customers/new", form)
        assert status == 303, page
        assert self.browser.post(f"{card}/open", {"purpose": "visit"})[0] == 303
        assert cast.SECRETS["traits"] in self.browser.get(card)[1]
        said = {"text": cast.FOLLOW_UP, "kind": "phone"}
        assert self.browser.post(f"{card}/follow-ups", said)[0] == 303
        self.cards.append(card)
        self.written += 1


def test_what_was_acknowledged_before_the_backup_began_is_in_it(
    app: Flask, elsewhere: Flask, tmp_path: Path
):
    path = tmp_path / "load.kedang"
    env = environment(app) | {"OPENED": str(tmp_path / "opened.txt")}
    instance = app.extensions["kedang.settings"].instance
    with serving(env | {"OPENED": str(tmp_path / "opened")}, instance) as address:
        people = [Salesperson(address, login, n) for n, login in enumerate(("zhao", "wang", "sun"))]
        for one in people:
            one.start()
        assert all(one.ready.wait(PATIENCE) for one in people)
        acknowledged = [card for one in people for card in list(one.cards)]
        done = subprocess.run(
            [sys.executable, "-m", "crm", "backup", str(path)],
            env=env, capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        during = sum(one.written for one in people) - len(acknowledged)
        for one in people:
            one.stop.set()
        for one in people:
            one.join(PATIENCE)
    assert done.returncode == 0, done.stderr
    assert during > 0, "nobody wrote while the backup was taken"
    restored(elsewhere, path)
    lost = {card for card in acknowledged if not is_there(elsewhere, card)}
    assert lost == set()
    log_verifies(elsewhere, path)


def is_there(app: Flask, card: str) -> bool:
    """Whether a card and its follow-up were restored."""
    found = re.search(r"[0-9a-f-]{36}", card)
    assert found
    with app.app_context():
        wanted = select(FollowUp.id).join(Customer).where(Customer.id == UUID(found[0]))
        return db.session.scalar(wanted) is not None


def log_verifies(app: Flask, path: Path) -> None:
    """Dense from the first entry to the one that says `restored`, every leaf right."""
    with app.app_context():
        rows = db.session.execute(
            select(LogEntry.seq, LogEntry.text, LogEntry.leaf, LogEntry.action).order_by(
                LogEntry.seq
            )
        ).all()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert all(leaf_hash(row.text) == row.leaf for row in rows)
    assert rows[-1].action == "restored"
    assert taking.head_of(path).log_size == len(rows) - 1
