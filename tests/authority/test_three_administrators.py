"""Three administrators: each tries the others' work and is refused; nobody changes their own."""

from __future__ import annotations

from itertools import combinations

import pytest
from sqlalchemy import select

from crm.access.knobs import SHIPPED, law_of
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.accounts.roles import SEPARATED, Role
from crm.db import db
from tests import cast
from tests.authority.changes import proposed
from tests.authority.paper import asked
from tests.entries import said

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

NOBODY = "01a20430-5aba-7a0d-b3e6-b3a29e20c6b5"
WORK = """
                                                    xi   an   lin
GET  /admin/people                                  yes  -    -
GET  /admin/people/new                              yes  -    -
POST /admin/people/new                              yes  -    -
GET  /admin/people/{zhao}                           yes  -    -
POST /admin/people/{zhao}                           yes  -    -
POST /admin/people/{zhao}/reset                     yes  -    -
POST /admin/people/{zhao}/freeze                    yes  -    -
POST /admin/people/{zhao}/sessions/{nobody}/end     yes  -    -
GET  /admin/address                                 yes  -    -
GET  /admin/backups                                 yes  -    -
GET  /admin/policy                                  -    yes  yes
POST /admin/policy/proposals                        -    yes  -
POST /admin/policy/proposals/{proposal}/withdraw    -    yes  -
POST /admin/policy/proposals/{proposal}/approve     -    -    -
POST /admin/policy/proposals/{proposal}/refuse      -    -    -
GET  /admin/settings                                -    -    yes
POST /admin/settings                                -    -    yes
GET  /audit                                         -    -    yes
GET  /audit/entries                                 -    -    yes
GET  /customers                                     -    -    yes
GET  /customers/{customer}                          -    -    yes
POST /customers/{customer}/open                     -    -    -
POST /customers/{customer}/reveal                   -    -    -
GET  /customers/{customer}/history                  -    -    yes
GET  /customers/{customer}/seen-by                  -    -    yes
GET  /customers/duplicates                          -    -    yes
GET  /customers/handover                            -    -    yes
GET  /customers/pool                                -    -    yes
GET  /customers/subject                             -    -    yes
GET  /grants                                        -    -    yes
GET  /grants/new                                    -    -    yes
POST /grants/new                                    -    -    yes
GET  /approvals                                     -    -    -
POST /approvals                                     -    -    -
GET  /approvals/{grant}                             -    -    -
POST /approvals/{grant}                             -    -    -
POST /approvals/{grant}/confirm                     -    -    -
GET  /approvals/standing                            -    -    -
POST /approvals/standing                            -    -    -
POST /approvals/delegations                         -    -    -
POST /grants/{grant}/revoke                         -    -    404
"""
"""Whose work each page is, of 系统管理员, 安全管理员 and 市场主管; approving is none of
theirs. Another's grant is, to who may ask for one, not there."""
FORMS = {"/customers/{customer}/reveal": {"field": "phone", "purpose": "visit"}}

COMMON = {
    Permission.CONTRIBUTION_WRITE,
    Permission.FACTOR_RECOVER,  # takes two of them, each for the other's word
    Permission.LAW_READ,
    Permission.LEAVING_GIVE,  # one's own notice
    Permission.SIGNED_IN,
}
"""What two of the three may have in common: nothing of it changes anything of the others' work."""


def rows() -> list[tuple[str, str, dict[str, str]]]:
    head, *lines = WORK.strip().splitlines()
    logins = head.split()
    return [
        (method, path, dict(zip(logins, cells, strict=True)))
        for method, path, *cells in (line.split() for line in lines)
    ]


def refusals(app, login: str) -> list[dict]:
    return [
        one
        for action in ("access", "open", "reveal")
        for one in said(app, action)
        if (one["result"], one["actor"]) == ("refused", login)
    ]


def test_each_does_their_own_work_and_is_refused_the_others(app, signed_in, planted):
    with app.app_context():
        zhao = db.session.scalar(select(Person.id).where(Person.login == "zhao"))
    words = {
        "zhao": zhao, "nobody": NOBODY, "customer": planted.customer_id,
        "grant": asked(app, signed_in("yuan")),
        "proposal": proposed(app, signed_in("an"), "sales.quota", 90),
    }  # fmt: skip
    wrong = []
    for login in ("xi", "an", "lin"):
        client = signed_in(login)
        for method, path, allowed in rows():
            before = len(refusals(app, login))
            status = client.open(
                path.format(**words), method=method, data=FORMS.get(path)
            ).status_code
            fits = {"yes": status < 400 or status in {404, 422}, "-": status == 403}
            if not fits.get(allowed[login], str(status) == allowed[login]):
                wrong.append((login, method, path, status))
            if status == 403 and len(refusals(app, login)) != before + 1:
                wrong.append((login, method, path, "not in the log"))
    assert wrong == []


@pytest.mark.parametrize("kept", [{}, {"sales.reach": 3, "executives.dial": 3}])
def test_no_two_of_them_share_more_than_reading(database, kept):  # noqa: ARG001 - the module's mark
    rights = law_of(kept).rights
    assert set(rights) == set(SHIPPED.rights)
    for one, other in combinations(sorted(SEPARATED), 2):
        both = {p for role, p in rights if role is one} & {p for role, p in rights if role is other}
        assert both <= COMMON, (one, other)


@pytest.mark.parametrize("login", cast.CAST)
def test_nobody_changes_their_own_post_or_rights(app, signed_in, login):
    client = signed_in(login)
    name, role, _team = cast.CAST[login]
    with app.app_context():
        own = db.session.scalar(select(Person.id).where(Person.login == login))
    for post in Role:
        if post is role:
            continue
        form = {"name": name, "role": post.value, "number": "", "team": ""}
        assert client.post(f"/admin/people/{own}", data=form).status_code in {403, 422}
    for act in ("reset", "freeze"):
        assert client.post(f"/admin/people/{own}/{act}").status_code in {403, 422}
    with app.app_context():
        assert db.session.get_one(Person, own).role == role.value


def test_one_human_being_has_one_account_and_one_post(signed_in):
    xi = signed_in("xi")
    form = {"name": "一人", "number": "A7", "team": ""}
    made = xi.post("/admin/people/new", data=form | {"login": "one", "role": "system_admin"})
    assert made.status_code == 200
    for role in SEPARATED:
        again = xi.post("/admin/people/new", data=form | {"login": "two", "role": role.value})
        assert again.status_code == 422
        assert "一人只有一个账号" in again.text
