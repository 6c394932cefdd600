"""`crm audit`: the log's head, and taking it out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.accounts import people
from crm.accounts.people import Person, viewer_of
from crm.audit import log, reading
from crm.audit.entry import LogEntry
from crm.audit.reading import Wanted
from crm.cli import archive, as_json, main, result
from crm.db import db
from crm.errors import Denied
from crm.web import unit


@main.group(name="audit")
def group() -> None:
    """The access log: head, export."""


@group.command()
@as_json
def head(*, as_json: bool) -> None:
    """Print the last entry's sequence, time and leaf hash."""
    with archive():
        row = db.session.execute(
            select(LogEntry.seq, LogEntry.at, LogEntry.leaf).order_by(LogEntry.seq.desc()).limit(1)
        ).first()
    facts = (
        {"size": row.seq, "at": row.at.isoformat(), "leaf": row.leaf.hex()}
        if row
        else {"size": 0, "at": None, "leaf": None}
    )
    result(
        facts,
        f"{facts['size']} entries, last at {facts['at']}, leaf {facts['leaf']}",
        as_json=as_json,
    )


@group.command()
@click.option("--as", "login", required=True, help="Who takes it out: needs the right to.")
@click.option("--since", help="From this time (ISO 8601; a date is the office's day).")
@click.option("--until", help="Before this time.")
@click.option("-o", "out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@as_json
def export(login: str, since: str | None, until: str | None, out: Path, *, as_json: bool) -> None:
    """Write entries as one JSON object a line, oldest first."""
    with archive():
        person = people.by_login(login)
        if person is None or not _may(person):
            with unit.work():
                log.refuse("log_exported", detail={"why": "no right"})
            raise Denied(f"{login} may not take the log out")
        with unit.work(person.actor()):
            texts = list(reading.in_order(Wanted(since=_moment(since), until=_moment(until))))
            log.say("log_exported", subject_type="log", detail={"entries": len(texts)})
        out.touch()
        out.chmod(0o600)
        out.write_text("".join(text + "\n" for text in texts), "utf-8")
    result(
        {"entries": len(texts), "file": str(out)},
        f"{len(texts)} entries written to {out}",
        as_json=as_json,
    )


def _may(person: Person) -> bool:
    right = law.scope(viewer_of(person), Permission.LOG_EXPORT)
    return right is not None and person.disabled_at is None


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if len(text) == len("2026-01-01"):
        return clock.start_of(moment.date())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
