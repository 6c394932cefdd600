"""Reindexing: blind indexes get more bits when the archive has outgrown those they have.

A generation is built beside the one in use, some rows at a time, each time in a writing unit of its
own: others read and write in between, and a process that is killed leaves off at a row from which
the next one goes on. Runs in a job, a timer or a command, never in a request.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crm.access.fields import FIELDS
from crm.crypto import blind, keyring
from crm.crypto.sealed import Place
from crm.crypto.uses import use
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.indexed import INDEXED
from crm.db import db
from crm.errors import CannotOpen
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from crm.audit.entry import Actor

OUTGROWN = 4
BATCH = 200
"""Rows opened and hashed in one transaction: some ten milliseconds with the writer's lock."""
SWEPT = 2_000
BREATH = 0.005
"""Seconds at least between two batches; usually as long as the batch took, so that whoever waits
for the writer's lock – SQLite only polls for it – finds it free half of the time."""
_open = use("reindex")


def fit(actor: Actor | None = None, address: str = "") -> list[str]:
    """Rebuild the indexes whose rows have quadrupled since their bits were chosen; names them.

    Goes on with what was cut off. Fields that share an opening (a mobile and its tail) go together.
    """
    rebuilt = []
    for code in INDEXED:
        indexes = indexes_of(code)
        rows = _count(code)
        with unit.work(actor, address):
            due = _is_building(indexes) or _begin(indexes, rows)
        if due:
            _keep_on(partial(_more, code, indexes, actor, address))
            rebuilt += indexes
    _keep_on(partial(_sweep, actor, address))
    return rebuilt


def _keep_on(step: Callable[[], bool]) -> None:
    """Step after step, with a breath between two."""
    begun = time.perf_counter()
    while step():
        time.sleep(max(BREATH, time.perf_counter() - begun))
        begun = time.perf_counter()


def indexes_of(code: str) -> list[str]:
    """The indexes in which a field's values are found."""
    return list(INDEXED[code]("0000"))


def _table(code: str) -> Any:
    return Contact if FIELDS[code].table == "contacts" else Customer


def _count(code: str) -> int:
    """How many rows have a value: read without the writer's lock, for it looks at every row."""
    column = getattr(_table(code), FIELDS[code].column)
    return db.session.scalar(select(func.count()).where(column.is_not(None))) or 0


def _is_building(indexes: list[str]) -> bool:
    return bool(blind.of(indexes[0], blind.generations(), blind.BUILDING))


def _begin(indexes: list[str], rows: int) -> bool:
    """Begin new generations when the rows have quadrupled; whether they had."""
    (now,) = blind.of(indexes[0], blind.generations(), blind.CURRENT)
    if rows < OUTGROWN * max(1, now.rows) or rows < 2 ** (blind.LEAST_BITS + 2):
        return False
    for index in indexes:
        blind.begin(index, rows)
    return True


def _more(code: str, indexes: list[str], actor: Actor | None, address: str) -> bool:
    """Take the next rows in; when there are none, switch. False when there is nothing to do."""
    with unit.work(actor, address):
        building = blind.of(indexes[0], blind.generations(), blind.BUILDING)
        if not building:
            return False  # another process has finished it
        ids, terms = _terms(code, building[0].after)
        if ids:
            blind.build(indexes, ids, terms)
        else:
            blind.switch(indexes)
    return bool(ids)


def _sweep(actor: Actor | None, address: str) -> bool:
    with unit.work(actor, address):
        return blind.sweep(SWEPT)


def _terms(code: str, after: UUID | None) -> tuple[list[UUID], list[blind.Term]]:
    """The next rows that have a value, in order of id, and what they are found under."""
    table, spec = _table(code), FIELDS[code]
    owner = Contact.customer_id if table is Contact else Customer.id
    column = getattr(table, spec.column)
    wanted = select(table.id, owner, column).where(column.is_not(None)).order_by(table.id)
    some = wanted if after is None else wanted.where(table.id > after)
    rows = db.session.execute(some.limit(BATCH)).all()
    keys = keyring.current().record_keys({row[1] for row in rows}) if rows else {}
    made: list[blind.Term] = []
    for row_id, owner_id, sealed in rows:
        try:
            text = _open(keys[owner_id], Place(spec.table, spec.column, row_id), sealed)
        except (CannotOpen, KeyError):
            continue  # it was meddled with: nobody could be shown it, so nobody finds it
        made += [
            (owner_id, row_id, index, one)
            for index, all_ in INDEXED[code](text).items()
            for one in all_
        ]
    return [row[0] for row in rows], made
