"""Comparing: whether a card says the same already, and whose fact it would be – by the machine.

What is opened of the card stays here; a page gets one of three words and never the card's value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _

from crm.access.fields import FIELDS, Level, Shows
from crm.crypto import keyring
from crm.crypto.uses import use
from crm.customers import contacts, names, saving
from crm.customers.contributing.table import PROSE
from crm.customers.drafts import Known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from crm.crypto.sealed import RecordKey
    from crm.customers.cards import Customer
    from crm.customers.contacts import Contact
    from crm.customers.contributing.records import ContributedFact

_open = use("weigh")


class Verdict(StrEnum):
    """What a contributed value is to the card."""

    SAME = "same"
    DIFFERS = "differs"
    ABSENT = "absent"

    @property
    def label(self) -> str:
        """The verdict as people read it."""
        return str(VERDICT_TITLES[self])


VERDICT_TITLES = {
    Verdict.SAME: _("相同"),
    Verdict.DIFFERS: _("不同"),
    Verdict.ABSENT: _("档案里没有"),
}


@dataclass(slots=True)
class Weighed:
    """Fact → verdict, and person of the form → the contact that is meant, if there is one."""

    verdicts: dict[UUID, Verdict] = field(default_factory=dict)
    people: dict[int, Contact] = field(default_factory=dict)


def weigh(
    customer: Customer, facts: Sequence[ContributedFact], texts: Mapping[UUID, str]
) -> Weighed:
    """Compare what was contributed – `texts` by fact, opened by the door – with the card."""
    key = keyring.current().record_key(customer.id)
    weighed = Weighed(people=_people(customer, key, facts, texts))
    for fact in facts:
        if fact.id in texts:
            record = weighed.people.get(fact.person) if fact.person else customer
            weighed.verdicts[fact.id] = _verdict(key, record, fact.code, texts[fact.id])
    return weighed


def _people(
    customer: Customer,
    key: RecordKey,
    facts: Sequence[ContributedFact],
    texts: Mapping[UUID, str],
) -> dict[int, Contact]:
    """Whom the people of the form are on the card; who was accepted before stays that one."""
    there = list(contacts.of(customer.id))
    by_id, known = {one.id: one for one in there}, Known(key, there)
    found: dict[int, Contact] = {}
    for number in sorted({fact.person for fact in facts} - {0}):
        theirs = [fact for fact in facts if fact.person == number]
        settled = next((by_id[one.contact_id] for one in theirs if one.contact_id in by_id), None)
        said = {one.code: texts[one.id] for one in theirs if one.id in texts}
        name, mobile = said.get("contact.name"), said.get("contact.mobile")
        if one := settled or known.meant(name, mobile):
            found[number] = one
    return found


def _verdict(key: RecordKey, record: Customer | Contact | None, code: str, text: str) -> Verdict:
    spec = FIELDS["traits" if code == PROSE else code]
    held = getattr(record, spec.column) if record is not None else None
    if held is None or held == "":
        return Verdict.ABSENT
    now = held if spec.level is Level.OPEN else _open(key, saving.place_of(record, spec.code), held)
    same = text == now or names.fold(text) == names.fold(now)
    if spec.shows is Shows.PROSE:
        same = same or text in now.splitlines()
    return Verdict.SAME if same else Verdict.DIFFERS
