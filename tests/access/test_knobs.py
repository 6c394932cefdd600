"""Every value of every knob: the law stays within what no company may set."""

from __future__ import annotations

import pytest

from crm.access import law, versions
from crm.access.knobs import KNOBS, LOOSER, SHIPPED, TIGHTER, law_of, settled
from crm.access.permissions import Permission
from crm.access.policy import ADMINISTRATORS, BY_GRANT, DECIDERS, EXECUTIVES, LAW, QUOTAS, Scope
from crm.accounts.roles import Role

FIVE = EXECUTIVES | {Role.SALESPERSON}
OPENING = {Permission.CUSTOMER_OPEN, Permission.CUSTOMER_REVEAL, Permission.CUSTOMER_DIAL}
EVERY = [
    pytest.param(code, value, id=f"{code}={value}")
    for code, knob in KNOBS.items()
    for value in (knob.values if not knob.counts else (knob.least, knob.shipped, knob.most))
]


def widest() -> dict[str, int]:
    """Everything as wide as it goes."""
    return {code: knob.most for code, knob in KNOBS.items()}


@pytest.mark.parametrize("start", [{}, widest()], ids=["shipped", "widest"])
@pytest.mark.parametrize(("code", "value"), EVERY)
def test_a_knob_moves_lines_and_gives_none(code, value, start):
    made = law_of(start | {code: value})
    assert set(made.rights) == {(role, line.permission) for line in LAW for role in line.roles}
    for role, permission in made.rights:
        if permission in OPENING:
            assert role in FIVE
        assert permission not in BY_GRANT
        if role in ADMINISTRATORS:
            assert not permission.value.startswith(("customer:", "log:"))
    assert set(made.quotas) == set(QUOTAS)
    assert all(quota >= 1 for quota in (*made.quotas.values(), made.by_grant))


@pytest.mark.parametrize("start", [{}, widest()], ids=["shipped", "widest"])
@pytest.mark.parametrize(("code", "value"), EVERY)
def test_nothing_reaches_farther_than_the_list_does(code, value, start):
    made = law_of(start | {code: value})
    for role in FIVE:
        farthest = made.rights[role, Permission.CUSTOMER_LIST].scope
        for (whose, permission), line in made.rights.items():
            if whose is role and permission in OPENING | {Permission.CUSTOMER_EDIT}:
                assert line.scope <= farthest, (role, permission)


@pytest.mark.parametrize(("code", "value"), EVERY)
def test_a_knob_touches_only_its_own_posts_and_lines(code, value):
    knob, made = KNOBS[code], law_of({code: value})
    moved = {pair for pair, line in made.rights.items() if line.scope != SHIPPED.rights[pair].scope}
    assert {role for role, _permission in moved} <= knob.roles
    if knob.counts:
        assert not moved
    changed = {role for role, quota in made.quotas.items() if quota != QUOTAS[role]}
    assert changed <= knob.roles


def test_as_shipped_the_knobs_say_what_the_table_says():
    assert SHIPPED.rights == {(role, line.permission): line for line in LAW for role in line.roles}
    assert (dict(SHIPPED.quotas), SHIPPED.by_grant) == (QUOTAS, 40)
    for code, knob in KNOBS.items():
        for role in knob.roles if not knob.counts else ():
            scopes = {SHIPPED.rights[role, one].scope for one in knob.permissions}
            assert scopes == {knob.shipped}, code


@pytest.mark.parametrize("bad", [0, 4, -1, 501, 10**9, None, "all", [2], 1.5])
def test_a_value_beyond_the_limits_counts_for_nothing_wherever_it_comes_from(bad):
    assert settled({"sales.quota": bad, "sales.reach": bad, "no.knob": 1}).keys() == KNOBS.keys()
    if bad != 4:
        assert settled({"sales.quota": bad})["sales.quota"] == 80
    assert settled({"sales.reach": bad})["sales.reach"] == Scope.OWN


def test_no_knob_is_about_the_administrators_and_some_are_about_who_approves():
    assert all(knob.roles.isdisjoint(ADMINISTRATORS) for knob in KNOBS.values())
    assert {code for code, knob in KNOBS.items() if knob.roles & DECIDERS} == {
        "executives.dial", "executives.write", "executives.quota",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "value", "remark"),
    [
        ("sales.reach", Scope.OWN, TIGHTER),
        ("sales.reach", Scope.TEAM, LOOSER),
        ("sales.reach", Scope.ALL, LOOSER),
        ("assistant.reach", Scope.OWN, TIGHTER),
        ("assistant.reach", Scope.ALL, ""),
        ("sales.quota", 79, TIGHTER),
        ("sales.quota", 80, ""),
        ("sales.quota", 81, LOOSER),
    ],
)
def test_a_value_says_whether_the_company_loosened_or_tightened(code, value, remark):
    assert KNOBS[code].remark(value) == remark


def test_without_an_application_the_shipped_law_holds():
    assert versions.current() is SHIPPED
    assert law.right(Role.SALESPERSON, Permission.CUSTOMER_LIST).scope is Scope.OWN
