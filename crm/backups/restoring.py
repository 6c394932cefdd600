"""Restoring: an empty archive becomes the backup's, in one transaction – or stays empty.

Schema at the backup's revision, rows, checks, this release's schema, the entry in the log: one
transaction on either database. Whatever goes wrong or is killed before its end leaves the archive
as empty as it was. A mark lies in the instance meanwhile, so that an interrupted restore is
never taken for a fresh start.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from crm import clock
from crm.accounts.sessions import SignIn
from crm.audit import log
from crm.audit.entry import Entry, leaf_hash
from crm.backups import databases, schema
from crm.backups.records import MAGIC, lines, whole
from crm.backups.taking import Head
from crm.crypto.stream import SealedReader
from crm.errors import CannotOpen, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from crm.backups.taking import Told
    from crm.crypto.keyring import Keyring

LOG = "log_entries"


@dataclass(slots=True)
class Restored:
    """What a restore brought in."""

    head: Head
    counts: dict[str, int]


@dataclass(slots=True)
class LogCheck:
    """Follows the log's entries as they come in: dense, each with its own leaf."""

    seq: int = 0
    leaf: str = ""

    def follow(self, names: list[str], rows: list[list[Any]]) -> None:
        """Raises CannotOpen when an entry is missing or does not carry its leaf."""
        seq, text, leaf = (names.index(name) for name in ("seq", "text", "leaf"))
        for row in rows:
            if self.seq and row[seq] != self.seq + 1:
                raise CannotOpen(f"its log has a gap after entry {self.seq}")
            if leaf_hash(row[text]) != row[leaf]:
                raise CannotOpen(f"entry {row[seq]} of its log was rewritten")
            self.seq, self.leaf = row[seq], row[leaf].hex()

    def agree(self, head: Head) -> None:
        """Raises CannotOpen when the log does not end where the head says."""
        if (self.seq, self.leaf) != (head.log_size, head.log_leaf):
            raise CannotOpen("its log does not end where its head says")


def restore(engine: Engine, ring: Keyring, path: Path, told: Told) -> Restored:
    """Bring a backup into an empty archive; `engine` is one of `databases.engine_for`.

    Raises Invalid where somebody lives, KeyMissing for a backup of another master key, CannotOpen
    for one that was cut, altered or made by a later release. Nothing is touched then.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise Invalid(f"cannot read {path}: {error.strerror}") from None
    with file:
        stream = SealedReader(file, MAGIC, ring)
        head = Head.of(stream.head)
        schema.refuse_unknown(head.revision)
        with engine.begin() as connection:
            databases.refuse_unless_empty(connection)
            databases.clear(connection)
            schema.upgrade(connection, head.revision)
            back = databases.strip(connection)
            counts = _load(connection, stream, head, told)
            databases.bring_back(connection, back)
            schema.upgrade(connection, "head")
            _end_sessions(connection)
            _say(connection, head)
    return Restored(head, counts)


def _load(connection: Connection, stream: SealedReader, head: Head, told: Told) -> dict[str, int]:
    """Put every row where it belongs. Raises CannotOpen when what came is not what was counted."""
    counts: dict[str, int] = {}
    checked, done, ended = LogCheck(), 0, None
    name, names, kinds = "", [""], [""]
    for what, *given in lines(stream):
        if what == "table":
            name, described = given
            names, kinds = ([one[at] for one in described] for at in (0, 1))
            put, counts[name] = databases.loader(connection, name, names), 0
        elif what == "rows":
            rows = whole(given[0], kinds)
            if name == LOG:
                checked.follow(names, rows)
            put(rows)
            counts[name] += len(rows)
            done += len(rows)
            told(done, head.rows)
        else:
            ended = given[0]
    if ended != counts or done != head.rows:
        raise CannotOpen("it does not hold as many rows as it says")
    checked.agree(head)
    return counts


def _end_sessions(connection: Connection) -> None:
    """Nobody stays signed in through a restore: who had left since might be in again."""
    connection.execute(update(SignIn).where(SignIn.ended_at.is_(None)).values(ended_at=clock.now()))


def _say(connection: Connection, head: Head) -> None:
    """The log tells for ever which backup it goes on from: going back in time cannot be hidden."""
    detail = {
        "by": "command line",
        "made_at": head.made_at.isoformat(),
        "size": head.log_size,
        "leaf": head.log_leaf,
        "revision": head.revision,
    }
    log.append_on(connection, Entry("restored", subject_type="archive", detail=detail))


@contextmanager
def marked(marker: Path) -> Iterator[None]:
    """Leave a mark while a restore runs; only a process that was killed leaves it behind."""
    marker.touch(mode=0o600)
    try:
        yield
    finally:
        marker.unlink(missing_ok=True)
