"""Jobs: long work in the background; a page asks how far it is, a restart notices its end."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.accounts.people import Person
from crm.crypto import keyring
from crm.crypto.keyring import DataKey
from crm.crypto.sealed import Place
from crm.crypto.uses import use_file
from crm.db import Base, Identified, Moment, db
from crm.errors import Denied, Missing
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crm.accounts.people import Viewer
    from crm.audit.entry import Actor

KEPT = timedelta(hours=24)
"""How long an uploaded file is kept, sealed, for its job."""
SILENT = timedelta(minutes=2)
"""A running job that has not said anything for so long was cut off."""
_open = use_file("job")


class Job(Base, Identified):
    """One piece of long work: waiting, running, done, failed."""

    __tablename__ = "jobs"

    kind: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    state: Mapped[str] = mapped_column(String(8))
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Counts and names of what was done: open facts only."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    said_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_jobs_person_id_made_at", "person_id", "made_at"),)


class JobFile(Base):
    """What a job works on, sealed under a data key of the job's own."""

    __tablename__ = "job_files"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)


def prepare(kind: str, person_id: UUID, content: bytes, facts: dict[str, Any]) -> Job:
    """A job that waits for its go, with its file sealed."""
    forget_old()
    now = clock.now()
    job = Job(
        kind=kind,
        person_id=person_id,
        state="waiting",
        done=0,
        total=0,
        facts=facts,
        made_at=now,
        said_at=now,
    )
    db.session.add(job)
    db.session.flush()
    row, key = keyring.current().new_data_key(job.id)
    db.session.add_all([row, JobFile(job_id=job.id, box=key.seal_bytes(_place(job.id), content))])
    db.session.flush()
    return job


def _place(job_id: UUID) -> Place:
    return Place("job_files", "box", job_id)


def get(job_id: UUID, person_id: UUID, kind: str) -> Job:
    """One's own job. Raises Missing for another's."""
    wanted = select(Job).where(Job.id == job_id, Job.person_id == person_id, Job.kind == kind)
    job = db.session.scalar(wanted.execution_options(populate_existing=True))
    if job is None:
        raise Missing
    return job


def recent(person_id: UUID, kind: str, limit: int) -> list[Job]:
    """A person's latest jobs of a kind."""
    wanted = select(Job).where(Job.person_id == person_id, Job.kind == kind)
    return list(db.session.scalars(wanted.order_by(Job.made_at.desc()).limit(limit)))


def is_cut_off(job: Job) -> bool:
    """Whether a running job has fallen silent: its process ended. It can be started again."""
    return job.state == "running" and clock.now() - job.said_at > SILENT


def has_file(job: Job) -> bool:
    """Whether the job's file is still kept."""
    return db.session.scalar(select(JobFile.job_id).where(JobFile.job_id == job.id)) is not None


def content(job_id: UUID) -> bytes:
    """The job's file, opened. Raises Missing when it is gone."""
    box = db.session.scalar(select(JobFile.box).where(JobFile.job_id == job_id))
    if box is None:
        raise Missing
    return _open(keyring.current().record_key(job_id), _place(job_id), bytes(box))


def replace(job_id: UUID, content: bytes) -> None:
    """Put what a job made in place of what it worked on, sealed under the same key."""
    box = keyring.current().record_key(job_id).seal_bytes(_place(job_id), content)
    db.session.execute(update(JobFile).where(JobFile.job_id == job_id).values(box=box))


def forget(job_id: UUID) -> None:
    """Shred a job's file: the box and the only key that opens it."""
    db.session.execute(delete(JobFile).where(JobFile.job_id == job_id))
    db.session.execute(delete(DataKey).where(DataKey.owner_id == job_id))


def forget_old() -> None:
    """Shred every file that has been kept long enough."""
    old = (
        select(Job.id)
        .join(JobFile, JobFile.job_id == Job.id)
        .where(Job.made_at < clock.now() - KEPT)
    )
    for job_id in db.session.scalars(old).all():
        forget(job_id)


@contextmanager
def step(viewer: Viewer, address: str) -> Iterator[None]:
    """One step of a job, in its person's name and only while they still may.

    Raises Denied when the account was frozen, or given another post, since the job began.
    """
    with unit.work(viewer.actor(), address):
        person = db.session.get(Person, viewer.id)
        if person is None or person.disabled_at or person.role != viewer.role.value:
            raise Denied(_("账号已停用或岗位已变，做到这里为止。"))
        yield


def progress(job_id: UUID, **values: Any) -> None:
    """Say how far a job is, in the running unit."""
    db.session.execute(update(Job).where(Job.id == job_id).values(said_at=clock.now(), **values))


def start(
    job_id: UUID, actor: Actor, address: str, work: Callable[[UUID], None]
) -> threading.Thread:
    """Run `work(job_id)` in a thread of its own; what it raises ends the job as failed."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's way to hand the app to a thread

    def run() -> None:
        with app.app_context():
            try:
                work(job_id)
            except Exception as error:  # noqa: BLE001 - whatever it was, the job must not look as if it ran on
                app.logger.error("job failed: %s", type(error).__name__)  # noqa: TRY400 - a traceback may quote what was read
                with unit.work(actor, address):
                    progress(job_id, state="failed")

    thread = threading.Thread(target=run, name=f"job-{job_id}", daemon=True)
    thread.start()
    return thread
