"""Killed while merging, undoing, binning, restoring: every card is wholly before or wholly after.

Four kills on each database in the quick suite; KEDANG_KILLS=100 is the whole proof.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crm.accounts.people import Person
from crm.audit.entry import LogEntry
from crm.crypto import keyring
from crm.crypto.keyring import DataKey
from crm.crypto.sealed import Place
from crm.customers.beside import Collaborator
from crm.customers.binned import Binned
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.followups import FollowUp, Kind, write
from crm.customers.merging import Merge, moves
from crm.db import db
from crm.web import unit
from tests import cast
from tests.architecture.sources import ROOT
from tests.customers.organising.at_work import ACTS

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

KILLS = int(os.environ.get("KEDANG_KILLS", "4"))
SAID = {"zhao": "赵说过的一句话", "sun": "孙说过的一句话"}
PHONES = {"zhao": "010-60001111", "sun": "010-60002222"}


def card(app: Flask, owner: str) -> UUID:
    """A card with a telephone, a contact, somebody beside its owner and a follow-up."""
    from crm.customers import cards  # noqa: PLC0415 - loads stand inside

    facts = {
        "phone": PHONES[owner], "contact.new1.name": f"{owner}的联系人", "collaborators": "wang",
        "contact.new1.mobile": "137000000" + ("11" if owner == "sun" else "22"),
    }  # fmt: skip
    made = cast.customer(app, owner, f"{owner}家示例有限公司", **facts)
    with app.test_request_context():
        who = cast.viewer(owner)
        with unit.work(who.actor()):
            write(who, cards.get(made, who), Kind.VISIT, SAID[owner])
    return made


def environment(app: Flask) -> dict[str, str]:
    settings = app.extensions["kedang.settings"]
    return os.environ | {
        "CRM_INSTANCE": str(settings.instance),
        "CRM_MASTER_KEY_FILE": str(settings.master_key_file),
        "CRM_DATABASE_URL": settings.database_url,
        "CRM_SECOND_FACTOR": "off",
    }


def killed(app: Flask, two: tuple[UUID, UUID], seconds: float) -> list[str]:
    """Let a process work for so long, then kill it; the lines that it had said."""
    work = [sys.executable, "-m", "tests.customers.organising.at_work", *map(str, two)]
    process = subprocess.Popen(
        work, cwd=ROOT, env=environment(app), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest = process.communicate()[0]
    return (first + rest).splitlines()


def acts(since: int) -> list[str]:
    """What the log says came about, of these four."""
    wanted = select(LogEntry.action).where(
        LogEntry.action.in_(ACTS), LogEntry.result == "ok", LogEntry.seq > since
    )
    return list(db.session.scalars(wanted.order_by(LogEntry.seq)))


def how_many(table: type, card_id: UUID) -> int:
    return db.session.scalar(select(func.count()).where(table.customer_id == card_id)) or 0


def opens(card_id: UUID) -> tuple[str, set[str]]:
    """What a card's telephone and follow-ups say, under its own key."""
    key = keyring.current().record_key(card_id)
    phone = db.session.scalar(select(Customer.phone).where(Customer.id == card_id))
    rows = select(FollowUp.id, FollowUp.text).where(FollowUp.customer_id == card_id)
    said = {
        key.unseal(Place("follow_ups", "text", row.id), row.text)
        for row in db.session.execute(rows)
    }
    return key.unseal(Place("customers", "phone", card_id), phone), said


def whole(two: tuple[UUID, UUID], *, merged: bool, binned: bool) -> None:
    """Both cards are what the last entry of the log says, in every table."""
    kept, gone = two
    standing = db.session.scalars(select(Merge).where(Merge.undone_at.is_(None))).all()
    assert [one.gone_id for one in standing] == ([gone] if merged else [])
    opened = select(func.count()).select_from(Merge).where(Merge.box.is_not(None))
    keys = select(func.count()).where(DataKey.owner_id.in_(select(Merge.id)))
    assert db.session.scalar(opened) == db.session.scalar(keys) == len(standing)
    owners = dict(
        db.session.execute(
            select(Customer.id, Person.login).outerjoin(Person, Person.id == Customer.owner_id)
        ).all()
    )
    has = None if binned else "sun" if merged else "zhao"
    assert owners == ({kept: has} if merged else {kept: has, gone: "sun"})
    assert (db.session.get(Binned, kept) is not None) == binned
    # Beside the survivor: wang, and zhao, who had it before.
    beside = 0 if binned else 2 if merged else 1
    assert (how_many(Collaborator, kept), how_many(Contact, kept)) == (beside, 1 + merged)
    if merged:
        assert opens(kept) == (PHONES["sun"], set(SAID.values()))
        for name, part in moves.PARTS.items():
            if part.way is not moves.Way.STAYS:
                assert moves._rows(name, "customer_id", [gone]) == {}, name
    else:
        assert opens(kept) == (PHONES["zhao"], {SAID["zhao"]})
        assert opens(gone) == (PHONES["sun"], {SAID["sun"]})
        assert (how_many(Collaborator, gone), how_many(Contact, gone)) == (1, 1)


def test_killed_at_any_moment_each_card_is_wholly_before_or_wholly_after(app):
    two = (card(app, "zhao"), card(app, "sun"))
    dice = random.Random(20261126)  # noqa: S311 - a test's dice
    merged = binned = False
    in_the_middle = last = 0
    for _kill in range(KILLS):
        lines = killed(app, two, dice.uniform(0, 0.25))
        said = [line.split()[1] for line in lines if line.startswith("done ")]
        in_the_middle += lines[-1].startswith("begin ")
        with app.app_context():
            came_about = acts(last)
            assert came_about[: len(said)] == said
            assert len(came_about) <= len(said) + 1  # committed, and killed before it could say so
            for act in came_about:
                merged = {"merge": True, "unmerge": False}.get(act, merged)
                binned = {"bin": True, "restore": False}.get(act, binned)
            whole(two, merged=merged, binned=binned)
            number, last = db.session.execute(
                select(func.count(), func.max(LogEntry.seq)).select_from(LogEntry)
            ).one()
            assert number == last
    assert in_the_middle, "no act was killed: the test proves nothing"
