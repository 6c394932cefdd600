"""Reindexing: blind indexes get more bits when the archive has outgrown those they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from crm.access.fields import FIELDS
from crm.crypto import blind, keyring
from crm.crypto.blind import BlindSize, BlindTerm
from crm.crypto.sealed import Place
from crm.crypto.uses import use
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.saving import INDEXED
from crm.db import db

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTGROWN = 4
BATCH = 500
_open = use("reindex")


def fit() -> list[str]:
    """Rebuild the indexes whose rows have quadrupled since their bits were chosen; names them.

    Runs in one writing unit. Fields that share an opening (a mobile and its tail) go together.
    """
    sizes = dict(db.session.execute(select(BlindSize.index, BlindSize.rows)).all())
    rebuilt = []
    for code in INDEXED:
        rows = _count(code)
        indexes = list(INDEXED[code]("0000"))
        if rows >= OUTGROWN * max(1, sizes.get(indexes[0], 0)) and rows >= 2 ** (
            blind.LEAST_BITS + 2
        ):
            _rebuild(code, indexes, rows)
            rebuilt += indexes
    return rebuilt


def _table(code: str) -> Any:
    return Contact if FIELDS[code].table == "contacts" else Customer


def _count(code: str) -> int:
    column = getattr(_table(code), FIELDS[code].column)
    return db.session.scalar(select(func.count()).where(column.is_not(None))) or 0


def _rebuild(code: str, indexes: list[str], rows: int) -> None:
    for index in indexes:
        blind.resize(index, rows)
    bits = blind.sizes()
    for terms in _terms(code):
        if made := blind.rows_for(terms, bits):
            db.session.execute(insert(BlindTerm), made)


def _terms(code: str) -> Iterator[list[blind.Term]]:
    """Every value's terms, a batch of rows at a time, in order of id."""
    table, spec, after = _table(code), FIELDS[code], None
    owner = Contact.customer_id if table is Contact else Customer.id
    column = getattr(table, spec.column)
    while True:
        wanted = (
            select(table.id, owner, column)
            .where(column.is_not(None))
            .order_by(table.id)
            .limit(BATCH)
        )
        rows = db.session.execute(wanted if after is None else wanted.where(table.id > after)).all()
        if not rows:
            return
        keys = keyring.current().record_keys({row[1] for row in rows})
        made: list[blind.Term] = []
        for row_id, owner_id, sealed in rows:
            text = _open(keys[owner_id], Place(spec.table, spec.column, row_id), sealed)
            made += [
                (owner_id, row_id, index, one)
                for index, all_ in INDEXED[code](text).items()
                for one in all_
            ]
        yield made
        after = rows[-1][0]
