"""Many: an archive of a million customers in minutes, put straight into its tables.

The first two hundred are written by our own services, with their log and their keeper. The rest are
rows made by two processes (bench/rows.py) and sorted in by the database; the log holds no entries
about them.
"""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import func, insert, select

from bench import archive
from bench.archive import Place, opened
from bench.invented import OWNERS
from bench.rows import TABLES, Part, columns, fill
from crm import clock
from crm.accounts.people import Person, Team
from crm.cli.house import make_keys
from crm.crypto import blind, keyring
from crm.crypto.sealed import Place as BoxPlace
from crm.customers import reindex
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.indexed import INDEXED
from crm.db import db, uuid7
from crm.web import unit

FIRST = 200
"""Customers that are written through our own services."""
PROCESSES = 2
EACH = 2_500
"""Customers that one owner looks after in an archive that has them by the hundred thousand."""
MOST_OWNERS = 400


def made(folder: Path, size: int) -> Place:
    """An archive of so many customers on SQLite, made once in this folder."""
    place = Place(folder, f"sqlite:///{folder / 'archive.db'}")
    if (folder / "complete").exists():
        return place
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    keyring.make_master_key(folder / "master.key")
    with opened(place):
        upgrade()
        make_keys()
        archive.fill(min(size, FIRST))
        owners, bits = _owners(size), _fitted(size)
    db_file = folder / "archive.db"
    if size > FIRST:
        _merge(db_file, _shards(place, size, owners, bits))
    _measured(db_file)
    with opened(place):
        _check(size)
    (folder / "complete").touch()
    return place


def _owners(size: int) -> list[tuple[str, str | None]]:
    """(id, team) of who looks after the rest: three people, and more where there is more."""
    known = [archive.viewer(login) for login in OWNERS]
    found = [(one.id.hex, one.team_id.hex if one.team_id else None) for one in known]
    like = db.session.get(Person, known[0].id)
    usual = {one.key: getattr(like, one.key) for one in Person.__table__.columns}
    with unit.work():
        for number in range(min(MOST_OWNERS, size // EACH)):
            if number % 10 == 0:
                team = Team(id=uuid7(), name=f"第{number // 10 + 3}组")
                db.session.add(team)
                db.session.flush()
            one = usual | {
                "id": uuid7(), "login": f"owner{number}", "name": f"业务{number}", "number": None,
                "team_id": team.id,
            }  # fmt: skip
            db.session.execute(insert(Person), [one])
            found.append((one["id"].hex, team.id.hex))
    return found


def _fitted(size: int) -> dict[str, tuple[str, int]]:
    """Blind indexes with the bits that so many customers come to have, the first ones in them."""
    people = size * 177 // 100
    with unit.work():
        for code in INDEXED:
            for index in reindex.indexes_of(code):
                blind.begin(index, size if code == "phone" else people)
    reindex.fit()
    known = blind.generations()
    now = [blind.of(index, known, blind.CURRENT)[0] for index in known]
    return {one.index: (one.stored, one.bits) for one in now}


def _shards(
    place: Place, size: int, owners: list[tuple[str, str | None]], bits: dict[str, tuple[str, int]]
) -> list[Path]:
    """The rest of the customers, made by several processes at low priority."""
    today = clock.today()
    edges = [FIRST + (size - FIRST) * at // PROCESSES for at in range(PROCESSES + 1)]
    parts = [
        Part(
            place,
            str(place.folder / f"shard{at}.db"),
            edges[at],
            edges[at + 1],
            owners,
            bits,
            today,
        )
        for at in range(PROCESSES)
    ]
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=fill, args=(part,)) for part in parts]
    for one in running:
        one.start()
    for one in running:
        one.join()
        if one.exitcode:
            raise SystemExit("a process that makes customers has failed")
    return [Path(part.shard) for part in parts]


def _merge(file: Path, shards: list[Path]) -> None:
    """Everything into the archive's tables, sorted, and only then their indexes."""
    base = sqlite3.connect(file, isolation_level=None)
    for order in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000"):
        base.execute(f"PRAGMA {order}")
    for at, shard in enumerate(shards):
        base.execute(f"ATTACH '{shard}' AS s{at}")
    for table in TABLES:
        begun = time.perf_counter()
        _take_in(base, table, len(shards))
        print(f"{table.__tablename__}: {time.perf_counter() - begun:.0f} s", flush=True)
    base.close()
    for shard in shards:
        shard.unlink()


def _take_in(base: sqlite3.Connection, table: Any, shards: int) -> None:
    name = table.__tablename__
    known = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = base.execute(known + " AND tbl_name = ?", (name,)).fetchall()
    for index, _sql in indexes:
        base.execute(f'DROP INDEX "{index}"')
    named = ", ".join(f'"{one}"' for one in columns(table))
    key = ", ".join(f'"{one.name}"' for one in table.__table__.primary_key.columns)
    parts = [f"SELECT {named} FROM s{at}.{name}" for at in range(shards)]  # noqa: S608 - our own names
    every = " UNION ALL ".join(parts)
    base.execute("BEGIN")
    base.execute(f"INSERT INTO main.{name} ({named}) SELECT * FROM ({every}) ORDER BY {key}")  # noqa: S608 - our own names
    base.execute("COMMIT")
    for _index, sql in indexes:
        base.execute(sql)


def _measured(file: Path) -> None:
    base = sqlite3.connect(file)
    base.execute("PRAGMA journal_mode=WAL")
    base.commit()
    base.close()


def _check(size: int) -> None:
    """The last card opens as the door opens it, and its number is found."""
    row = db.session.execute(select(Contact).order_by(Contact.id.desc()).limit(1)).scalar_one()
    key = keyring.current().record_key(row.customer_id)
    number = key.unseal(BoxPlace("contacts", "mobile", row.id), row.mobile)  # type: ignore[arg-type]
    assert (row.customer_id, row.id) in blind.candidates("contact.mobile", number)
    newest = db.session.get(Customer, row.customer_id)
    assert newest is not None
    assert db.session.scalar(select(func.count()).select_from(Customer)) == size
