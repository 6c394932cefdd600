"""Nightly: a backup by itself, whichever process's timer comes first.

`due()` and `run()` may be called by any timer; the run's row, written under the writer's lock, is
the lease. An office PC that is off at night catches up in the morning.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from crm import clock
from crm.accounts import people
from crm.backups import folder, making, runs
from crm.db import db
from crm.errors import Invalid
from crm.web import unit

if TYPE_CHECKING:
    from flask import Flask

NIGHT = range(1, 5)
"""The office's hours in which a backup disturbs nobody."""
FRESH, OVERDUE = timedelta(hours=18), timedelta(hours=26)
"""Younger than the first no night makes another; older than the second is made at any hour."""
LOOK_EVERY = timedelta(minutes=10)


def due() -> bool:
    """Whether it is time: at night once, or by day when the last nights were missed."""
    if not folder.settings().backup_keep or not people.how_many():
        return False
    tried = [one for one in runs.latest(runs.BACKUP, 30) if one.nightly]
    if not tried:
        return True
    age = clock.now() - tried[0].made_at
    return age > OVERDUE or (age > FRESH and clock.local(clock.now()).hour in NIGHT)


def run() -> bool:
    """Make the backup, unless another process was faster."""
    with unit.work():
        if runs.is_busy() or not due():
            return False
        run_id = runs.begin(runs.BACKUP, nightly=True)
    making.into_folder(run_id, None, nightly=True)
    return True


def watch(app: Flask) -> threading.Thread:
    """A thread that looks every ten minutes for as long as the server runs."""
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(LOOK_EVERY.total_seconds()):
            with app.app_context():
                once(app)

    thread = threading.Thread(target=look, name="nightly", daemon=True)
    thread.start()
    return thread


def once(app: Flask) -> None:
    """Look, and make the backup if it is due; what goes wrong stands in its run."""
    try:
        is_due = due()
        db.session.rollback()
        if is_due:
            run()
    except Invalid as error:
        app.logger.error("nightly backup: %s", error.sentence)  # noqa: TRY400 - the sentence says it
    except Exception as error:  # noqa: BLE001 - the timer must outlive whatever went wrong tonight
        app.logger.error("nightly backup failed: %s", type(error).__name__)  # noqa: TRY400 - a traceback may quote what was read
