"""The law, written out: which post may do what to a card, by how the person stands to it."""

from __future__ import annotations

from uuid import UUID

import pytest

from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.access.policy import QUOTAS, Scope
from crm.accounts.people import Viewer
from crm.accounts.roles import Role
from crm.disclosure import reaching
from crm.disclosure.acts import Act

ACTS = """
                    list open reveal dial navigate edit copy print export judge consider hear
executive_director  all  all  all    own  own      own  -    -     -      own   all      all
general_manager     all  all  all    own  own      own  -    -     -      own   all      all
gm_assistant        all  all  all    own  own      own  -    -     -      own   all      -
market_director     all  all  all    own  own      own  -    -     -      own   -        all
market_supervisor   all  -    -      -    -        -    -    -     -      all   -        all
salesperson         own  own  own    own  own      own  -    -     -      own   -        -
manager_assistant   -    -    -      -    -        -    -    -     -      -     -        -
service_specialist  -    -    -      -    -        -    -    -     -      -     -        -
planner             -    -    -      -    -        -    -    -     -      -     -        -
finance             -    -    -      -    -        -    -    -     -      -     -        -
administration      -    -    -      -    -        -    -    -     -      -     -        -
staff               -    -    -      -    -        -    -    -     -      -     -        -
system_admin        -    -    -      -    -        -    -    -     -      -     -        -
security_admin      -    -    -      -    -        -    -    -     -      -     -        -
"""
"""How a value may reach each post. The supervisor replaces values without reading them: what 编辑
opens as text is nobody's who may not reveal. Copy, print and export go by grant alone."""

RIGHTS = """
                    create  edit  follow-up  history  seen-by  fields  import
executive_director  -       own   own        all      all      -       -
general_manager     -       own   own        all      all      -       -
gm_assistant        -       own   own        all      all      -       -
market_director     -       own   own        all      all      all     -
market_supervisor   all     all   -          all      all      all     all
salesperson         own     own   own        own      own      -       own
manager_assistant   -       -     -          -        -        -       -
service_specialist  -       -     -          -        -        -       -
planner             -       -     -          -        -        -       -
finance             -       -     -          -        -        -       -
administration      -       -     -          -        -        -       -
staff               -       -     -          -        -        -       -
system_admin        -       -     -          -        -        -       -
security_admin      -       -     -          -        -        -       -
"""

OFFICES = """
                signed-in law:read log:read log:export people:manage backup:manage house:settings
executive_director  all        all       all       all         -              -              -
general_manager     all        all       -         -           -              -              -
gm_assistant        all        all       -         -           -              -              -
market_director     all        all       -         -           -              -              -
market_supervisor   all        all       all       all         -              -              all
salesperson         all        -         -         -           -              -              -
manager_assistant   all        -         -         -           -              -              -
service_specialist  all        -         -         -           -              -              -
planner             all        -         -         -           -              -              -
finance             all        -         -         -           -              -              -
administration      all        -         -         -           -              -              -
staff               all        -         -         -           -              -              -
system_admin        all        -         -         -           all            all            -
security_admin      all        all       -         -           -              -              -
"""

GRANTS = """
                    grant:ask  grant:decide  grant:confirm  grant:delegate  law:propose  law:approve
executive_director  all        all           all            -               -            all
general_manager     all        all           all            all             -            all
gm_assistant        all        -             all            -               -            -
market_director     all        -             -              -               -            -
market_supervisor   all        -             -              -               -            -
salesperson         all        -             -              -               -            -
manager_assistant   all        -             -              -               -            -
service_specialist  all        -             -              -               -            -
planner             all        -             -              -               -            -
finance             all        -             -              -               -            -
administration      all        -             -              -               -            -
staff               all        -             -              -               -            -
system_admin        -          -             -              -               -            -
security_admin      -          -             -              -               all          -
"""

LEAVING = """
                    leaving:give  leaving:enter  leaving:run  leaving:sign
executive_director  all           all            all          all
general_manager     all           all            all          all
gm_assistant        all           -              -            -
market_director     all           -              all          all
market_supervisor   all           all            all          all
salesperson         all           -              -            -
manager_assistant   all           -              all          -
service_specialist  all           -              -            -
planner             all           -              -            -
finance             all           -              all          -
administration      all           all            all          -
staff               all           -              -            -
system_admin        all           -              -            -
security_admin      all           -              -            -
"""
"""Everybody may leave; who settles, hands over and signs is not everybody."""

GATHERING = """
                    contribution:write  contribution:decide  intake:link  complaint:handle
executive_director  all                 own                  own          -
general_manager     all                 own                  own          -
gm_assistant        all                 own                  own          -
market_director     all                 own                  own          -
market_supervisor   all                 all                  all          -
salesperson         all                 own                  own          -
manager_assistant   all                 -                    -            -
service_specialist  all                 -                    -            own
planner             all                 -                    -            -
finance             all                 -                    -            -
administration      all                 -                    -            -
staff               all                 -                    -            -
system_admin        all                 -                    -            -
security_admin      all                 -                    -            -
"""
"""Everybody collects; whoever may be responsible decides on what is their own."""

ORDER = """
                    bin  shred  erase  assign  merge  pool  claim  release  pool-run  purchase
executive_director  -    -      -      -       -      all   -      own      -         own
general_manager     -    -      -      -       -      all   -      own      -         own
gm_assistant        -    -      -      -       -      all   -      own      -         own
market_director     -    -      -      -       -      all   -      own      -         own
market_supervisor   all  all    all    all     all    all   -      -        all       -
salesperson         own  -      -      -       -      all   all    own      -         own
manager_assistant   -    -      -      -       -      -     -      -        -         -
service_specialist  -    -      -      -       -      -     -      -        -         -
planner             -    -      -      -       -      -     -      -        -         -
finance             -    -      -      -       -      -     -      -        -         -
administration      -    -      -      -       -      -     -      -        -         -
staff               -    -      -      -       -      -     -      -        -         -
system_admin        -    -      -      -       -      -     -      -        -         -
security_admin      -    -      -      -       -      -     -      -        -         -
"""
"""Keeping the archive in order: the bin, duplicates, handing over, the pool, purchases."""

TWO_OF_THEM = """
                    factor:recover
executive_director  all
general_manager     all
gm_assistant        all
market_director     all
market_supervisor   -
salesperson         -
manager_assistant   -
service_specialist  -
planner             -
finance             -
administration      -
staff               -
system_admin        all
security_admin      all
"""
"""Who may be one of two: for whom, and as which of them, accounts.factors.resetting says."""

STANDINGS = ("owner", "collaborator", "team", "stranger")
REACHED = {"-": 0, "own": 2, "team": 3, "all": 4}
"""How many of the standings a scope reaches, from the closest on."""

ME, MY_TEAM, OTHER = UUID(int=1), UUID(int=2), UUID(int=9)


def cells(table: str) -> list[tuple[str, str, str]]:
    """(post, column, scope) of every cell."""
    head, *rows = (line.split() for line in table.strip().splitlines())
    return [
        (row[0], column, cell) for row in rows for column, cell in zip(head, row[1:], strict=True)
    ]


def viewer(role: str, team: UUID | None = MY_TEAM) -> Viewer:
    return Viewer(ME, "me", "我", None, Role(role), team, "zh", "", must_change=False)


def subject(standing: str) -> Subject:
    """A customer to which `viewer` stands so."""
    return {
        "owner": Subject("customer", OTHER, ME, None),
        "collaborator": Subject("customer", OTHER, OTHER, None, shared=True),
        "team": Subject("customer", OTHER, OTHER, MY_TEAM),
        "stranger": Subject("customer", OTHER, OTHER, OTHER),
    }[standing]


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize(("role", "act", "scope"), cells(ACTS))
def test_an_act_reaches_as_far_as_the_law_says(role, act, scope, standing):
    allowed = STANDINGS.index(standing) < REACHED[scope]
    assert reaching.allowed(viewer(role), Act(act), subject(standing)) is allowed


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize(("role", "right", "scope"), [*cells(RIGHTS), *cells(ORDER)])
def test_a_right_reaches_as_far_as_the_law_says(role, right, scope, standing):
    allowed = STANDINGS.index(standing) < REACHED[scope]
    assert law.may(viewer(role), Permission(f"customer:{right}"), subject(standing)) is allowed


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize(("role", "permission", "scope"), cells(GATHERING))
def test_gathering_reaches_as_far_as_the_law_says(role, permission, scope, standing):
    allowed = STANDINGS.index(standing) < REACHED[scope]
    assert law.may(viewer(role), Permission(permission), subject(standing)) is allowed


@pytest.mark.parametrize(
    ("role", "permission", "scope"),
    [*cells(OFFICES), *cells(GRANTS), *cells(LEAVING), *cells(TWO_OF_THEM)],
)
def test_an_office_belongs_to_its_posts(role, permission, scope):
    given = law.scope(viewer(role), Permission(permission))
    assert given is ({"all": Scope.ALL}.get(scope))


def test_the_tables_name_every_post_act_and_permission():
    posts = {role.value for role in Role}
    assert all(
        {post for post, _column, _cell in cells(table)} == posts
        for table in (ACTS, RIGHTS, ORDER, OFFICES, GRANTS, LEAVING, GATHERING, TWO_OF_THEM)
    )
    assert {column for _post, column, _cell in cells(ACTS)} == {act.value for act in Act}
    told = {
        f"customer:{column}"
        for table in (ACTS, RIGHTS, ORDER)
        for _post, column, _cell in cells(table)
    }
    told |= {
        column
        for table in (OFFICES, GRANTS, LEAVING, GATHERING, TWO_OF_THEM)
        for _post, column, _cell in cells(table)
    }
    assert {one.value for one in Permission} - told == {"anyone"}


@pytest.mark.parametrize(
    ("mine", "theirs", "standing"),
    [
        (None, None, Scope.ALL),
        (MY_TEAM, None, Scope.ALL),
        (None, MY_TEAM, Scope.ALL),
        (MY_TEAM, MY_TEAM, Scope.TEAM),
    ],
)
def test_to_have_no_team_is_not_to_share_one(mine, theirs, standing):
    assert (
        Subject("customer", OTHER, None, theirs).standing(viewer("salesperson", mine)) is standing
    )


def test_a_card_that_is_nobodys_is_not_everybodys():
    assert not law.may(
        viewer("salesperson"), Permission.CUSTOMER_LIST, Subject("customer", OTHER, None, None)
    )


def test_a_narrower_scope_lies_within_a_wider_one():
    assert Scope.OWN < Scope.TEAM < Scope.ALL


@pytest.mark.parametrize("role", Role)
def test_a_post_that_may_open_has_a_daily_quota_and_no_other(role):
    quota = law.quota(viewer(role.value))
    assert quota == {"salesperson": 80}.get(role.value, 200 if role in QUOTAS else 0)
    assert bool(quota) is (law.scope(viewer(role.value), Permission.CUSTOMER_OPEN) is not None)


def test_who_may_open_is_asked_for_a_second_factor():
    assert law.openers() == {role for role in Role if law.right(role, Permission.CUSTOMER_OPEN)}
    assert Role.SALESPERSON in law.openers()
    assert Role.SYSTEM_ADMIN not in law.openers()
