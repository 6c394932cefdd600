"""Rotation under load: people read and write, `crm keys rotate` is killed again and again.

`python -m bench.rotation --sizes 100000 --kills 20` builds an archive, rotates its keys and prints
what was read and written meanwhile, what failed, and what the old key still opens.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, func, select

from bench import archive, report
from bench.archive import Place, opened, viewer
from bench.invented import KEEPER
from crm.crypto import keyring
from crm.crypto.keyring import DataKey, Keyring
from crm.crypto.sealed import Place as BoxPlace
from crm.crypto.suites import SUITES
from crm.customers import cards, followups
from crm.customers.cards import Customer
from crm.customers.followups import Kind
from crm.db import db
from crm.errors import CannotOpen, KeyMissing
from crm.web import unit
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from flask import Flask

READERS = 2
PAUSE = 0.01
"""Seconds between two acts of one reader or writer."""


@dataclass(slots=True)
class Turned:
    """What one rotation did to whom."""

    database: str
    customers: int
    kills: int = 0
    seconds: float = 0.0
    reads: int = 0
    failed_reads: list[str] = field(default_factory=list)
    writes: int = 0
    failed_writes: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    """Milliseconds of each read."""
    left: int = -1
    still_opened: int = -1
    """Data keys that the retired key opens afterwards."""

    def told(self) -> dict[str, Any]:
        """The figures, with the reads' times in short."""
        kept = asdict(self)
        waited = sorted(kept.pop("waited")) or [0.0]
        return kept | {
            "read_p50_ms": round(statistics.median(waited), 2),
            "read_p99_ms": round(waited[int(len(waited) * 0.99)], 2),
        }


def rotated(place: Place, database: str, kills: int) -> Turned:
    """Rotate an archive's keys while it is used, killing the command so often; then retire."""
    with opened(place):
        ids = db.session.scalars(select(Customer.id).where(Customer.phone.is_not(None))).all()
        mine = archive.owned(KEEPER)
        old, suite, version = keyring.current().key(keyring.RECORD)
    turned = Turned(database, len(ids))
    with _used(place, ids, mine, turned):
        begun = time.perf_counter()
        _turn(place, kills, version, turned)
        turned.seconds = round(time.perf_counter() - begun, 1)
        _crm(place, "retire", str(version)).wait()
    with opened(place):
        turned.left = _left(db.engine, version)
        turned.still_opened = _opened_by(old, suite, version)
    return turned


def _turn(place: Place, kills: int, version: int, turned: Turned) -> None:
    """Run the command, kill it when it has come a little farther than the last one, and again."""
    engine = create_engine(place.url)
    total = _left(engine, version)
    for number in range(kills):
        running = _crm(place, "rotate")
        goal = total * (1 - (number + 0.5) / (kills + 1))
        while running.poll() is None and _left(engine, version) > goal:
            time.sleep(0.01)
        if running.poll() is None:
            running.send_signal(signal.SIGKILL)
            turned.kills += 1
        running.wait()
    engine.dispose()
    last = _crm(place, "rotate")
    if last.wait():
        raise SystemExit("the last rotation failed")


def _left(engine: Any, version: int) -> int:
    with engine.connect() as connection:
        counted = select(func.count()).where(DataKey.key_version == version)
        number: int = connection.execute(counted).scalar_one()
        return number


def _crm(place: Place, *words: str) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    command = [sys.executable, "-m", "crm", "keys", *words, "--json"]
    quiet = subprocess.DEVNULL
    env = kept | place.settings
    return subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet)  # noqa: S603 - our own command


@contextmanager
def _used(
    place: Place, ids: Sequence[UUID], mine: Sequence[UUID], turned: Turned
) -> Iterator[None]:
    """Readers and a writer in a process that has loaded its keys before anything was rotated."""
    stop = threading.Event()
    with opened(place) as app:
        keyring.current().key(keyring.RECORD)
        db.session.rollback()  # who goes on reading what was there before keeps the old key's copy
        doing = [lambda: _read(ids, turned)] * READERS + [lambda: _write(mine, turned)]
        threads = [threading.Thread(target=_keep, args=(app, one, stop)) for one in doing]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            time.sleep(PAUSE * 20)
            stop.set()
            for thread in threads:
                thread.join()


def _keep(app: Flask, act: Any, stop: threading.Event) -> None:
    while not stop.is_set():
        with app.test_request_context():
            act()
            db.session.remove()
        time.sleep(PAUSE)


def _read(ids: Sequence[UUID], turned: Turned) -> None:
    """Open a random customer's telephone number, as the door does."""
    one, begun = random.choice(ids), time.perf_counter()
    try:
        box = db.session.scalar(select(Customer.phone).where(Customer.id == one))
        keyring.current().record_key(one).unseal(BoxPlace("customers", "phone", one), box)  # type: ignore[arg-type] # it has one
    except Exception as error:  # noqa: BLE001 - whatever it was, somebody could not read
        turned.failed_reads.append(_said(error))
    turned.reads += 1
    turned.waited.append(1000 * (time.perf_counter() - begun))


def _write(mine: Sequence[UUID], turned: Turned) -> None:
    """Write a follow-up under a card's own key, and bring in a new data key."""
    try:
        who = viewer(KEEPER)
        with unit.work(who.actor()):
            card = cards.get(random.choice(mine), who)
            row = followups.write(who, card, Kind.PHONE, "换密钥时写的一句")
            db.session.add(keyring.current().new_data_key(row.id)[0])
            db.session.flush()
    except Exception as error:  # noqa: BLE001 - whatever it was, somebody could not write
        turned.failed_writes.append(_said(error))
    turned.writes += 1


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {getattr(error, 'orig', '')}"


def _opened_by(old: bytes, suite: int, version: int) -> int:
    """How many data keys the retired key still opens: it was kept here, as a thief would have."""
    fresh, number = Keyring(keyring.current()._master), 0  # noqa: SLF001 - as another process would load it
    try:
        fresh.key(keyring.RECORD, version)
    except KeyMissing:
        pass
    else:
        number += 1
    rows = db.session.execute(select(DataKey.owner_id, DataKey.version, DataKey.wrapped)).all()
    for owner_id, data_version, wrapped in rows:
        bound = keyring.data_key_bound(owner_id, data_version)
        try:
            keyring.unwrap(SUITES[suite], old, wrapped, bound)
        except CannotOpen:
            continue
        number += 1
    return number


def main() -> int:
    """Measure; 1 when a read or a write failed or anything is left."""
    parser = argparse.ArgumentParser(prog="bench.rotation", description=__doc__)
    parser.add_argument("--sizes", default="100000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the built archives")
    asked, bad = parser.parse_args(), False
    print(report.machine())
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kedang-bench-")))
        for size in map(int, asked.sizes.split(",")):
            built = archive.made((asked.keep or temporary) / f"built-{size}", size)
            for kind in asked.databases.split(","):
                with _copy(kind, built, temporary / f"{kind}-{size}") as place:
                    turned = rotated(place, kind, asked.kills)
                print(turned.told(), flush=True)
                failed = turned.failed_reads or turned.failed_writes
                bad |= bool(failed or turned.left or turned.still_opened)
    return int(bad)


@contextmanager
def _copy(kind: str, built: Place, folder: Path) -> Iterator[Place]:
    if kind == "sqlite":
        yield archive.copied(built, folder)
        return
    if why := postgres.missing():
        raise SystemExit(f"PostgreSQL: {why}")
    with postgres.cluster(durable=True) as cluster:
        yield archive.moved(built, folder, postgres.create_database(cluster, "kedang"))


if __name__ == "__main__":
    sys.exit(main())
