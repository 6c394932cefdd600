"""Wording: the Chinese left on a page, apart from data – to see that English is complete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Page

HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]+")
SPOKEN = """() => {
  const texts = [document.title];
  const skip = "script, style, noscript, template, .veil, [lang|=zh]:not(html)";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode())
    if (!walk.currentNode.parentElement.closest(skip)) texts.push(walk.currentNode.data);
  for (const one of document.body.querySelectorAll("*")) {
    if (one.closest(skip)) continue;
    for (const name of ["aria-label", "placeholder", "title", "alt", "data-l", "data-done"])
      texts.push(one.getAttribute(name) ?? "");
    if (one.matches("button, [type=submit], [type=reset]")) texts.push(one.value ?? "");
  }
  return texts;
}"""


def chinese_left(page: Page, data: Iterable[str]) -> list[str]:
    """The runs of Han on the page, and in what it speaks, that stand in none of the `data`.

    A run is data when it begins one (a mask, an initial, a shortened text), or when nothing is left
    of it once the data are taken out of it.
    """
    known = sorted({run for text in data for run in HAN.findall(text)}, key=len, reverse=True)
    runs = {run for text in page.evaluate(SPOKEN) for run in HAN.findall(text)}
    return sorted(run for run in runs if _without(run, known))


def _without(run: str, known: list[str]) -> str:
    if any(one.startswith(run) for one in known):
        return ""
    for one in known:
        run = run.replace(one, "")
    return run
