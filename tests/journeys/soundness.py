"""Soundness: what every page must be for keyboard, screen reader and a narrow screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Page

LOOK = """() => {
  const told = [], all = (selector) => [...document.querySelectorAll(selector)];
  const brief = (one) => one.outerHTML.slice(0, 120);
  const say = (what, ones) => ones.forEach((one) => told.push(what + ": " + brief(one)));
  const heads = all("h1");
  if (heads.length !== 1) told.push(heads.length + " h1");
  if (!document.title.trim()) told.push("no title");
  const ids = all("[id]").map((one) => one.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) told.push("id twice: " + twice);
  const dangling = (one, name) =>
    one.getAttribute(name).split(/\\s+/).some((id) => !document.getElementById(id));
  for (const name of ["for", "form", "list", "aria-labelledby", "aria-describedby"])
    say(name + " points nowhere", all("[" + name + "]").filter((one) => dangling(one, name)));
  const named = (one) => one.labels?.length || one.getAttribute("aria-label") ||
    one.getAttribute("aria-labelledby");
  say("no label", all("input:not([type=hidden]), select, textarea").filter((one) => !named(one)));
  say("no alt", all("img:not([alt])"));
  const spoken = (one) => one.closest("[aria-hidden=true]") ||
    (one.getAttribute("role") === "img" && one.getAttribute("aria-label"));
  say("svg neither named nor hidden", all("svg").filter((one) => !spoken(one)));
  say("inline style", all("[style]"));
  return told;
}"""
WIDE = """() => {
  const edge = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= edge) return [];
  const out = [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > edge + 1);
  return ["scrolls sideways: " + out.slice(0, 3).map((one) => one.outerHTML.slice(0, 80))];
}"""
CONTROLS = {"button", "link", "DisclosureTriangle", "checkbox", "radio", "combobox"}
FIELDS = {"textbox", "searchbox", "spinbutton", "Date"}
NEED_A_NAME = CONTROLS | FIELDS | {"progressbar", "image", "img", "navigation", "region", "dialog"}


def is_sound(page: Page) -> None:
    """Assert that nothing is wrong with the page that is shown, at the size it is shown."""
    size = page.viewport_size
    assert size
    assert faults(page, size["width"]) == []


def faults(page: Page, width: int) -> list[str]:
    """What is wrong with the page that is shown, on a screen of this width."""
    told: list[str] = page.evaluate(LOOK) + page.evaluate(WIDE) + _nameless(page)
    shown = page.evaluate("document.documentElement.clientWidth")
    if shown > width:
        told.append(f"laid out {shown} px wide on a screen of {width} px")
    return told


def _nameless(page: Page) -> list[str]:
    """Controls for which the browser itself finds no name to speak."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [f"speaks no name: {role}" for role in _roles_without_name(nodes)]


def _roles_without_name(nodes: Iterable[dict[str, Any]]) -> list[str]:
    spoken = (node for node in nodes if not node["ignored"])
    return [
        role
        for node in spoken
        if (role := node["role"]["value"]) in NEED_A_NAME
        and not str(node.get("name", {}).get("value", "")).strip()
    ]
