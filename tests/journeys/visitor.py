"""A visitor: one person at one device, and everything their browser complained of on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests import cast

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Dialog,
        Locator,
        Page,
        Response,
    )

PATIENCE = 45_000
"""Milliseconds for what should take a tenth of a second: CI machines are busy."""
ANDROID = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
DEVICES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "user_agent": ANDROID,
    },
}
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP " + event.violatedDirective + " " + event.blockedURI + " " + event.sample));
"""
TELEPHONE = """
navigation.addEventListener("navigate", (event) => {
  if (/^(https?|about|blob|data):/.test(event.destination.url)) return;
  event.preventDefault();
  console.info("telephone " + event.destination.url);
});
"""
"""A phone's dialler takes the link; Chromium on a desk would ask, and take no click meanwhile."""
UNSEEN = """() => document.documentElement.outerHTML +
  [...document.querySelectorAll("input, textarea")].map((one) => one.value).join(" ")"""
"""Everything a page holds, whether or not it shows."""
STATUS = "Failed to load resource"
"""How the console tells of a status; `refused` has it with its address."""


@dataclass
class Visitor:
    """A page in a context of its own; `complaints`, `refused` and `dialogs` should stay empty."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Answers of 400 and above: status and address."""
    dialogs: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    """What was handed to the telephone or the map."""

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._response)
        self.page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.text.startswith("telephone "):
            self.dialled.append(message.text.removeprefix("telephone "))
        if message.type in {"error", "warning"} and not message.text.startswith(STATUS):
            self.complaints.append(message.text)

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append((response.status, response.url))

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        dialog.accept()

    def sign_in(self, login: str, lands: str = "/") -> Visitor:
        """Through the front door, as this person."""
        self.page.goto("/sign-in")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码").fill(cast.PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(lands)
        return self

    def go(self, path: str) -> Page:
        """Open an address."""
        self.page.goto(path)
        return self.page

    def cell(self, label: str) -> Locator:
        """The first value with this label on a card."""
        return self.page.locator(".cell", has=self.page.locator("dt", has_text=label)).first

    def expect_picture(self, label: str) -> Locator:
        """A value came as a picture, and the browser could draw it."""
        picture = self.cell(label).locator("img.value")
        expect(picture).to_be_visible()
        assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
        return picture

    def expect_refused(self, *statuses: int) -> None:
        """These answers of 400 and above were right; there were no others."""
        assert [status for status, _url in self.refused] == list(statuses), self.refused
        self.refused.clear()

    def assert_content(self) -> None:
        """The browser had nothing to complain of."""
        assert (self.complaints, self.refused, self.dialogs) == ([], [], [])


class Visitors:
    """Makes visitors of a browser, and asks each at the end whether all was well."""

    def __init__(self, browser: Browser, cookies: dict[tuple[str, str], Any]) -> None:
        self.browser, self.cookies = browser, cookies
        self.made: list[Visitor] = []

    def __call__(self, url: str, device: str = "desk", **options: Any) -> Visitor:
        """Somebody who has not signed in, with a browser of their own."""
        telephone = options.pop("telephone", True)
        context = self.browser.new_context(
            base_url=url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **DEVICES[device],
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.add_init_script(LISTEN + TELEPHONE if telephone else LISTEN)
        self.made.append(Visitor(context, context.new_page()))
        return self.made[-1]

    def known(self, url: str, login: str, device: str = "desk", **options: Any) -> Visitor:
        """Somebody who is signed in already."""
        if (url, login) not in self.cookies:
            first = self(url).sign_in(login)
            self.cookies[url, login] = first.context.storage_state()
        return self(url, device, storage_state=self.cookies[url, login], **options)

    def leave(self) -> None:
        """Close every browser; none may have complained."""
        for one in self.made:
            one.context.close()
        for one in self.made:
            one.assert_content()
