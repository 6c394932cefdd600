"""Drills 恢复演练: the newest backup is really restored, looked over, thrown away.

What is opened here is counted and forgotten: whether a box opens is all that anybody learns.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from crm import clock
from crm.audit import log
from crm.backups import databases, folder, restoring, runs, taking
from crm.backups.making import why
from crm.crypto import keyring
from crm.crypto.keyring import Keyring
from crm.crypto.sealed import Place, SealedText
from crm.crypto.uses import use
from crm.db import Base, db, prepare
from crm.errors import CannotOpen, Invalid
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Row, Table

    from crm.audit.entry import Actor
    from crm.backups.restoring import Restored
    from crm.crypto.sealed import RecordKey

SAMPLE = 20
"""Boxes of each sealed column that are tried."""
PREFIX = "drill-"
_open = use("drill")


def carry_out(run_id: UUID, actor: Actor | None) -> None:
    """Drill, close the run, say so in the log. What goes wrong is the drill's result."""
    began = clock.now()
    try:
        facts = _drill(run_id)
        state = "done" if facts["opened"] or not facts["boxes"] else "failed"
    except Exception as error:  # noqa: BLE001 - whatever it was, the drill has failed and says so
        state, facts = "failed", {"why": why(error)}
    finally:
        db.session.rollback()
    facts["seconds"] = round((clock.now() - began).total_seconds(), 1)
    detail = {name: facts[name] for name in facts if name not in {"file", "why"}}
    with unit.work(actor):
        runs.end(run_id, state, facts)
        result = "ok" if state == "done" else "failed"
        log.say("backup_drilled", result=result, subject_type="archive", detail=detail)


def newest() -> Path | None:
    """The newest backup that lies in the folder."""
    found = (folder.find(run.facts["file"]) for run in runs.latest(runs.BACKUP, 50, "done"))
    return next((one for one in found if one), None)


def _drill(run_id: UUID) -> dict[str, Any]:
    path = newest()
    if path is None:
        raise Invalid("there is no backup in the folder")
    head = taking.head_of(path)
    master = keyring.read_master_key(folder.settings().master_key_file)
    with _private_folder() as private:
        url = f"sqlite:///{private / 'drill.db'}"
        engine = databases.engine_for(url)
        done = restoring.restore(engine, Keyring(master), path, runs.Progress(run_id))
        facts = _looked_over(_house(url, master), done)
    return {
        "file": path.name,
        "made_at": head.made_at.isoformat(),
        "rows": head.rows,
        "size": head.log_size,
        "tables": len(done.counts),
    } | facts


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder of one's own in the instance; what a drill that was killed left behind goes too."""
    instance = folder.settings().instance
    for left in instance.glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    private = Path(tempfile.mkdtemp(prefix=PREFIX, dir=instance))
    try:
        yield private
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _house(url: str, master: bytes) -> Flask:
    """The least application that sees a restored archive with the keys that lie in it."""
    app = Flask("drill")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True}
    app.extensions["kedang.keyring"] = Keyring(master)
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    return app


def _looked_over(app: Flask, done: Restored) -> dict[str, Any]:
    """Count every table again, open a sample of every sealed column."""
    boxes = opened = 0
    with app.app_context():
        try:
            for table in Base.metadata.sorted_tables:
                counted = db.session.scalar(select(func.count()).select_from(table)) or 0
                if counted < done.counts.get(table.name, 0):
                    raise CannotOpen(f"{table.name} has fewer rows than the backup")
                for column in table.columns:
                    if isinstance(column.type, SealedText):
                        tried = [_opens(table, column, row) for row in _sample(table, column)]
                        boxes, opened = boxes + len(tried), opened + sum(tried)
            customers = db.session.scalar(
                select(func.count()).select_from(Base.metadata.tables["customers"])
            )
        finally:
            db.session.remove()
            db.engine.dispose()
    return {"boxes": boxes, "opened": opened, "customers": customers}


def _sample(table: Table, column: Column[Any]) -> list[Row[Any]]:
    """The newest boxes of a column."""
    key = [one.desc() for one in table.primary_key.columns]
    wanted = select(table).where(column.is_not(None)).order_by(*key).limit(SAMPLE)
    return list(db.session.execute(wanted).all())


def _opens(table: Table, column: Column[Any], row: Row[Any]) -> bool:
    """Whether one of the records that the row names opens its box. A shredded one's does not."""
    ids = [value for value in row if isinstance(value, UUID)]
    keys: list[RecordKey] = list(keyring.current().record_keys(ids).values())
    sealed = row._mapping[column]  # noqa: SLF001 - SQLAlchemy's documented name
    for key in keys:
        for place in _places(table, column, row, ids):
            try:
                _open(key, place, sealed)
            except (CannotOpen, ValueError):
                continue
            return True
    return False


def _places(table: Table, column: Column[Any], row: Row[Any], ids: list[UUID]) -> list[Place]:
    """Where the box may have been sealed: in its row, or, of history, in the row it is about."""
    here = [Place(table.name, column.name, one) for one in ids]
    told = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    if {"kept_in", "kept_as", "row_id"} <= set(told):
        return [Place(told["kept_in"], told["kept_as"], told["row_id"]), *here]
    return here
