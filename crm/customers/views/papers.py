"""Papers: the blank 客户资料表 for anybody's pen, and the card on A4, printed by grant only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import current_app, g, render_template

from crm import clock, numbering
from crm.access.fields import FIELDS
from crm.access.permissions import Permission
from crm.customers import cards, contacts, items
from crm.customers.choices import title, titled
from crm.customers.views import bp
from crm.disclosure import door
from crm.disclosure.acts import Act
from crm.web import unit
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from crm.customers.cards import Customer
    from crm.customers.contacts import Contact
    from crm.disclosure.opened import Opened

PREFIX = "DY"
"""打印: the series that printed cards are numbered in."""
PEOPLE_ROWS, SHARE_ROWS = 4, 4
"""Rows for several deciders and influencers, and for shareholders, on one page."""


@bp.get("/customers/blank-form")
@allow(Permission.CONTRIBUTION_WRITE)
def blank_form() -> ResponseReturnValue:
    """The blank 客户资料表 (细则第二章·客户档案管理(1)(7)), for handwriting; never prefilled."""
    company: str = current_app.extensions["kedang.settings"].company
    return render_template(
        "customers/blank_form.html", company=company, people=PEOPLE_ROWS, shares=SHARE_ROWS
    )


@bp.post("/customers/<uuid:customer_id>/print")
@allow(Permission.CUSTOMER_LIST)
def print_card(customer_id: UUID) -> ResponseReturnValue:
    """The card on A4, as far as a grant lets it be printed: one numbered copy, one opening used."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer)
    people = list(contacts.of(customer_id))
    asked = items.company_items(card.customer)
    for contact in people:
        asked += items.contact_items(contact)
    serial = numbering.take(PREFIX)
    by_grant = next((one.purpose for one in card.subject.grants if "print" in one.acts), "")
    opened = door.disclose(
        g.viewer, Act.PRINT, card.subject, asked, by_grant, detail={"serial": serial}
    )
    code = next((one.code for one in opened.values()), "")
    shown = sheet(card.customer, people, opened, g.viewer.name)
    return render_template("customers/print.html", **shown, serial=serial, code=code)


def sheet(
    customer: Customer,
    people: Sequence[Contact],
    opened: Mapping[str, Opened],
    printed_by: str,
) -> dict[str, Any]:
    """What the printed card says: open facts, opened ones, where each comes from."""
    return {
        "customer": customer,
        "company": current_app.extensions["kedang.settings"].company,
        "open_facts": [
            (str(FIELDS[code].label), title(code, getattr(customer, FIELDS[code].column)))
            for code in ("credit_code", "industry", "region", "level", "status", "source")
        ],
        "facts": [
            _row(item.name, item.field.code, opened, customer.facts)
            for item in items.company_items(customer)
        ],
        "people": [
            [
                _row(item.name, item.field.code, opened, contact.facts)
                for item in items.contact_items(contact)
            ]
            for contact in people
        ],
        "printed_by": printed_by,
        "printed_at": f"{clock.local(clock.now()):%Y-%m-%d %H:%M}",
    }


def _row(
    name: str, code: str, opened: Mapping[str, Opened], facts: Mapping[str, Any]
) -> tuple[str, Any, str]:
    source, day, _login = facts.get(code) or ("", "", "")
    told = " ".join(part for part in (title("source", source), day) if part)
    return str(FIELDS[code].label), titled(code, opened.get(name)), told
