"""The archive that is measured: invented people and customers, written through our own services."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flask_migrate import upgrade
from sqlalchemy import create_engine, insert, select, text

from bench.invented import KEEPER, KEPT, OWNERS, Customers
from crm import clock, create_app
from crm.accounts import people
from crm.accounts.people import Viewer, viewer_of
from crm.accounts.roles import Role
from crm.cli.house import make_keys
from crm.crypto import keyring
from crm.customers import cards, followups, importing
from crm.customers.beside import Collaborator, Star
from crm.customers.cards import Customer
from crm.customers.followups import Kind, Outcome
from crm.db import db
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine, Table

PASSWORD = "measure-twice-cut-once"  # noqa: S105 - of invented people in a throw-away archive
CHIEF, SUPERVISOR = "zhouming", "linjing"
PEOPLE = (
    (CHIEF, "周明", Role.GENERAL_MANAGER, None),
    (SUPERVISOR, "林静", Role.MARKET_SUPERVISOR, None),
    ("zhangwei", "张伟", Role.SALESPERSON, "一组"),
    ("lina", "李娜", Role.SALESPERSON, "一组"),
    ("wangfang", "王芳", Role.SALESPERSON, "二组"),
    (KEEPER, "孔瑜", Role.SALESPERSON, "二组"),
)
ROUNDS = ((60, 10), (25, 12), (6, 15))
"""Follow-ups: so many days ago, at every n-th card of an owner; the keeper writes at nearly all."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where an archive lies and which key opens it."""

    folder: Path
    url: str

    @property
    def settings(self) -> dict[str, str]:
        """The settings that name it, as the environment takes them."""
        return {
            "CRM_INSTANCE": str(self.folder / "instance"),
            "CRM_MASTER_KEY_FILE": str(self.folder / "master.key"),
            "CRM_DATABASE_URL": self.url,
            "CRM_SECOND_FACTOR": "off",
        }


@contextmanager
def opened(place: Place) -> Iterator[Flask]:
    """The application on an archive, in this process."""
    app = create_app(place.settings)
    with app.test_request_context():
        yield app
        db.session.remove()
        db.engine.dispose()


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
        fill(size)
    (folder / "complete").touch()
    return place


def viewer(login: str) -> Viewer:
    """One of the invented people, as services take them."""
    person = people.by_login(login)
    assert person is not None
    return viewer_of(person)


def fill(size: int) -> None:
    """So many customers through our own services, the first ones the keeper's."""
    with clock.turned(-timedelta(days=90)):
        with unit.work():
            for login, name, role, team in PEOPLE:
                people.add(login, name, role, PASSWORD, team=team, must_change=False)
        importing.run(viewer(SUPERVISOR), Customers(size, kept=KEPT))
    for days, every in ROUNDS:
        with clock.turned(-timedelta(days=days)):
            for login in OWNERS:
                _follow_up(viewer(login), owned(login)[::every], days)
            _follow_up(viewer(KEEPER), owned(KEEPER)[days % 3 :], days)
    _share_and_star()


def owned(login: str) -> list[UUID]:
    """The ids of somebody's customers, oldest first."""
    wanted = select(Customer.id).where(Customer.owner_id == viewer(login).id)
    return list(db.session.scalars(wanted.order_by(Customer.id)))


def _follow_up(who: Viewer, ids: Sequence[UUID], days: int) -> None:
    for start in range(0, len(ids), BATCH):
        with unit.work(who.actor()):
            for at, customer_id in enumerate(ids[start : start + BATCH]):
                card = cards.get(customer_id, who)
                ahead = clock.today() + timedelta(days=1 + (at * 7 + days) % 45)
                said = f"聊了{days + at % 30}分钟，报价已发，等对方比较后回复。"
                followups.write(who, card, list(Kind)[at % 3], said, Outcome.REACHED, ahead)


def _share_and_star() -> None:
    keeper = viewer(KEEPER).id
    with unit.work():
        shared = [{"customer_id": one, "person_id": keeper} for one in owned(OWNERS[0])[:20]]
        starred = [{"customer_id": one, "person_id": keeper} for one in owned(KEEPER)[:12]]
        db.session.execute(insert(Collaborator), shared)
        db.session.execute(insert(Star), starred)


def copied(place: Place, folder: Path) -> Place:
    """A copy to work on, so that the next measurement begins with the same archive."""
    shutil.copytree(place.folder, folder)
    return Place(folder, f"sqlite:///{folder / 'archive.db'}")


def moved(place: Place, folder: Path, url: str) -> Place:
    """The same archive, row by row, in a PostgreSQL database that is still empty."""
    folder.mkdir(parents=True)
    shutil.copy(place.folder / "master.key", folder / "master.key")
    target = Place(folder, url)
    with opened(target):
        upgrade()
    source, engine = create_engine(place.url), create_engine(url)
    for table in db.metadata.sorted_tables:
        _copy(source, engine, table)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as its own housekeeping has done by next day
    source.dispose()
    engine.dispose()
    return target


def _copy(source: Engine, engine: Engine, table: Table) -> None:
    dialect = engine.dialect
    types = [column.type.dialect_impl(dialect) for column in table.columns]
    processors = [one.bind_processor(dialect) for one in types]
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    with source.connect() as reading, engine.begin() as writing:
        cursor = writing.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in reading.execution_options(yield_per=5_000).execute(select(table)):
                pairs = zip(processors, row, strict=True)
                copy.write_row([process(value) if process else value for process, value in pairs])
