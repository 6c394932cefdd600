"""Agents: what a browser says of itself, in two words; the full string is not kept."""

from __future__ import annotations

WECHAT = "微信"
"""How WeChat's browser is kept; pages call it by the reader's word."""

BROWSERS = (
    ("MicroMessenger", WECHAT),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_name(agent: str) -> str:
    """A browser and system in two words, for the lists of sessions and devices."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{system} {browser}".strip()
