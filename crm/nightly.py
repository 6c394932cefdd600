"""Nightly: chores that somebody must do once a day, whichever worker comes first.

A lease in the database says who has taken a chore; it runs out by itself when its worker is killed.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import String, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.db import Base, Moment, db
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    Chores = Mapping[str, Callable[[], object]]

TAKEN = timedelta(minutes=30)
"""How long a chore that was begun is left to who began it."""
DONE = timedelta(hours=23)
EVERY = 3600.0
"""Seconds after which a worker looks whether something is due."""


class Lease(Base):
    """Until when a chore is done, or being done by somebody."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    until: Mapped[datetime] = mapped_column(Moment)


def take(name: str) -> bool:
    """Take a chore that is due; False when it is done for today or somebody is at it."""
    with unit.work():
        lease = db.session.get(Lease, name)
        if lease and lease.until > clock.now():
            return False
        if lease is None:
            lease = Lease(name=name)
            db.session.add(lease)
        lease.until = clock.now() + TAKEN
        db.session.flush()
    return True


def run(chores: Chores) -> dict[str, object]:
    """Do what is due; what each chore answered.

    One that fails keeps no other from its turn; it is tried again after its lease.
    """
    done: dict[str, object] = {}
    for name, chore in chores.items():
        try:
            if take(name):
                done[name] = chore()
                with unit.work():
                    here = update(Lease).where(Lease.name == name)
                    db.session.execute(here.values(until=clock.now() + DONE))
        except Exception as error:  # noqa: BLE001 - whatever it was, the others' day has come too
            db.session.rollback()
            current_app.logger.error("%s failed tonight: %s", name, type(error).__name__)  # noqa: TRY400 - a traceback may quote what was read
    return done


def start(app: Flask, chores: Chores) -> threading.Thread:
    """Do the chores at the start and every day, in a thread that ends with the process."""
    pause = threading.Event()

    def keep_doing() -> None:
        while True:
            with app.test_request_context():
                run(chores)
            pause.wait(EVERY)

    thread = threading.Thread(target=keep_doing, name="nightly", daemon=True)
    thread.start()
    return thread
