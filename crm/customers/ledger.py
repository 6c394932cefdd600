"""The ledger: a page of the list as it is printed, opened no farther than a list may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm import clock
from crm.access import law
from crm.access.fields import FIELDS
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.access.policy import Scope
from crm.crypto import keyring
from crm.customers.cards import Status
from crm.customers.choices import title
from crm.customers.followups import Outcome
from crm.disclosure import door
from crm.disclosure.opened import Item

if TYPE_CHECKING:
    from datetime import date

    from crm.accounts.people import Viewer
    from crm.customers.listing import Asked, Page

_NAME, _TEXT = FIELDS["contact.name"], FIELDS["follow_up.text"]


def lines(found: Page, asked: Asked, viewer: Viewer) -> list[dict[str, Any]]:
    """The rows of a page of the list. One entry names the ids it showed."""
    ring, triples = keyring.current(), []
    for row in found.rows:
        subject = Subject("customer", row.id, row.owner_id, row.team_id, shared=row.shared)
        own = row.owner_id == viewer.id or row.shared
        key = (
            ring.open_data_key(row.id, row.data_version, row.key_version, row.wrapped)
            if own and row.wrapped
            else None
        )
        items = [
            Item(f"contact.{row.id}", _NAME, row.contact_id, row.contact),
            Item(
                f"last.{row.id}",
                _TEXT,
                row.follow_up_id,
                row.text,
                own=bool(row.written),
            ),
        ]
        triples.append((subject, key, items))
    about = {"scene": asked.scene, "page": asked.page} | ({"search": found.by} if found.by else {})
    term = asked.q if found.by not in {"", "name"} else ""
    shown = door.listing(viewer, triples, term, **about)
    dials = law.scope(viewer, Permission.CUSTOMER_DIAL) is not None
    today = clock.today()
    return [
        _row(row, shown, today, dials=dials and subject.standing(viewer) is Scope.OWN)
        for row, (subject, _k, _i) in zip(found.rows, triples, strict=True)
    ]


def _row(row: Any, shown: dict[str, Any], today: date, *, dials: bool) -> dict[str, Any]:
    late = (today - row.next_contact).days if row.next_contact and row.next_contact < today else 0
    return {
        "id": row.id,
        "name": row.name,
        "short": row.short_name,
        "region": row.region,
        "industry": row.industry,
        "level": row.level,
        "status": Status(row.status),
        "contact": shown.get(f"contact.{row.id}"),
        "contact_id": row.contact_id,
        "owner": row.owner,
        "last_at": row.last_at if row.follow_up_id else None,
        "last_text": shown.get(f"last.{row.id}"),
        "outcome": Outcome(row.outcome).label if row.outcome else "",
        "next": row.next_contact,
        "late_days": late,
        "starred": row.starred,
        "tags": row.tags,
        "source": title("source", row.source),
        "may_dial": dials and row.contact_id is not None,
    }
