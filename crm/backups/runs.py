"""Runs: every backup and every restore drill – how far it is, what came of it, who asked for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Boolean, Index, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.db import Base, Identified, Moment, db
from crm.web import unit

BACKUP, DRILL = "backup", "drill"
NOBODY = "-"
"""Who asked for what the timer or the command line did."""
LATE = {BACKUP: timedelta(days=2), DRILL: timedelta(days=35)}
"""After how long without a backup or a drill the page and `crm doctor` warn."""
SILENT = timedelta(minutes=10)
"""A run that has not said anything for so long was cut off; another may begin."""
TELL_EVERY = timedelta(seconds=1)


class BackupRun(Base, Identified):
    """One backup or drill: running, done, failed."""

    __tablename__ = "backup_runs"

    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    nightly: Mapped[bool] = mapped_column(Boolean)
    login: Mapped[str] = mapped_column(String(64))
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """File, bytes, seconds, the log's head; of a drill what it counted and opened. No value."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    said_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_backup_runs_kind_made_at", "kind", "made_at"),)

    @property
    def is_cut_off(self) -> bool:
        """Whether its process ended before it did."""
        return self.state == "running" and clock.now() - self.said_at > SILENT

    @property
    def is_busy(self) -> bool:
        """Whether it is still at work."""
        return self.state == "running" and not self.is_cut_off


def is_busy() -> bool:
    """Whether a backup or a drill is at work; asked under the writer's lock, before `begin`."""
    return any(one.is_busy for kind in (BACKUP, DRILL) for one in latest(kind, 3))


def begin(kind: str, login: str = NOBODY, *, nightly: bool = False) -> UUID:
    """A new run, in the running unit."""
    now = clock.now()
    run = BackupRun(
        kind=kind,
        state="running",
        nightly=nightly,
        login=login,
        done=0,
        total=0,
        facts={},
        made_at=now,
        said_at=now,
    )
    db.session.add(run)
    db.session.flush()
    return run.id


def latest(kind: str, limit: int, state: str = "") -> list[BackupRun]:
    """The newest runs of a kind, fresh from the database."""
    wanted = select(BackupRun).where(BackupRun.kind == kind)
    if state:
        wanted = wanted.where(BackupRun.state == state)
    wanted = wanted.order_by(BackupRun.made_at.desc(), BackupRun.id.desc()).limit(limit)
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)))


def last_done(kind: str) -> BackupRun | None:
    """The newest run that came to its end."""
    return next(iter(latest(kind, 1, "done")), None)


def is_late(kind: str) -> bool:
    """Whether the last one that came to its end is too long ago, or there never was one."""
    last = last_done(kind)
    return last is None or clock.now() - last.made_at > LATE[kind]


class Progress:
    """Says once a second how far a run is; called with rows done and rows in all."""

    def __init__(self, run_id: UUID) -> None:
        """Begin."""
        self._id, self._said = run_id, clock.now()

    def __call__(self, done: int, total: int) -> None:
        """Say it, in a unit of its own."""
        if clock.now() - self._said >= TELL_EVERY:
            self._said = clock.now()
            with unit.work():
                _set(self._id, done=done, total=total, said_at=clock.now())


def end(run_id: UUID, state: str, facts: dict[str, Any]) -> None:
    """Close a run in the running unit."""
    _set(run_id, state=state, facts=facts, said_at=clock.now())


def _set(run_id: UUID, **values: Any) -> None:
    db.session.execute(update(BackupRun).where(BackupRun.id == run_id).values(**values))
