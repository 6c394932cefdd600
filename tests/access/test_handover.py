"""Who is leaving: the access matrix once more – what is left is one's own cards and a call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm.access import law
from crm.access.fields import FIELDS
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.access.policy import CLOSED_IN_HANDOVER, LISTED_IN_HANDOVER
from crm.accounts.roles import Role
from crm.crypto import keyring
from crm.customers import cards, items
from crm.disclosure import reaching
from crm.disclosure.acts import Act
from tests import cast
from tests.access.test_matrix import (
    ACTS,
    GRANTS,
    OTHER,
    cells,
    house,
    opens,
    subject,
)

LEFT = {"oc", "rc", "ds", "nc"}
"""Open and reveal what is internal, dial, navigate: for own cards, where the post gives it."""

__all__ = ["house"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("grant", GRANTS)
def test_a_handover_leaves_own_cards_and_calls_whatever_was_granted(house, grant):
    app, planted, held = house
    with app.test_request_context():
        posts = {role.value: cast.viewer(login) for login, (_n, role, _t) in cast.CAST.items()}
        card = cards.get(planted.customer_id, posts["general_manager"])
        keyring.current().record_key(planted.customer_id)
        found = {item.field.code: item for item in items.company_items(card.customer)}
        mobile = f"contact.{planted.contact_id}.mobile"
        found["contact.mobile"] = items.named(card.customer, [mobile])[0]
    wrong = []
    for post, standing, column, without, _with in cells():
        who = replace(posts[post], granted=grant in held, leaving=True)
        grants = (held[grant],) if grant in held else ()
        about = subject(who, standing, planted.customer_id, grants)
        wanted = without and standing == "own" and column in LEFT
        if opens(app, who, column, about, found[ACTS[column][1]]) is not wanted:
            wrong.append((post, standing, column))
    assert wrong == []


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_collaborator_who_leaves_keeps_the_open_facts_alone(app):
    with app.app_context():
        wang = replace(cast.viewer("wang"), leaving=True)
    shared = Subject("customer", OTHER, OTHER, None, shared=True)
    assert law.may(wang, Permission.CUSTOMER_LIST, shared)
    assert not [one for one in LISTED_IN_HANDOVER if law.may(wang, one, shared)]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_carries_out_is_nobodys_who_leaves(app):
    with app.app_context():
        for login, (_name, role, _team) in cast.CAST.items():
            who = replace(cast.viewer(login), leaving=True)
            assert not [one for one in CLOSED_IN_HANDOVER if law.scope(who, one)], role
            own = Subject("customer", OTHER, who.id, who.team_id)
            assert not reaching.allowed(who, Act.EDIT, own), role
            assert law.closed(who, (Permission.CUSTOMER_REVEAL,), FIELDS["contact.family"])
            assert not law.closed(who, (Permission.CUSTOMER_DIAL,), FIELDS["contact.mobile"])
    assert {one.value for one in Role} == {role.value for _n, role, _t in cast.CAST.values()}
