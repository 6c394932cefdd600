"""The table of the law: every line has its reason, no line contradicts another."""

from __future__ import annotations

import ast
from collections import Counter
from inspect import getsource
from itertools import pairwise

import pytest

from crm.access import law, permissions
from crm.access.permissions import Permission
from crm.access.policy import BY_GRANT, CLAUSES, EXECUTIVES, KEEP_PURPOSE, LAW, POOL, Scope
from crm.accounts.roles import SEPARATED, Role
from crm.disclosure.acts import ASKS

ADMINISTRATORS = SEPARATED - {Role.MARKET_SUPERVISOR}


def test_no_post_is_given_a_permission_twice():
    given = Counter((role, line.permission) for line in LAW for role in line.roles)
    assert [pair for pair, times in given.items() if times > 1] == []


def test_every_permission_is_somebodys():
    assert {line.permission for line in LAW} == set(Permission) - {Permission.ANYONE} - BY_GRANT


@pytest.mark.parametrize("line", LAW, ids=lambda line: line.permission.value)
def test_a_line_about_customers_cites_its_clause(line):
    about_customers = line.permission.value.startswith("customer:")
    habit = line.note is POOL  # the pool is the trade's, no regulation's
    assert line.clause.startswith("细则第二章") or habit or not about_customers
    assert line.clause or line.note or line.permission is Permission.SIGNED_IN


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_has_nothing_of_the_archive(role):
    held = {line.permission.value for line in LAW if role in line.roles}
    assert not [one for one in held if one.startswith(("customer:", "log:"))]


def test_only_the_four_executive_posts_keep_a_purpose():
    assert KEEP_PURPOSE == EXECUTIVES
    assert len(EXECUTIVES) == 4


def test_who_may_reveal_may_open_and_who_may_open_may_list():
    for role in Role:
        scopes = [
            law.right(role, one)
            for one in (
                Permission.CUSTOMER_REVEAL,
                Permission.CUSTOMER_OPEN,
                Permission.CUSTOMER_LIST,
            )
        ]
        reaches = [right.scope if right else 0 for right in scopes]
        assert reaches == sorted(reaches), role


def test_a_gate_shows_its_clause():
    assert {permission: str(words)[:14] for permission, words in CLAUSES.items()} == {
        Permission.GRANT_ASK: "细则第二章·客户档案管理(6)"[:14],
        Permission.LEAVING_GIVE: "细则第二章·7：提前一个月书"[:14],
        Permission.CUSTOMER_OPEN: "细则第二章·客户档案管理(3)"[:14],
        Permission.CUSTOMER_REVEAL: "细则第二章·客户档案管理(3)"[:14],
        Permission.CUSTOMER_EXPORT: "细则第二章·客户档案管理(3)"[:14],
    }
    assert "(6)" in str(CLAUSES[Permission.GRANT_ASK])


def test_every_act_asks_for_permissions_that_exist():
    assert all(asked and set(asked) <= set(Permission) for asked in ASKS.values())


def test_a_scope_has_words_and_only_anyone_needs_no_person():
    assert len({scope.label for scope in Scope}) == len(Scope)
    assert {one for one in Permission if not one.needs_person} == {Permission.ANYONE}


def test_every_permission_is_explained_below_its_name():
    body = ast.parse(getsource(permissions.Permission)).body[0].body
    explained = {
        one.targets[0].id
        for one, below in pairwise(body)
        if isinstance(one, ast.Assign) and isinstance(below, ast.Expr) and below.value.value
    }
    assert explained == {one.name for one in Permission}
    assert [one.name for one in Permission] == sorted(explained)
