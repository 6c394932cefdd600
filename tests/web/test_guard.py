"""The guard: no route without a permission, no request past it, and every refusal in the log."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
from flask.views import View

from crm.access.permissions import Permission
from crm.web.guard import OPEN, Blueprint, allow, permission_of
from tests import cast, pictured
from tests.audit.written import entries, last

JSON = {"Accept": "application/json"}
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Page(View):
    """A view that is a class, as registers have them."""

    permission = Permission.LOG_READ

    def dispatch_request(self) -> str:
        return "read"


@pytest.fixture
def bp(app):
    """A blueprint of ours to hang routes on."""
    assert app
    return Blueprint("test", __name__)


def test_a_view_that_names_no_permission_is_not_registered(bp):
    with pytest.raises(TypeError, match="names no permission"):
        bp.add_url_rule("/test", view_func=lambda: "shown")
    with pytest.raises(TypeError, match="names no permission"):
        bp.add_url_rule("/test", "nothing")


def test_a_view_is_a_function_or_a_class(bp):
    view = Page.as_view("page")
    bp.add_url_rule("/test", view_func=view)
    assert permission_of(view) is Permission.LOG_READ
    assert permission_of(allow(Permission.SIGNED_IN)(lambda: "shown")) is Permission.SIGNED_IN
    assert permission_of(None) is None


def test_a_class_is_guarded_like_a_function(app, bp, signed_in):
    bp.add_url_rule("/test/page", view_func=Page.as_view("page"))
    app.register_blueprint(bp)
    assert signed_in("lin").get("/test/page").text == "read"
    assert signed_in("zhao").get("/test/page").status_code == 403


@pytest.mark.parametrize("login", [None, "zhao", "xi"])
def test_a_route_that_got_past_the_blueprint_answers_nobody(app, signed_in, login):
    app.add_url_rule("/test/bare", "bare", lambda: "shown")
    bare = flask.Blueprint("bare", __name__)
    bare.add_url_rule("/test/bare2", "bare", lambda: "shown")
    app.register_blueprint(bare)
    client = signed_in(login) if login else app.test_client()
    for url in ("/test/bare", "/test/bare2"):
        assert client.get(url).status_code == 404


def test_every_route_of_the_program_names_a_permission(app):
    bare = [name for name, view in app.view_functions.items() if permission_of(view) is None]
    assert set(bare) == OPEN


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_every_method_is_guarded(app, signed_in, method):
    assert app.test_client().open("/customers", method=method).status_code == 302
    assert signed_in("xi").open("/customers", method=method).status_code == 403


def test_style_and_scripts_are_there_for_everyone_and_unlogged(app):
    number = len(entries(app))
    with app.test_client().get("/static/app.css") as answer:
        assert answer.status_code == 200
    assert len(entries(app)) == number


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back_to_all_of_the_address(app):
    client = app.test_client()
    wanted = "/customers?scene=all&q=%E9%93%B6%E6%9D%8F&sort=name"
    answer = client.get(wanted)
    assert answer.status_code == 302
    form = client.get(answer.location)
    (action,) = re.findall(r'action="(/sign-in[^"]*)"', form.text)
    answer = client.post(action, data={"login": "zhao", "password": cast.PASSWORD})
    there, back = urlsplit(answer.location), urlsplit(wanted)
    assert (there.netloc, there.path) == ("", "/customers")
    assert parse_qs(there.query) == parse_qs(back.query)


def test_who_posts_without_a_session_is_sent_to_sign_in_alone(app, planted):
    answer = app.test_client().post(f"/customers/{planted.customer_id}/open")
    assert (answer.status_code, answer.location) == (302, "/sign-in")


def test_without_a_session_json_is_answered_with_401(app):
    answer = app.test_client().get("/customers", headers=JSON)
    assert (answer.status_code, set(answer.json)) == (401, {"error"})


@pytest.mark.parametrize("headers", [{}, JSON])
def test_both_are_refusals_in_the_log(app, planted, headers):
    app.test_client().get(f"/customers/{planted.customer_id}?q=13912345678", headers=headers)
    said = last(app)
    assert [said[key] for key in ("action", "result", "actor")] == ["access", "refused", "-"]
    assert said["detail"] == {"page": "/customers/<customer_id>", "why": "not signed in"}


def test_the_front_door_is_refused_to_nobody(app):
    number = len(entries(app))
    client = app.test_client()
    assert client.get("/").location == "/sign-in"
    assert client.get("/sign-in").status_code == client.get("/healthz").status_code == 200
    assert len(entries(app)) == number


def test_without_the_right_an_area_answers_403_and_the_log_names_the_right(app, signed_in):
    answer = signed_in("yuan").get("/customers?q=13912345678")
    assert answer.status_code == 403
    said = last(app)
    assert [said[key] for key in ("action", "result", "actor")] == ["access", "refused", "yuan"]
    assert said["detail"] == {"permission": "customer:list", "page": "/customers"}


def test_an_address_that_is_not_there_is_not_there_for_anybody(app, signed_in):
    assert app.test_client().get("/nowhere").status_code == 404
    assert signed_in("zhao").get("/nowhere").status_code == 404


def test_a_form_without_its_token_is_refused_with_a_sentence(app, signed_in, planted):
    zhao = signed_in("zhao")
    app.config["WTF_CSRF_ENABLED"] = True
    url = f"/customers/{planted.customer_id}/reveal"
    answer = zhao.post(url, data={"field": "phone", "purpose": "visit"})
    assert answer.status_code == 400
    assert "刷新" in answer.text
    assert cast.SECRETS["phone"] not in answer.text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', zhao.get("/me").text)[0]
    answer = zhao.post(url, data={"field": "phone", "purpose": "visit", "csrf_token": token})
    assert cast.SECRETS["phone"] in pictured.texts(app, answer.text)


def test_without_the_token_even_the_refusal_comes_first(app, signed_in, planted):
    """Who has no right learns nothing from a missing token."""
    sun = signed_in("yuan")
    app.config["WTF_CSRF_ENABLED"] = True
    assert sun.post(f"/customers/{planted.customer_id}/reveal").status_code == 403
