"""Headers and cookies: nothing inline, nothing framed, nothing kept."""

from __future__ import annotations

import pytest

from crm import create_app
from tests import cast

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PAGES = ("/", "/customers", "/customers/{customer}", "/me", "/nowhere", "/audit", "/healthz")


def directives(policy: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value for name, _blank, value in parts}


def test_every_answer_carries_the_policy_and_is_not_kept(signed_in, planted, subtests):
    zhao = signed_in("zhao")
    for page in PAGES:
        with subtests.test(page):
            said = zhao.get(page.format(customer=planted.customer_id)).headers
            assert said["Cache-Control"] == "no-store"
            assert said["X-Content-Type-Options"] == "nosniff"
            assert said["X-Frame-Options"] == "DENY"
            assert said["Referrer-Policy"] == "same-origin"
            assert "Strict-Transport-Security" not in said
            assert "Content-Security-Policy" in said


def test_the_policy_allows_nothing_inline_and_nothing_foreign(app):
    policy = directives(app.test_client().get("/sign-in").headers["Content-Security-Policy"])
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["form-action"] == "'self'"
    assert not [value for value in policy.values() if "unsafe" in value or "http" in value]


def test_style_may_be_kept_and_carries_the_policy_too(app):
    with app.test_client().get("/static/app.css") as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_error_page_carries_them_as_well(app, signed_in, planted):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    zhao = signed_in("zhao")
    for answer in (
        zhao.post(f"/customers/{planted.customer_id}/open"),
        zhao.get("/customers?page=0"),
        zhao.delete("/customers"),
    ):
        assert answer.status_code in {405, 422}
        assert "Content-Security-Policy" in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def cookie_of(client) -> str:
    answer = client.post("/sign-in", data={"login": "zhao", "password": cast.PASSWORD})
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("kedang=")]
    return cookie


def test_the_sessions_cookie_is_closed_to_scripts_and_other_sites(app):
    parts = {part.strip() for part in cookie_of(app.test_client()).split(";")}
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= parts
    assert "Secure" not in parts
    assert not [part for part in parts if part.startswith(("Domain", "Expires", "Max-Age"))]


def test_over_https_the_cookie_is_secure_and_the_browser_is_told_to_stay(app):
    settings = app.extensions["kedang.settings"]
    made = create_app(
        {
            "CRM_INSTANCE": str(settings.instance),
            "CRM_MASTER_KEY_FILE": str(settings.master_key_file),
            "CRM_PUBLIC_URL": "https://kedang.example",
            "TESTING": True,
            "WTF_CSRF_ENABLED": False,
        }
    )
    client = made.test_client()
    assert "Secure" in {part.strip() for part in cookie_of(client).split(";")}
    assert client.get("/sign-in").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_cookie_holds_no_name_and_no_id(app, signed_in):
    zhao = signed_in("zhao")
    kept = zhao.get_cookie("kedang").value
    with app.test_request_context(headers={"Cookie": f"kedang={kept}"}) as context:
        held = dict(context.session)
        person = str(cast.viewer("zhao").id)
    assert set(held) <= {"_user_id", "_fresh", "csrf_token", "_flashes", "_permanent"}
    assert person not in str(held)
    assert "zhao" not in str(held)
