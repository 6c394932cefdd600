"""The face of a card: everything its page prints, put together for one person at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from crm import clock, settings
from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import CLAUSES, KEEP_PURPOSE, Scope
from crm.customers import contacts, followups, items, passing, signs
from crm.customers.cells import Cells, group, person, told
from crm.customers.contributing import consents
from crm.customers.followups import MET, RECENT
from crm.customers.purchases.classify import reasons
from crm.customers.status import Status
from crm.disclosure import door, openings, reaching, seen
from crm.disclosure.acts import Purpose
from crm.web import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.accounts.people import Viewer
    from crm.customers.cards import Card
    from crm.db import Told
    from crm.disclosure.opened import Item, Opened

_P = Purpose
OFFERED = {
    True: (_P.MANAGEMENT, _P.FOLLOW_UP, _P.CONTRACT, _P.COMPLAINT, _P.CARE, _P.OTHER),
    False: (_P.FOLLOW_UP, _P.VISIT, _P.CONTRACT, _P.COMPLAINT, _P.CARE, _P.OTHER),
}
"""The purposes on offer: 经营管理 first for the executive posts, daily work for the others."""
MAY = {
    "open": Permission.CUSTOMER_OPEN,
    "reveal": Permission.CUSTOMER_REVEAL,
    "dial": Permission.CUSTOMER_DIAL,
    "navigate": Permission.CUSTOMER_DIAL,
    "edit": Permission.CUSTOMER_EDIT,
    "followup": Permission.CUSTOMER_FOLLOW_UP,
    "release": Permission.CUSTOMER_RELEASE,
    "history": Permission.CUSTOMER_HISTORY,
    "intake": Permission.INTAKE_LINK,
    "seen_by": Permission.CUSTOMER_SEEN_BY,
    "print": Permission.CUSTOMER_PRINT,
    "ask": Permission.GRANT_ASK,
}
LOOKS = 5


def purposes(viewer: Viewer) -> list[tuple[str, str]]:
    """The purposes this person is offered, code and title."""
    return _offered()[viewer.role in KEEP_PURPOSE]


@words.once
def _offered() -> dict[bool, list[tuple[str, str]]]:
    return {keeps: [(one.value, one.label) for one in some] for keeps, some in OFFERED.items()}


def may(card: Card, viewer: Viewer) -> set[str]:
    """What this person may do on this card; the page offers only this."""
    return {
        name for name, permission in MAY.items() if law.may(viewer, permission, card.subject)
    } | {"star"}


def face(card: Card, viewer: Viewer, revealed: Mapping[str, Opened]) -> dict[str, Any]:
    """The template's values for the card page. Logs what it showed."""
    customer = card.customer
    opening, quota_left = openings.standing(viewer, customer.id)
    people = contacts.told_of(customer.id)
    extras = contacts.extras_of(customer.id) if signs.of(card).has_extras else ()
    story = followups.of(customer.id)
    asked = _asked(card, viewer, people, extras, story)
    shown = door.glance(viewer, card.subject, asked, opening, key=card.key)
    allowed = may(card, viewer)
    make = Cells(shown, revealed, reaching.revealable(viewer, card.subject))
    return {
        **head(card, viewer),
        "own": card.subject.standing(viewer) is Scope.OWN,
        "opened": _opened(opening),
        "quota_left": quota_left,
        "grants": card.subject.grants,
        "company": group([make(item, customer.facts) for item in items.company_items(customer)]),
        "contacts": [person(one, make, customer.main_contact_id, extras) for one in people],
        "extras": [
            make(items.extra_item(row), {}, row.label) for row in extras if row.contact_id is None
        ],
        **asking(viewer),
        "kinds": [(one.value, one.label) for one in MET],
        "quick_dates": followups.quick_dates(),
        "timeline": [told(row, make, viewer) for row in story],
        "looks": seen.by(customer.id, LOOKS) if "seen_by" in allowed else [],
        "consents": consents.of(customer.id) if signs.of(card).has_consents else {},
        "panels": [],
    }


def head(card: Card, viewer: Viewer) -> dict[str, Any]:
    """What the head of a card's pages says, whichever tab is open."""
    known = signs.of(card)
    may_ = may(card, viewer)
    if known.pool != settings.ON or card.customer.owner_id != viewer.id:
        may_.discard("release")
    return {
        "customer": card.customer,
        "status": Status(card.customer.status),
        "owner_name": card.owner_name or _("未分配"),
        "starred": card.starred,
        "may": may_,
        "release_reasons": list(passing.RETURNED.items()) if "release" in may_ else [],
        "by_hand": "level" in (card.customer.facts or {}),
        "proposed": known.proposed if known.proposed != card.customer.level else None,
        "proposed_why": reasons(known.proposed_why or ""),
    }


def asking(viewer: Viewer) -> dict[str, Any]:
    """What the question for a purpose needs: the choices, the one kept, the clause beneath."""
    return {
        "purposes": purposes(viewer),
        "kept_purpose": viewer.purpose,
        "may_keep": viewer.role in KEEP_PURPOSE,
        "clause": str(CLAUSES[Permission.CUSTOMER_OPEN]),
    }


def _asked(
    card: Card,
    viewer: Viewer,
    people: Sequence[Told],
    extras: Sequence[Told],
    story: Sequence[Told],
) -> list[Item]:
    recent = clock.now() - RECENT
    asked = items.company_items(card.customer)
    for contact in people:
        asked += items.contact_items(contact)
    asked += [items.extra_item(row) for row in extras]
    asked += [
        items.follow_up_item(row, viewer.id)
        for row in story
        if row.at > recent or row.author_id == viewer.id
    ]
    return asked


def _opened(opening: Told | None) -> dict[str, Any] | None:
    if opening is None:
        return None
    left = opening.until - clock.now()
    return {
        "purpose_label": Purpose(opening.purpose).label,
        "purpose": opening.purpose,
        "minutes_left": max(1, int(left.total_seconds() // 60) + 1)
        if left.total_seconds() > 0
        else 0,
        "seconds_left": max(0, int(left.total_seconds())),
        "until": opening.until,
    }
