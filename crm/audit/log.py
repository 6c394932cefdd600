"""Writing the log: what a unit of work says is appended under one lock, with a dense sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from crm import clock
from crm.audit.entry import Actor, Entry, LogEntry, LogSubject, canonical, leaf_hash
from crm.db import run
from crm.errors import SignedOut
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

NOBODY = Actor(None, "-", "-")
HEAD = select(LogEntry.seq, LogEntry.at).order_by(LogEntry.seq.desc()).limit(1)
ENTRIES, SUBJECTS = insert(LogEntry), insert(LogSubject)


def say(action: str, **facts: Any) -> Entry:
    """Put an entry into the running unit; it is written before the response leaves."""
    entry = Entry(action, **facts)
    unit.current().entries.append(entry)
    return entry


def named(customer_id: UUID, view: str) -> None:
    """Say that a page named this customer, though it opened nothing of it."""
    say("list", subject_type="customer", subject_ids=(customer_id,), detail={"view": view})


def refuse(action: str, **facts: Any) -> Entry:
    """Put a refusal into the running unit; it is written even though the unit is undone."""
    entry = Entry(action, result="refused", **facts)
    unit.current().refusals.append(entry)
    return entry


def append(entries: Sequence[Entry], work: unit.Unit) -> None:
    """Write entries in the running transaction. Called by the unit of work alone.

    Raises SignedOut when the session that asked has ended before the lock was taken.
    """
    if not entries:
        return
    seq, last = _head(work)
    at = max(clock.now(), last) if last else clock.now()
    rows, subjects = [], []
    for entry in entries:
        seq += 1
        rows.append(_row(seq, at, entry, work))
        if entry.indexed:
            subjects += [
                {"subject_id": one, "seq": seq} for one in dict.fromkeys(entry.subject_ids)
            ]
    run(ENTRIES, rows)
    if subjects:
        run(SUBJECTS, subjects)


def append_on(connection: Connection, entry: Entry) -> None:
    """Write one entry in a transaction of its own making: for a restore, which is no unit."""
    last = connection.execute(HEAD).first()
    seq, at = (last.seq + 1, max(clock.now(), last.at)) if last else (1, clock.now())
    connection.execute(ENTRIES, [_row(seq, at, entry, unit.Unit())])


def _head(work: unit.Unit) -> tuple[int, datetime | None]:
    """The last sequence and its time; the writer's lock keeps them true until the commit.

    The same statement asks whether the session still stands: what was read before the lock may
    have been read by somebody whose account was frozen while they waited for it.
    """
    statement, values = work.standing or (HEAD, None)
    row = run(statement, values).first()
    if work.standing and row and not row.stands:
        raise SignedOut
    return (row.seq, row.at) if row else (0, None)


def _row(seq: int, at: datetime, entry: Entry, work: unit.Unit) -> dict[str, Any]:
    actor = entry.actor or work.actor or NOBODY
    said = canonical(seq, at, actor, work.session, work.address, entry)
    return {
        "seq": seq,
        "id": entry.id,
        "at": at,
        "actor_id": actor.id,
        "action": entry.action,
        "result": entry.result,
        "note": entry.note,
        "text": said,
        "leaf": leaf_hash(said),
    }
