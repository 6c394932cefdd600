"""Taking a backup: every table inside one read snapshot, sealed on the way to the file."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from crm import clock
from crm.audit.entry import LogEntry
from crm.backups import databases, schema
from crm.backups.records import MAGIC, Lines, columns
from crm.crypto.keyring import RECORD, Keyring
from crm.crypto.stream import SealedWriter, read_head
from crm.db import Base, uuid7
from crm.errors import CannotOpen, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    Told = Callable[[int, int], None]
    """Takes rows done and rows in all."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says about itself without being opened: nothing secret."""

    made_at: datetime
    revision: str
    rows: int
    log_size: int
    log_leaf: str
    log_at: str

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Head:
        """From a file's head. Raises CannotOpen when something is missing."""
        try:
            log = facts["log"]
            return cls(
                datetime.fromisoformat(facts["made_at"]),
                str(facts["revision"]),
                int(facts["rows"]),
                int(log["size"]),
                str(log["leaf"]),
                str(log["at"]),
            )
        except (KeyError, TypeError, ValueError):
            raise CannotOpen("its head lacks something") from None


def head_of(path: Path) -> Head:
    """The readable head of a backup. Raises CannotOpen for what is none."""
    try:
        with path.open("rb") as file:
            return Head.of(read_head(file, MAGIC)[0])
    except OSError as error:
        raise CannotOpen(f"{path.name}: {error.strerror}") from None


def take(engine: Engine, ring: Keyring, path: Path, told: Told) -> Head:
    """Write a backup of everything that is committed by now to `path`, mode 0600, whole or not.

    Raises Invalid when the file cannot be written or is something else than a backup.
    """
    _refuse_to_cover(path)
    suite = ring.key(RECORD)[1]
    with databases.in_snapshot(engine) as connection:
        facts = _facts(connection) | {"suite": suite}
        with _beside(path) as file:
            _dump(connection, Lines(SealedWriter(file, MAGIC, ring, facts)), facts["rows"], told)
    return Head.of(facts)


def _refuse_to_cover(path: Path) -> None:
    """A nightly command may renew its file; nothing else is ever written over."""
    if path.exists():
        try:
            head_of(path)
        except CannotOpen:
            raise Invalid(f"{path} is no backup: it is not written over") from None


def _facts(connection: Connection) -> dict[str, Any]:
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision != schema.head():
        raise Invalid("the database is not up to date: run crm init first")
    last = connection.execute(
        select(LogEntry.seq, LogEntry.leaf, LogEntry.at).order_by(LogEntry.seq.desc()).limit(1)
    ).first()
    counts = [
        connection.execute(select(func.count()).select_from(one)).scalar_one()
        for one in Base.metadata.sorted_tables
    ]
    return {
        "made_at": clock.now().isoformat(timespec="seconds"),
        "revision": revision,
        "rows": sum(counts),
        "log": {
            "size": last.seq if last else 0,
            "leaf": last.leaf.hex() if last else "",
            "at": last.at.isoformat() if last else "",
        },
    }


def _dump(connection: Connection, lines: Lines, total: int, told: Told) -> None:
    counts: dict[str, int] = {}
    done = 0
    for table in Base.metadata.sorted_tables:
        kinds = columns(table)
        lines.write("table", table.name, kinds)
        counts[table.name] = 0
        for some in databases.rows(connection, table, kinds):
            lines.write("rows", some)
            counts[table.name] += len(some)
            done += len(some)
            told(done, total)
    lines.write("end", counts)
    lines.close()


@contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    """A file of another name beside `path` that takes its name once it lies on the disk."""
    part = path.with_name(f".{path.name}.{uuid7().hex[-8:]}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _settle(path.parent)
    except OSError as error:
        raise Invalid(f"cannot write {path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """The new name, too, must outlive a power cut; Windows does that by itself."""
    with suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
