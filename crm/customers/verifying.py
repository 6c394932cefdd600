"""Verifying: a fact was checked today, with its source – noted and logged, never opened."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from crm import clock
from crm.access.fields import CONTACT, FIELDS
from crm.audit import log
from crm.customers import contacts
from crm.customers.choices import title
from crm.db import db
from crm.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer
    from crm.customers.cards import Customer

CARD_FACTS = ("short_name", "credit_code", "industry", "region", "phone", "address", "traits",
              "business", "shareholders", "preferences", "invoice_title", "bank")  # fmt: skip


def facts_of(customer: Customer) -> list[dict[str, Any]]:
    """Every filled fact of a card with its source and day; the value is not looked at."""
    found = [
        _fact(code, str(FIELDS[code].label), customer.facts, code)
        for code in CARD_FACTS
        if getattr(customer, FIELDS[code].column)
    ]
    for number, one in enumerate(contacts.of(customer.id), 1):
        for spec in CONTACT:
            if getattr(one, spec.column) is not None:
                label = gettext("联系人 %(n)s · %(field)s", n=number, field=spec.label)
                name = f"contact.{one.id}.{spec.column}"
                found.append(_fact(name, label, one.facts, spec.code))
    return found


def _fact(name: str, label: str, facts: Any, code: str) -> dict[str, Any]:
    source, day, _login = (facts or {}).get(code) or ("", "", "")
    return {
        "name": name,
        "label": label,
        "source": title("source", source),
        "day": date.fromisoformat(day) if day else None,
    }


def verify(viewer: Viewer, customer: Customer, names: Sequence[str] | None, source: str) -> int:
    """Note that facts were checked today – all filled ones, or those named; nothing is opened."""
    known = {one["name"] for one in facts_of(customer)}
    chosen = [one for one in (known if names is None else names) if one in known]
    if not chosen:
        raise Invalid(gettext("没有可以核实的内容。"))
    people = {str(one.id): one for one in contacts.of(customer.id)}
    for name in chosen:
        _head, _dot, rest = name.partition("contact.")
        key, _point, column = rest.partition(".")
        record: Any = people[key] if rest else customer
        code = f"contact.{column}" if rest else name
        record.facts = {
            **(record.facts or {}),
            code: [source, clock.today().isoformat(), viewer.login],
        }
    customer.verified_on = clock.today()
    log.say(
        "verify", subject_type="customer", subject_ids=(customer.id,), fields=tuple(sorted(chosen)),
        detail={"source": source}, indexed=True,
    )  # fmt: skip
    db.session.flush()
    return len(chosen)
