"""The second factor in a browser: a passkey and a code are set up, and let their owner in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from playwright.sync_api import expect

from crm import clock, create_app
from crm.db import db
from tests import cast
from tests.journeys import house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Templates
    from tests.journeys.visitor import Visitor, Visitors

pytestmark = pytest.mark.journey
ELSEWHERE = "http://localhost:9"
"""Another origin, of the same host: a browser lets it ask for the same passkeys."""
SIGN_ELSEWHERE = """async ({ challenge, id }) => {
  const bytes = (text) => Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const made = await navigator.credentials.get({ publicKey: {
    challenge: bytes(challenge), rpId: "localhost",
    allowCredentials: [{ type: "public-key", id: bytes(id) }] } });
  const { clientDataJSON, authenticatorData, signature } = made.response;
  return { id: made.id, rawId: text(made.rawId), type: made.type, response: {
    clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData),
    signature: text(signature) } };
}"""


@pytest.fixture
def strict(templates: Templates, tmp_path: Path) -> Iterator[str]:
    """An open house at a name, where posts that may open need a second factor."""
    given = templates.settings("sqlite", tmp_path / "instance")
    given |= {"CRM_SECOND_FACTOR": "required"}
    app = create_app(given)
    cast.planted(app)
    with app.app_context():
        db.engine.dispose()
    with house.opened(given, tmp_path / "said", "localhost") as url:
        yield url


def authenticator(page: Page) -> Any:
    """A finger on a sensor, of Chromium's own making."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


def knock(visitor: Visitor, lands: str) -> Page:
    """Name and password, as at every door."""
    visitor.sign_in("zhao", lands=lands)
    return visitor.page


def leave(page: Page) -> None:
    page.goto("/me")
    page.locator("details.drop summary").click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/sign-in")


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_a_passkey_is_made_and_lets_its_owner_in(strict: str, visitors: Visitors, device: str):
    zhao = visitors(strict, device)
    authenticator(zhao.page)
    page = knock(zhao, "**/me/second-factor")
    expect(page.get_by_role("heading", name="先设置第二重验证")).to_be_visible()
    page.get_by_text("或者：通行密钥").click()
    page.get_by_label("起个名字").fill("办公室电脑")
    page.get_by_role("button", name="添加通行密钥").click()
    expect(page.locator(".codes-of li")).to_have_count(10)
    page.get_by_role("link", name="我收好了，开始工作").click()
    page.wait_for_url("/")
    leave(page)
    knock(zhao, "**/sign-in/second")
    page.get_by_role("button", name="用通行密钥继续").click()
    page.wait_for_url("/")
    page.goto("/customers")
    expect(page.get_by_text(cast.NAME).first).to_be_visible()


def test_what_a_passkey_signed_for_another_origin_is_refused(strict: str, visitors: Visitors):
    zhao = visitors(strict)
    devtools = authenticator(zhao.page)
    page = knock(zhao, "**/me/second-factor")
    page.get_by_text("或者：通行密钥").click()
    page.get_by_role("button", name="添加通行密钥").click()
    expect(page.locator(".codes-of li")).to_have_count(10)
    page.get_by_role("link", name="我收好了，开始工作").click()
    page.wait_for_url("/")
    leave(page)
    knock(zhao, "**/sign-in/second")
    options = asked(page)
    page.route(
        f"{ELSEWHERE}/**", lambda route: route.fulfill(body="<p>x", content_type="text/html")
    )
    page.goto(f"{ELSEWHERE}/")
    given = {"challenge": options["challenge"], "id": options["allowCredentials"][0]["id"]}
    said = page.evaluate(SIGN_ELSEWHERE, given)
    page.goto("/sign-in/second")
    page.evaluate(
        """(said) => { const form = document.querySelector("form[data-passkey]");
             form.elements.passkey.value = said; form.submit(); }""",
        json.dumps(said),
    )
    expect(page.get_by_text("没有通过，请再试一次")).to_be_visible()
    zhao.expect_refused(422)
    page.goto("/customers")
    expect(page).to_have_url(re.compile("/sign-in/second"))
    page.get_by_role("button", name="用通行密钥继续").click()  # and here it is taken
    page.wait_for_url("/customers")
    devtools.detach()


def asked(page: Page) -> dict[str, Any]:
    """The challenge that the page would be given."""
    told: dict[str, Any] = page.evaluate(
        """async () => { const form = document.querySelector("form[data-passkey]");
             const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
             return (await fetch(form.dataset.passkey, { method: "POST", body })).json(); }"""
    )
    return told


@pytest.mark.parametrize("script", [True, False])
def test_an_app_of_codes_is_set_up_and_lets_its_owner_in(
    strict: str, visitors: Visitors, *, script: bool
):
    """With and without JavaScript."""
    zhao = visitors(strict, "phone", java_script_enabled=script)
    page = knock(zhao, "**/me/second-factor")
    page.get_by_role("button", name="手机验证码应用").click()
    expect(page.locator("img.qr")).to_be_visible()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    app = pyotp.TOTP(secret)
    page.get_by_label("验证码").fill(app.at(int(clock.now().timestamp()) - 30))
    page.get_by_role("button", name="完成设置").click()
    first = page.locator(".codes-of li").first.inner_text()
    page.get_by_role("link", name="我收好了，开始工作").click()
    page.context.clear_cookies()
    knock(zhao, "**/sign-in/second")
    page.get_by_label("验证码").fill(app.now())
    page.get_by_label("30 天内不再询问").check()
    page.get_by_role("button", name="继续", exact=True).click()
    page.wait_for_url("/")
    page.context.clear_cookies(name="kedang")
    knock(zhao, "/")  # this device is trusted now
    page.context.clear_cookies()
    knock(zhao, "**/sign-in/second")
    page.get_by_text("手机不在身边？用恢复码").click()
    page.get_by_label("恢复码").fill(first)
    page.get_by_role("button", name="继续", exact=True).click()
    page.wait_for_url("/")
