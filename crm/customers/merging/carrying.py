"""Carrying: the rows of one card go over to another, each in the way its table says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from crm.crypto.blind import BlindTerm
from crm.crypto.sealed import Place
from crm.customers import placing
from crm.customers.beside import Collaborator
from crm.customers.merging import moves, sealing
from crm.customers.merging.moves import PARTS, Way
from crm.customers.pool import PoolCard
from crm.db import db

if TYPE_CHECKING:
    from uuid import UUID

    from crm.customers.merging.comparing import Comparison


def rows(both: Comparison) -> None:
    """Rows that move, their boxes sealed anew for the survivor's key at the same place."""
    for name, part in PARTS.items():
        if part.way is not Way.MOVES:
            continue
        table = moves.table(name)
        found = db.session.execute(select(table).where(table.c.customer_id == both.gone.id))
        for row in found.mappings().all():
            values: dict[str, Any] = {"customer_id": both.kept.id}
            for column in part.boxes:
                one = sealing.Held(both.gone_key, _place(name, column, row), row[column])
                values[column] = sealing.anew(one, both.kept_key, one.place)
            if name == "contacts":
                values["position"] = row["position"] + len(both.kept_people)
            db.session.execute(update(table).where(table.c.id == row["id"]).values(values))


def sets(both: Comparison, before: UUID | None) -> None:
    """Who works on either card or keeps it at hand does so with the survivor."""
    for name, part in PARTS.items():
        if part.way is not Way.JOINS:
            continue
        table = moves.table(name)
        who = table.c.person_id
        mine = set(db.session.scalars(select(who).where(table.c.customer_id == both.kept.id)))
        theirs = set(db.session.scalars(select(who).where(table.c.customer_id == both.gone.id)))
        if name == "collaborators":  # who was responsible for the other card goes on working on it
            theirs |= {one for one in (both.gone.owner_id, before) if one}
            theirs -= {both.kept.owner_id}
        if fresh := theirs - mine:
            rows = [{"customer_id": both.kept.id, "person_id": one} for one in fresh]
            db.session.execute(insert(table), rows)
        db.session.execute(delete(table).where(table.c.customer_id == both.gone.id))
    standing = (
        Collaborator.customer_id == both.kept.id,
        Collaborator.person_id == both.kept.owner_id,
    )
    db.session.execute(delete(Collaborator).where(*standing))


def lie(both: Comparison, before: UUID | None) -> None:
    """The survivor lies in the pool if the one whose owner it takes lay there."""
    kept, gone = both.kept, both.gone
    if kept.owner_id or before:  # it lies nowhere, or where the other did
        db.session.execute(delete(PoolCard).where(PoolCard.customer_id == kept.id))
    if before and not kept.owner_id:
        there = update(PoolCard).where(PoolCard.customer_id == gone.id)
        db.session.execute(there.values(customer_id=kept.id))
    db.session.execute(delete(PoolCard).where(PoolCard.customer_id == gone.id))
    placing.lies(both.kept.id)


def leave(both: Comparison) -> None:
    """The card itself: its terms lead to the survivor, its row goes; its data key waits."""
    terms = update(BlindTerm).where(
        BlindTerm.owner_id == both.gone.id, BlindTerm.row_id != both.gone.id
    )
    db.session.execute(terms.values(owner_id=both.kept.id))
    db.session.execute(delete(BlindTerm).where(BlindTerm.owner_id == both.gone.id))
    for name, part in PARTS.items():
        if part.way is Way.FOLLOWS:
            table = moves.table(name)
            db.session.execute(delete(table).where(table.c.customer_id == both.gone.id))
    card = moves.table("customers")
    db.session.expunge(both.gone)
    db.session.execute(delete(card).where(card.c.id == both.gone.id))


def _place(name: str, column: str, row: Any) -> Place:
    """Where a row's box was sealed for; history's copies name another row's place."""
    if name == "changes":
        return Place(row["kept_in"], row["kept_as"], row["row_id"])
    return Place(name, column, row["id"])
