"""The access matrix: post × standing × act × level × grant, a literal table, asked of the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import event

from crm import clock
from crm.access.fields import FIELDS
from crm.access.grants import Grant
from crm.access.holding import Held
from crm.access.law import Subject
from crm.accounts.roles import Role
from crm.crypto import keyring
from crm.customers import cards, items
from crm.db import db
from crm.disclosure import door
from crm.disclosure.acts import Act
from crm.errors import Trouble
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from crm.accounts.people import Viewer
    from crm.disclosure.opened import Item

MATRIX = """
                                 without a grant                with a grant in force
post                stands       oc os rc rs ds nc es cs pc xs  oc os rc rs ds nc es cs pc xs
executive_director  own          y  -  y  y  y  y  y  -  -  -   y  -  y  y  y  y  y  y  y  y
executive_director  team         y  -  y  y  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
executive_director  stranger     y  -  y  y  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
general_manager     own          y  -  y  y  y  y  y  -  -  -   y  -  y  y  y  y  y  y  y  y
general_manager     team         y  -  y  y  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
general_manager     stranger     y  -  y  y  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
gm_assistant        own          y  -  y  y  y  y  y  -  -  -   y  -  y  y  y  y  y  y  y  y
gm_assistant        team         y  -  y  y  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
gm_assistant        stranger     y  -  y  y  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
market_director     own          y  -  y  y  y  y  y  -  -  -   y  -  y  y  y  y  y  y  y  y
market_director     team         y  -  y  y  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
market_director     stranger     y  -  y  y  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
market_supervisor   own          -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  y  y  y  y
market_supervisor   team         -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  y  y  y  y
market_supervisor   stranger     -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  y  y  y  y
salesperson         own          y  -  y  y  y  y  y  -  -  -   y  -  y  y  y  y  y  y  y  y
salesperson         team         -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
salesperson         stranger     -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
manager_assistant   own          -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
manager_assistant   team         -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
manager_assistant   stranger     -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
service_specialist  own          -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
service_specialist  team         -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
service_specialist  stranger     -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
planner             own          -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
planner             team         -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
planner             stranger     -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
finance             own          -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
finance             team         -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
finance             stranger     -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
administration      own          -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
administration      team         -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
administration      stranger     -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
staff               own          -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
staff               team         -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
staff               stranger     -  -  -  -  -  -  -  -  -  -   y  -  y  y  y  y  -  y  y  y
system_admin        own          -  -  -  -  -  -  -  -  -  -   -  -  -  -  -  -  -  -  -  -
system_admin        team         -  -  -  -  -  -  -  -  -  -   -  -  -  -  -  -  -  -  -  -
system_admin        stranger     -  -  -  -  -  -  -  -  -  -   -  -  -  -  -  -  -  -  -  -
security_admin      own          -  -  -  -  -  -  -  -  -  -   -  -  -  -  -  -  -  -  -  -
security_admin      team         -  -  -  -  -  -  -  -  -  -   -  -  -  -  -  -  -  -  -  -
security_admin      stranger     -  -  -  -  -  -  -  -  -  -   -  -  -  -  -  -  -  -  -  -
"""
"""Each post, to its own card, a team-mate's, a stranger's: y where the door opens. Columns: an act
and a level – oc open what is confidential, os what is secret, rc rs reveal, ds dial, nc navigate,
es edit, cs copy, pc print, xs export."""

ACTS = {
    "oc": (Act.OPEN, "traits"),
    "os": (Act.OPEN, "contact.mobile"),
    "rc": (Act.REVEAL, "traits"),
    "rs": (Act.REVEAL, "contact.mobile"),
    "ds": (Act.DIAL, "contact.mobile"),
    "nc": (Act.NAVIGATE, "address"),
    "es": (Act.EDIT, "contact.mobile"),
    "cs": (Act.COPY, "contact.mobile"),
    "pc": (Act.PRINT, "traits"),
    "xs": (Act.EXPORT, "contact.mobile"),
}
EVERY_ACT = frozenset({"open", "reveal", "dial", "copy", "print", "export"})
GRANTS = ("none", "held", "used up", "ended meanwhile", "other fields", "other acts")
"""Only the second gives anything; `ended meanwhile` was read before it was revoked."""
OTHER = UUID(int=9)


def cells() -> Iterator[tuple[str, str, str, bool, bool]]:
    """Post, standing, column, whether it opens without a grant and with one."""
    _over, head, *lines = MATRIX.strip("\n").splitlines()
    columns = head.split()[2:]
    half = len(columns) // 2
    for line in lines:
        post, standing, *told = line.split()
        assert len(told) == len(columns)
        for at, column in enumerate(columns[:half]):
            yield post, standing, column, told[at] == "y", told[at + half] == "y"


def subject(who: Viewer, standing: str, card: UUID, held: tuple[Held, ...]) -> Subject:
    """The planted card as this person stands to it."""
    owner = who.id if standing == "own" else OTHER
    team = who.team_id if standing == "team" else None
    return Subject("customer", card, owner, team, grants=held)


@pytest.fixture
def house(app: Flask, planted: cast.Planted) -> tuple[Flask, cast.Planted, dict[str, Held]]:
    """The planted card, and a grant of each state for it."""
    with app.app_context():
        event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        db.engine.dispose()
    held = {}
    with app.test_request_context(), unit.work():
        for number, (name, state) in enumerate(
            (("held", "granted"), ("ended meanwhile", "revoked"))
        ):
            row = Grant(
                number=f"SQ-{number}", standing=False, holder_id=cast.viewer("yuan").id, meant=1,
                purpose="visit", acts="open", level="secret", every=True, by_task=False, days=1,
                used=0, state=state, asked_at=clock.now(), since=clock.now(),
                until=clock.now() + timedelta(days=1),
            )  # fmt: skip
            db.session.add(row)
            db.session.flush()
            held[name] = Held(row.id, row.number, "visit", EVERY_ACT, frozenset(), "secret",
                              row.until, None, 0)  # fmt: skip
    full = held["held"]
    held["used up"] = full._replace(most=3, used=3)
    held["other fields"] = full._replace(fields=frozenset({"contact.birth_date"}))
    held["other acts"] = full._replace(acts=frozenset())
    return app, planted, held


def opens(app: Flask, who: Viewer, column: str, about: Subject, item: Item) -> bool:
    """Whether the door opens this item by this act."""
    act, code = ACTS[column]
    with app.test_request_context():
        try:
            with unit.work(who.actor()):
                if act is not Act.OPEN:
                    return bool(door.disclose(who, act, about, [item], "visit"))
                opening = door.open_card(who, about, [FIELDS["traits"]], "visit")
                shown = door.glance(who, about, [item], opening)
                return shown[item.name].state == "shown" and shown[item.name].field.code == code
        except Trouble:
            return False


def test_the_table_is_whole():
    told = list(cells())
    assert {one[0] for one in told} == {role.value for role in Role}
    assert {one[1] for one in told} == {"own", "team", "stranger"}
    assert {one[2] for one in told} == set(ACTS)
    assert 2 * len(told) == 840


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("grant", GRANTS)
def test_the_door_opens_as_the_matrix_says(house, grant):
    app, planted, held = house
    with app.test_request_context():
        posts = {role.value: cast.viewer(login) for login, (_n, role, _t) in cast.CAST.items()}
        card = cards.get(planted.customer_id, posts["general_manager"])
        keyring.current().record_key(planted.customer_id)
        found = {item.field.code: item for item in items.company_items(card.customer)}
        named = f"contact.{planted.contact_id}.mobile"
        found["contact.mobile"] = items.named(card.customer, [named])[0]
    wrong = []
    for post, standing, column, without, with_ in cells():
        who = replace(posts[post], granted=grant in held)
        grants = (held[grant],) if grant in held else ()
        about = subject(who, standing, planted.customer_id, grants)
        wanted = with_ if grant == "held" else without
        if opens(app, who, column, about, found[ACTS[column][1]]) is not wanted:
            wrong.append((post, standing, column))
    assert wrong == []
