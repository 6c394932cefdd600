"""People: how an account is made, one human being to each, and three administrators in three."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import func, select, update

from crm import clock
from crm.accounts import people
from crm.accounts.people import Person, viewer_of
from crm.accounts.roles import SEPARATED, TITLES, Role
from crm.audit.entry import Actor
from crm.crypto.keyring import DataKey
from crm.errors import Invalid
from crm.web import unit
from tests import cast
from tests.audit.written import last
from tests.crypto.meddling import run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def add(app, login: str = "neu", role: Role = Role.STAFF, password: str = cast.PASSWORD, **more):
    """An account made as the command line makes one; its id."""
    with app.test_request_context(), unit.work(Actor(None, "crm", "command line")):
        return people.add(login, "新人", role, password, **more).id


def test_an_account_begins_with_a_key_of_its_own_and_an_entry(app):
    made = add(app, team="四组", number="1007")
    assert run(app, select(func.count()).where(DataKey.owner_id == made)) == [(1,)]
    said = last(app)
    assert (said["action"], said["detail"], said["subject_ids"]) == (
        "person_added",
        {"role": "staff"},
        [str(made)],
    )
    with app.app_context():
        viewer = viewer_of(people.by_login("neu"))
    assert (viewer.id, viewer.number, viewer.initial) == (made, "1007", "新")
    assert viewer.must_change
    assert viewer.session_id is None
    assert viewer.actor() == Actor(made, "neu", "staff")


@on_sqlite
@pytest.mark.parametrize(
    "login",
    ["", "a", "A B", "1zhao", "赵", "zhao\nlin", "x" * 33, "zhao;", "Ｚhao", "-zhao", ".."],
)
def test_a_login_that_is_none_is_refused(app, login):
    with pytest.raises(Invalid, match="登录名"):
        add(app, login)


@on_sqlite
@pytest.mark.parametrize("login", ["zhao", "ZHAO", " zhao "])
def test_a_login_is_given_once_whatever_its_case(app, login):
    with pytest.raises(Invalid, match="已有登录名 zhao"):
        add(app, login)


@on_sqlite
def test_a_login_is_kept_in_small_letters(app):
    add(app, " Neu.Mann-1 ")
    with app.app_context():
        assert people.by_login("NEU.mann-1").login == "neu.mann-1"


@on_sqlite
def test_an_account_is_made_with_a_clean_name_or_not_at_all(app):
    with app.test_request_context(), unit.work():
        made = people.add(
            "forger",
            "甲\n乙\r\x1b[2J\x85\u202e丙\u2066\u200b丁<b>\u2028",
            Role.STAFF,
            cast.PASSWORD,
            team="\u202e一\n组",
            number=" 7\n",
        )
        assert (made.name, made.number) == ("甲 乙 [2J 丙丁<b>", "7")
        assert people.team_named("一 组").id == made.team_id
        for name in ("", " \u200b\n", "甲" * 41):
            with pytest.raises(Invalid):
                people.add("other", name, Role.STAFF, cast.PASSWORD)
        for more in ({"team": "组" * 41}, {"number": "7" * 21}):
            with pytest.raises(Invalid):
                people.add("other", "甲", Role.STAFF, cast.PASSWORD, **more)


@on_sqlite
def test_a_weak_password_makes_no_account(app):
    with pytest.raises(Invalid):
        add(app, password="neu neu neu")
    with app.app_context():
        assert people.by_login("neu") is None
        assert people.how_many() == len(cast.CAST)


def test_an_employee_number_has_one_account(app):
    add(app, number="1007")
    with pytest.raises(Invalid, match="一人只有一个账号"):
        add(app, "neu2", number=" 1007 ")
    add(app, "neu3", number="")
    add(app, "neu4", number=None)
    assert run(
        app, select(func.count()).where(Person.number.is_(None), Person.login.like("neu%"))
    ) == [(2,)]


@on_sqlite
@pytest.mark.parametrize(("one", "other"), list(permutations(sorted(SEPARATED), 2)))
def test_nobody_is_two_of_the_three_administrators(app, one, other):
    """An account holds one post; a second account for the same human being is refused."""
    add(app, "first", one, number="1007")
    with pytest.raises(Invalid, match="一人只有一个账号"):
        add(app, "second", other, number="1007")


@on_sqlite
def test_nor_does_the_administrator_make_somebody_so(app, signed_in):
    add(app, "first", Role.SECURITY_ADMIN, number="1007")
    second = add(app, "second", Role.MARKET_SUPERVISOR, number="1008")
    answer = signed_in("xi").post(
        f"/admin/people/{second}",
        data={"name": "新人", "role": "market_supervisor", "number": "1007"},
    )
    assert answer.status_code == 422
    assert "一人只有一个账号" in answer.text
    assert run(app, select(Person.number).where(Person.id == second)) == [("1008",)]


@on_sqlite
def test_the_administrator_gives_themselves_no_other_post_and_no_password(app, signed_in):
    xi = signed_in("xi")
    ((mine,),) = run(app, select(Person.id).where(Person.login == "xi"))
    for role in ("salesperson", "market_supervisor", "general_manager"):
        answer = xi.post(f"/admin/people/{mine}", data={"name": "席系统", "role": role})
        assert (answer.status_code, "不能改自己的岗位" in answer.text) == (422, True)
    for path in ("/reset", "/freeze"):
        assert xi.post(f"/admin/people/{mine}{path}", data={"frozen": "1"}).status_code == 422
    assert xi.get("/me").status_code == 200
    assert run(app, select(Person.role).where(Person.id == mine)) == [("system_admin",)]


@on_sqlite
def test_a_name_of_unseen_characters_alone_is_no_name(app, signed_in):
    ((zhao,),) = run(app, select(Person.id).where(Person.login == "zhao"))
    answer = signed_in("xi").post(
        f"/admin/people/{zhao}", data={"name": "\u200b\u202e", "role": "salesperson"}
    )
    assert answer.status_code == 422
    assert run(app, select(Person.name).where(Person.id == zhao)) == [("赵小外",)]


@pytest.mark.parametrize("login", sorted(set(cast.CAST) - {"xi"}))
@on_sqlite
def test_only_the_system_administrator_manages_accounts(app, signed_in, login):
    client = signed_in(login)
    ((zhao,),) = run(app, select(Person.id).where(Person.login == "zhao"))
    for url in ("/admin/people", "/admin/people/new", f"/admin/people/{zhao}"):
        assert client.get(url).status_code == 403
    for path in ("", "/reset", "/freeze"):
        assert client.post(f"/admin/people/{zhao}{path}", data={"frozen": "1"}).status_code == 403


@on_sqlite
def test_a_first_password_is_shown_once_and_must_be_changed(app, signed_in):
    xi = signed_in("xi")
    form = {"login": "neu", "name": "新人", "role": "staff"}
    page = xi.post("/admin/people/new", data=form).text
    ((made, kept),) = run(app, select(Person.id, Person.password_hash).where(Person.login == "neu"))
    assert kept not in page
    assert run(app, select(Person.must_change).where(Person.id == made)) == [(True,)]
    again = xi.get(f"/admin/people/{made}").text
    (first,) = {word for word in _words(page) - _words(again) if _signs_in(app, word)}
    assert len(first) >= 12


def _words(page: str) -> set[str]:
    return {
        word
        for word in page.replace("<", " ").replace(">", " ").replace('"', " ").split()
        if len(word) == 14
    }


def _signs_in(app, password: str) -> bool:
    form = {"login": "neu", "password": password}
    return app.test_client().post("/sign-in", data=form).status_code == 302


@on_sqlite
def test_who_has_left_is_not_among_the_active(app):
    run(app, update(Person).where(Person.login == "wang").values(disabled_at=clock.now()))
    with app.app_context():
        logins = [one.login for one in people.active()]
    assert logins == sorted(set(cast.CAST) - {"wang"})


@on_sqlite
def test_a_team_is_found_by_its_name_or_made(app):
    with app.test_request_context(), unit.work():
        one, two = people.team_named(" 一组 "), people.team_named("九组")
        assert one.id == cast.viewer("zhao").team_id
        assert people.team_named("九组").id == two.id


@on_sqlite
def test_a_viewer_has_no_id_to_put_into_a_cookie(app):
    with app.app_context(), pytest.raises(NotImplementedError):
        cast.viewer("zhao").get_id()


def test_every_post_has_a_name_of_its_own():
    assert set(TITLES) == set(Role)
    assert len({role.label for role in Role}) == len(Role) == 14
