"""At once: of thirty-two people who claim the same cards one has each, and the others are told."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crm.accounts import people
from crm.accounts.people import viewer_of
from crm.accounts.roles import Role
from crm.audit.entry import LogEntry
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard, claiming
from crm.db import db
from crm.web import unit
from tests import cast
from tests.customers.house import pool_on, put

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask


def grabbed(app: Flask, ids: list[UUID]) -> tuple[Counter[UUID], list[BaseException]]:
    """Everybody claims every card, all at once: how often each was got, and what went wrong."""
    won: Counter[UUID] = Counter()
    wrong: list[BaseException] = []
    lock, start = threading.Lock(), threading.Barrier(32)

    def grab(login: str) -> None:
        with app.test_request_context():
            person = people.by_login(login)
            assert person
            who = viewer_of(person)
            db.session.rollback()
            start.wait()
            for card in ids:
                try:
                    with unit.work(who.actor()):
                        claiming.claim(who, card)
                except claiming.Gone:
                    continue
                except BaseException as error:  # noqa: BLE001 - told by the test
                    wrong.append(error)
                    return
                with lock:
                    won[card] += 1

    threads = [threading.Thread(target=grab, args=(f"seller{n:02}",)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, wrong


def test_of_thirty_two_people_who_claim_the_same_cards_one_has_each(app):
    pool_on(app, **{"pool.claims": "1000"})
    ids = [cast.customer(app, "zhao", f"抢手{n:02}号示例有限公司") for n in range(50)]
    put(app, *ids)
    with app.test_request_context(), unit.work():
        for n in range(32):
            people.add(f"seller{n:02}", f"业务员{n}", Role.SALESPERSON, cast.PASSWORD)
    won, wrong = grabbed(app, ids)
    assert wrong == []
    assert won == Counter(ids)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PoolCard)) == 0
        claimed = select(OwnerChange.customer_id).where(OwnerChange.how == "claim")
        assert sorted(db.session.scalars(claimed)) == sorted(ids)
        told = select(LogEntry.result, func.count()).where(LogEntry.action == "claim")
        counts = dict(db.session.execute(told.group_by(LogEntry.result)).all())
        assert counts == {"ok": 50, "refused": 32 * 50 - 50}
