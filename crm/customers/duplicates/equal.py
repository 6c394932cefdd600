"""Equal numbers: cards that share a mobile or a company telephone, told by blind index and opening.

A bucket of the blind index holds a few rows; each is opened once, by the machine, and only whether
two are equal leaves this module.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from sqlalchemy import select

from crm.access.fields import FIELDS
from crm.crypto import keyring
from crm.crypto.blind import BlindTerm
from crm.crypto.sealed import Place
from crm.crypto.uses import use
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.duplicates.likeness import Reason
from crm.db import db

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

INDEXES = {"contact.mobile": Reason.MOBILE, "phone": Reason.PHONE}
BUCKETS = 200
"""Buckets that are opened at a time: some two thousand values."""
CROWD = 8
"""More cards with one number than this share a switchboard, not a customer."""
_open = use("duplicates")


def pairs(changed: Sequence[UUID]) -> Iterator[tuple[UUID, UUID, Reason]]:
    """Every two cards with one number, where at least one of them is among the changed ones."""
    fresh = set(changed)
    for index, reason in INDEXES.items():
        for values in _batches(_buckets(index, changed), BUCKETS):
            for cards in _sharing(index, values):
                if 1 < len(cards) <= CROWD:
                    for one, other in combinations(sorted(cards, key=lambda id_: id_.bytes), 2):
                        if one in fresh or other in fresh:
                            yield one, other, reason


def _buckets(index: str, changed: Sequence[UUID]) -> Iterable[int]:
    found: set[int] = set()
    for some in _batches(list(changed), 500):
        wanted = select(BlindTerm.value).where(
            BlindTerm.owner_id.in_(some), BlindTerm.index == index
        )
        found.update(db.session.scalars(wanted))
    return sorted(found)


def _batches(items: Iterable[int] | Sequence[UUID], size: int) -> Iterator[list]:  # type: ignore[type-arg] # ids or numbers, as they came
    whole = list(items)
    return (whole[at : at + size] for at in range(0, len(whole), size))


def _sharing(index: str, values: list[int]) -> Iterator[set[UUID]]:
    """The cards of each value that stands in these buckets more than once."""
    spec = FIELDS[index]
    column = Contact.mobile if spec.table == "contacts" else Customer.phone
    table = column.class_
    wanted = (
        select(BlindTerm.owner_id, BlindTerm.row_id, column)
        .join(table, table.id == BlindTerm.row_id)
        .where(BlindTerm.index == index, BlindTerm.value.in_(values), column.is_not(None))
    )
    rows = db.session.execute(wanted).all()
    keys = keyring.current().record_keys({row[0] for row in rows}) if rows else {}
    held: dict[bytes, set[UUID]] = defaultdict(set)
    for owner, row, box in rows:
        if owner in keys and box is not None:
            text = _open(keys[owner], Place(spec.table, spec.column, row), box)
            digits = "".join(filter(str.isdigit, text))
            held[hashlib.blake2b(digits.encode(), digest_size=16).digest()].add(owner)
    yield from held.values()
