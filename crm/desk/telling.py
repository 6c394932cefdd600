"""Telling: an entry of the log in words a person reads; control characters never get through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.customers.cards import Customer
from crm.db import db
from crm.disclosure import words
from crm.disclosure.acts import Act
from crm.web.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm.audit.reading import Read


OTHERS = {"contribution": _("补充信息"), "intake_link": _("自填链接")}
"""Records without a name of their own."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry, ready to print."""

    seq: int
    at: datetime
    actor: str
    role: str
    action_label: str
    subject: str
    subject_url: str
    place: str
    fields: str
    purpose_label: str
    reason: str
    result: str
    result_label: str


def told(entries: Iterable[Read]) -> list[Told]:
    """Entries with the names of people and customers, in two queries."""
    rows = list(entries)
    people = _names(Person, {row.actor_id for row in rows if row.actor_id})
    customers = _names(Customer, {_subject(row) for row in rows} - {None})
    return [_tell(row, people, customers) for row in rows]


def _names(table: Any, ids: Iterable[Any]) -> dict[UUID, str]:
    found = db.session.execute(select(table.id, table.name).where(table.id.in_(list(ids))))
    return {row[0]: row[1] for row in found}


def _subject(row: Read) -> UUID | None:
    one = row.said["subject_type"] == "customer" and len(row.said["subject_ids"]) == 1
    return UUID(row.said["subject_ids"][0]) if one else None


def _tell(row: Read, people: Mapping[UUID, str], customers: Mapping[UUID, str]) -> Told:
    said, subject_id = row.said, _subject(row)
    name = customers.get(subject_id) if subject_id else None
    role = said["role"]
    return Told(
        row.seq,
        row.at,
        safe(people.get(row.actor_id, said["actor"]) if row.actor_id else said["actor"]),
        Role(role).label if role in set(Role) else "",
        words.action(said["action"]),
        safe(name or _many(said)),
        f"/customers/{subject_id}/seen-by" if name else "",
        words.place(said["action"], said["detail"]),
        words.fields(said["fields"]),
        words.purpose(said["purpose"]),
        words.reason(said),
        said["result"],
        words.result(said["result"]),
    )


def _many(said: Mapping[str, Any]) -> str:
    number = len(said["subject_ids"])
    if said["subject_type"] == "customer" and (number or said["action"] == Act.LIST):
        return gettext("%(n)s 家客户", n=number)
    return str(OTHERS.get(said["subject_type"]) or said["detail"].get("page", ""))


def safe(text: str) -> str:
    """Without line breaks, control characters and direction marks: a name cannot forge a line."""
    return clean_line(text, 200).text
