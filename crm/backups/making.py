"""Making backups: by hand, at one tap, at night – each a run, each an entry in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm import clock
from crm.audit import log
from crm.backups import folder, runs, taking
from crm.crypto import keyring
from crm.db import db
from crm.errors import CannotOpen, Invalid, KeyMissing
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from crm.audit.entry import Actor
    from crm.backups.taking import Head, Told


def by_hand(path: Path, told: Told) -> Head:
    """A backup for the command line. Raises Invalid when it cannot be written."""
    with unit.work():
        run_id = runs.begin(runs.BACKUP)
    said = runs.Progress(run_id)

    def both(done: int, total: int) -> None:
        told(done, total)
        said(done, total)

    return _carry_out(run_id, path.name, lambda: path, both, None)


def into_folder(run_id: UUID, actor: Actor | None, *, nightly: bool) -> None:
    """A backup into the folder; nightly ones beyond the number that is kept go."""
    name = folder.new_name(nightly=nightly)
    _carry_out(run_id, name, lambda: folder.path() / name, runs.Progress(run_id), actor)
    if nightly:
        folder.forget_old()


def _carry_out(
    run_id: UUID, name: str, place: Callable[[], Path], told: Told, actor: Actor | None
) -> Head:
    """Take the backup, close its run and say so in the log, whatever came of it."""
    began = clock.now()
    try:
        path = place()
        head = taking.take(db.engine, keyring.current(), path, told)
    except BaseException as error:
        with unit.work(actor):
            runs.end(run_id, "failed", {"file": name, "why": why(error)})
            log.say("backup_made", result="failed", subject_type="archive")
        raise
    finally:
        db.session.rollback()  # the keyring has read
    facts = {
        "file": name,
        "bytes": path.stat().st_size,
        "rows": head.rows,
        "size": head.log_size,
        "leaf": head.log_leaf,
        "seconds": round((clock.now() - began).total_seconds(), 1),
    }
    with unit.work(actor):
        runs.end(run_id, "done", facts)
        log.say("backup_made", subject_type="archive", detail=_told(facts))
    return head


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """What the log keeps: no file name, for somebody may have typed a customer's into it."""
    return {name: facts[name] for name in ("bytes", "rows", "size", "leaf")}


REASONS = ((KeyMissing, "key"), (CannotOpen, "damaged"), (Invalid, "file"), (OSError, "disk"))


def why(error: BaseException) -> str:
    """What a run keeps of an error: a code that the page has words for, never what it quotes."""
    return next((code for kind, code in REASONS if isinstance(error, kind)), "other")
