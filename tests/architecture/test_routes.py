"""Every route names a permission, types its parameters and has an address in kebab-case."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from crm.access.permissions import Permission
from crm.access.policy import BY_GRANT, LAW
from crm.customers import views
from crm.disclosure.acts import ASKS
from crm.home import shell
from crm.home.sentences import GROUPS, SENTENCES
from crm.web import guard
from crm.web.guard import Blueprint, permission_of
from tests.architecture.sources import modules

KEBAB = re.compile(r"(?:/(?:[a-z0-9]+(?:-[a-z0-9]+)*(?:\.xlsx)?|<[^>]+>)?)+")
WORDS = {"/customers/terms/<string:kind>", "/intake/<string:token>", "/pictures/<string:token>"}
"""The only addresses with a word or a token in them; every other parameter is an id."""


@pytest.fixture
def database() -> str:
    """Routes are the same on either."""
    return "sqlite"


@pytest.fixture
def rules(app: Flask):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in guard.OPEN]


def test_every_route_names_a_permission(app, rules):
    for rule in rules:
        named = permission_of(app.view_functions[rule.endpoint])
        assert isinstance(named, Permission), rule.rule


def test_a_route_without_a_permission_cannot_be_registered():
    room = Blueprint("room", __name__)
    with pytest.raises(TypeError, match="names no permission"):
        room.add_url_rule("/room", view_func=lambda: "room")


def test_a_route_that_went_round_the_blueprint_answers_nobody(app, signed_in):
    app.add_url_rule("/round", endpoint="round", view_func=lambda: "round")
    assert app.test_client().get("/round").status_code == 404
    assert signed_in("dong").get("/round").status_code == 404


def test_flasks_own_endpoints_are_opened_by_name_alone(app):
    assert {"static"} == guard.OPEN
    own = {name.partition(".")[0] for name in app.view_functions} - {"static"}
    assert own == {"home", "customers", "authority", "desk", "backups", "work"}


def test_addresses_are_in_kebab_case(rules):
    assert [rule.rule for rule in rules if not KEBAB.fullmatch(rule.rule)] == []


def test_parameters_are_typed(rules):
    for rule in rules:
        for parameter in re.findall(r"<([^>]+)>", rule.rule):
            assert parameter.startswith("uuid:") or rule.rule in WORDS, rule.rule


def test_what_changes_something_is_not_done_by_get(rules):
    """A prefetching browser must not star, end, import or sign out."""
    verbs = {"star", "end", "open", "reveal", "confirm", "reset", "freeze", "sign-out", "export",
        "drill", "download"}  # fmt: skip
    asks = "/me/confirm"  # its page asks who one is; the form that it shows confirms it
    for rule in rules:
        if rule.rule != asks and rule.rule.rpartition("/")[2] in verbs:
            assert "GET" not in (rule.methods or set()), rule.rule


def asked_for(app: Flask) -> set[Permission]:
    """The permissions that routes, acts, menus and services ask for."""
    routes = {permission_of(view) for view in app.view_functions.values()} - {None}
    words = {permission for asked in ASKS.values() for permission in asked}
    menus = {item.permission for item in shell.MENU}
    texts = "\n".join(
        module.path.read_text() for module in modules() if module.name.startswith("crm.customers")
    )
    services = {one for one in Permission if f"Permission.{one.name}" in texts}
    return routes | words | menus | services


def test_every_permission_is_asked_for_somewhere(app):
    assert set(Permission) - asked_for(app) == set()


def test_every_permission_is_given_to_somebody_by_the_law():
    assert {right.permission for right in LAW} == set(Permission) - {Permission.ANYONE} - BY_GRANT


def test_the_law_gives_a_post_a_permission_once():
    given = [(role, right.permission) for right in LAW for role in right.roles]
    assert len(given) == len(set(given))


def test_every_permission_has_its_sentence_in_the_words_of_the_interface():
    assert set(SENTENCES) == set(Permission) - {Permission.ANYONE}


def test_my_rights_and_the_table_of_the_law_leave_nothing_out():
    grouped = [permission for _title, group in GROUPS for permission in group]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == set(Permission) - {Permission.ANYONE, Permission.SIGNED_IN}


def test_every_menu_leads_to_a_page_that_asks_for_the_menus_permission(app):
    adapter = app.url_map.bind("")
    for item in shell.MENU:
        endpoint, _values = adapter.match(item.url)
        assert permission_of(app.view_functions[endpoint]) is item.permission, item.url


def test_permissions_are_named_subject_and_act_in_alphabetical_order():
    named = [one.value for one in Permission]
    assert named == sorted(named)
    assert [one.value.replace(":", "_").replace("-", "_").upper() for one in Permission] == [
        one.name for one in Permission
    ]


def test_the_blueprint_of_every_room_is_the_guards_own():
    assert isinstance(views.bp, Blueprint)
