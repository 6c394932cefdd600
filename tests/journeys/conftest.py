"""What journeys stand on: the system's Chromium, an open house, visitors to it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.journeys.town import Town, built
from tests.journeys.visitor import PATIENCE, Visitors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import Templates

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run: the one that the system provides."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium: no `chromium` on PATH")
        pytest.skip("Chromium: no `chromium` on PATH (Debian: apt install chromium)")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def cookies() -> dict[tuple[str, str], Any]:
    """House and login → the cookie of a sign-in; whoever has been in once need not knock again."""
    return {}


@pytest.fixture
def visitors(chromium: Browser, cookies: dict[tuple[str, str], Any]) -> Iterator[Visitors]:
    """Lets visitors in; at the end nobody's browser may have complained."""
    made = Visitors(chromium, cookies)
    yield made
    made.leave()


@pytest.fixture(scope="session")
def town(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One open house for all short journeys."""
    folder = tmp_path_factory.mktemp("town")
    yield from built(templates.settings("sqlite", folder / "instance"), folder / "said")
