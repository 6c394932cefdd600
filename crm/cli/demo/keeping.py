"""Keeping acts: what people of the demonstration do to keep the archive in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.access.fields import FIELDS
from crm.access.permissions import Permission
from crm.cli.demo.acts import card_of
from crm.customers import recycling
from crm.customers.contributing import deciding, links, reading, records, taking
from crm.customers.contributing.table import COMPANY, PERSON
from crm.customers.purchases import keeping
from crm.disclosure import door
from crm.disclosure.acts import Act, Purpose
from crm.disclosure.opened import Item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.cli.demo.acts import Do
    from crm.cli.demo.companies import Company
    from crm.customers.purchases import Facts

LINK_DAYS = 7


def bought(company: Company, purchases: Sequence[Facts]) -> Do:
    """Enter what the customer has bought."""

    def do(viewer: Viewer) -> None:
        for facts in purchases:
            keeping.record(viewer, card_of(company, viewer, Permission.CUSTOMER_PURCHASE), facts)

    return do


def ask_customer(company: Company) -> Do:
    """Make a link by which the customer may fill the sheet; nobody has used it yet."""

    def do(viewer: Viewer) -> None:
        links.make(viewer, company.id, LINK_DAYS)

    return do


def throw_in(company: Company) -> Do:
    """Put a card into the bin."""

    def do(viewer: Viewer) -> None:
        recycling.throw_in(card_of(company, viewer, Permission.CUSTOMER_BIN), viewer)

    return do


class Contributing:
    """What a colleague writes about a customer, and later what became of it."""

    def __init__(self, form: dict[str, str]) -> None:
        """Take the form as the page would send it."""
        self.form = form
        self.id: UUID | None = None

    def write(self, viewer: Viewer) -> None:
        """Write it down."""
        told = reading.read(self.form, COMPANY, PERSON)
        if told.errors:
            raise ValueError(f"the demonstration contributes what is refused: {told.errors}")
        self.id = taking.from_person(viewer, told, None, None).id

    def decided(self, fate: str) -> Do:
        """Read it through the door; accept everything or nothing, for this reason."""

        def do(viewer: Viewer) -> None:
            if self.id is None:
                raise LookupError("it is decided before it is written")
            row, customer, subject = records.get(self.id, viewer)
            facts = records.facts([row.id])[row.id]
            asked = {
                fact.id: Item(str(fact.id), FIELDS["contribution.value"], fact.id, fact.value)
                for fact in facts
            }
            opened = door.disclose(
                viewer, Act.JUDGE, subject, list(asked.values()), Purpose.MAINTAIN.value
            )
            said = deciding.read(
                {"all": "accept"} if fate == "accept" else {"all": "reject", "reason": fate},
                facts,
                row.version,
            )
            texts = {fact_id: opened[item.name].text for fact_id, item in asked.items()}
            deciding.decide(viewer, row, customer, facts, texts, said)

        return do
