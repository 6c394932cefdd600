"""Acts: what people of the demonstration do, through the same services that the pages use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from crm.access.permissions import Permission
from crm.audit import log
from crm.customers import cards, contacts, followups, items
from crm.customers.beside import Star
from crm.customers.contacts import ExtraField
from crm.customers.editing import apply
from crm.customers.editing.typed import Reader, Typed
from crm.customers.followups import Kind, Outcome
from crm.db import db
from crm.disclosure import door
from crm.disclosure.acts import Act, Purpose

if TYPE_CHECKING:
    from crm.accounts.people import Viewer
    from crm.cli.demo.companies import Company
    from crm.cli.demo.story import Step
    from crm.customers.cards import Card

Do = Callable[["Viewer"], None]
"""Something one person does, in a running unit."""
OPENED = [field.code for field in items.OPENED]
EXTRAS: tuple[tuple[str, str, str, list[str]], ...] = (
    ("决策周期", "choice", "customer", ["一个月内", "一至三个月", "三至六个月", "半年以上"]),
    ("采购预算", "number", "customer", []),
    ("结婚纪念日", "date", "contact", []),
)
"""Label, kind, about, choices of the company's own fields."""


def card_of(company: Company, viewer: Viewer, right: Permission = Permission.CUSTOMER_LIST) -> Card:
    """The company's card, as somebody with this right gets it."""
    if company.id is None:
        raise LookupError(f"{company.name} is looked at before it is made")
    return cards.get(company.id, viewer, right)


def define_fields(_viewer: Viewer) -> None:
    """Add the company's own fields."""
    for position, (label, kind, about, choices) in enumerate(EXTRAS):
        row = ExtraField(label=label, kind=kind, about=about, choices=choices, position=position)
        db.session.add(row)
        db.session.flush()
        said = {"subject_type": "extra_field", "subject_ids": (row.id,), "detail": {"kind": kind}}
        log.say("field_added", **said)


def _typed(form: dict[str, str], extras: dict[str, str], contact_id: object = None) -> Typed:
    """A form as the pages read it; `extras` by label."""
    fields = {one.label: one for one in contacts.extra_fields()} if extras else {}
    tail = f".{contact_id}" if contact_id else ""
    named = {f"extra.{fields[label].id}{tail}": text for label, text in extras.items()}
    typed = Reader(MultiDict(form | named), list(fields.values()), opened=False).read()
    if typed.errors:
        raise ValueError(f"the demonstration types what the form refuses: {sorted(typed.errors)}")
    return typed


def make(company: Company, form: dict[str, str]) -> Do:
    """Make the card."""

    def do(viewer: Viewer) -> None:
        company.id = apply.create(viewer, _typed(form, company.extras)).id

    return do


def change(company: Company, form: dict[str, str], extras: dict[str, str] | None = None) -> Do:
    """Change the card; `contact.0.…` means its first contact."""

    def do(viewer: Viewer) -> None:
        card = card_of(company, viewer, Permission.CUSTOMER_EDIT)
        people = contacts.of(card.customer.id) if extras or "contact.0." in "".join(form) else []
        main = people[0].id if people else None
        filled = {name.replace("contact.0.", f"contact.{main}."): form[name] for name in form}
        filled["collaborators"] = "、".join(company.collaborators)
        apply.update(viewer, card.customer, _typed(filled, extras or {}, main))

    return do


def read_prose(company: Company) -> Do:
    """Open the edit form, which shows the card's prose as text."""

    def do(viewer: Viewer) -> None:
        card = card_of(company, viewer, Permission.CUSTOMER_EDIT)
        asked = [items.company_item(card.customer, code) for code in ("traits", "business")]
        door.disclose(viewer, Act.EDIT, card.subject, asked, Purpose.MAINTAIN.value)

    return do


def follow_up(company: Company, step: Step) -> Do:
    """Write down a contact."""

    def do(viewer: Viewer) -> None:
        card = card_of(company, viewer, Permission.CUSTOMER_FOLLOW_UP)
        outcome = Outcome(step.outcome) if step.outcome else None
        followups.write(viewer, card, Kind(step.kind), step.text, outcome, step.next_day)

    return do


def look(company: Company, purpose: Purpose) -> Do:
    """Go to the card and open it."""

    def do(viewer: Viewer) -> None:
        visit(company)(viewer)
        open_card(company, purpose)(viewer)

    return do


def visit(company: Company) -> Do:
    """Go to a card, whoever's it is."""

    def do(viewer: Viewer) -> None:
        card = card_of(company, viewer)
        door.glance(viewer, card.subject, items.company_items(card.customer), None)

    return do


def open_card(company: Company, purpose: Purpose) -> Do:
    """Open the work card."""

    def do(viewer: Viewer) -> None:
        door.open_card(viewer, card_of(company, viewer).subject, items.OPENED, purpose.value)

    return do


def disclose(company: Company, act: Act, column: str, purpose: Purpose | str, note: str = "") -> Do:
    """Reveal, dial, navigate: one value of the card, a company's own or the first contact's."""

    def do(viewer: Viewer) -> None:
        card = card_of(company, viewer)
        main = f"contact.{card.customer.main_contact_id}.{column}"
        name = column if column in OPENED else main
        asked = items.named(card.customer, [name])
        door.disclose(viewer, act, card.subject, asked, str(purpose), note)

    return do


def star(company: Company) -> Do:
    """Keep a card at hand."""

    def do(viewer: Viewer) -> None:
        db.session.add(Star(person_id=viewer.id, customer_id=card_of(company, viewer).customer.id))

    return do


def seen_by(company: Company) -> Do:
    """Read who looked at a card."""

    def do(viewer: Viewer) -> None:
        card = card_of(company, viewer, Permission.CUSTOMER_SEEN_BY)
        door.glance(viewer, card.subject, [], None, view="seen-by")

    return do


def read_log(view: str) -> Do:
    """Read the log."""

    def do(_viewer: Viewer) -> None:
        log.say("log_read", subject_type="log", detail={"view": view})

    return do


def sign_in(viewer: Viewer) -> None:
    """Sign in."""
    log.say("sign_in", subject_type="person", subject_ids=(viewer.id,))


def mistype(viewer: Viewer) -> None:
    """Sign in with a wrong password."""
    detail = {"why": "password"}
    log.refuse("sign_in", subject_type="person", subject_ids=(viewer.id,), detail=detail)


def trespass(permission: Permission, endpoint: str) -> Do:
    """Go to a page that is not one's own."""

    def do(_viewer: Viewer) -> None:
        log.refuse("access", detail={"permission": permission.value, "endpoint": endpoint})

    return do
