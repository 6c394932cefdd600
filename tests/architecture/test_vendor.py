"""Nothing is loaded from outside: others' files are pinned in the checkout, ours name no host."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "static" / "vendor"
RECIPE = {"package.json", "package-lock.json", ".npmrc", "SUMS"}  # how `make vendor` gets the rest
OURS = ("templates/**/*.html", "static/**/*.css", "static/**/*.js", "static/**/*.svg")

# A scheme or a bare `//`, then a name with a dot. The loopback address is not outside.
HOST = re.compile(r"(?:\b(?:https?|wss?):)?//(?!127\.0\.0\.1\b)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
# An XML namespace is a name: no browser fetches it.
NAMESPACES = re.compile(r"http://www\.w3\.org/(?:2000/svg|1999/x(?:html|link))")


def sums() -> dict[str, str]:
    lines = (VENDOR / "SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def hosts_named_in(text: str) -> list[str]:
    return HOST.findall(NAMESPACES.sub("", text))


def our_pages() -> list[Path]:
    found = (path for pattern in OURS for path in ROOT.glob(pattern))
    return sorted(path for path in found if VENDOR not in path.parents)


def test_every_vendored_file_has_its_sum():
    lying_there = {path.name for path in VENDOR.iterdir()}
    assert lying_there - RECIPE == set(sums())


def test_every_sum_is_right():
    actual = {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in sums()}
    assert actual == sums()


def test_versions_are_pinned_exactly_and_locked_without_download_addresses():
    wanted = json.loads((VENDOR / "package.json").read_text())["dependencies"]
    locked = json.loads((VENDOR / "package-lock.json").read_text())["packages"]
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}
    assert not [name for name, package in locked.items() if "resolved" in package]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_python_locks_name_no_host(lock):
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("name", ["tabler.min.css", "htmx.min.js"])
def test_vendored_files_ask_for_no_source_map_and_no_outside_resource(name):
    text = (VENDOR / name).read_text()
    assert "sourceMappingURL" not in text
    assert not re.findall(r"""(?:url\(\s*|@import\s+)["']?(?:https?:)?//""", text)


def test_our_pages_styles_and_scripts_name_no_outside_host():
    named = {str(path.relative_to(ROOT)): hosts_named_in(path.read_text()) for path in our_pages()}
    assert {path: hosts for path, hosts in named.items() if hosts} == {}


@pytest.mark.parametrize(
    "text",
    ["https://cdn.example.com/a.js", "url(//fonts.example.org)", "wss://a.example.net", "//a.b/c"],
)
def test_an_outside_host_is_noticed(text):
    assert hosts_named_in(text)


@pytest.mark.parametrize(
    "text",
    ["// a comment. Then more", "/static/app.css", "http://127.0.0.1:8000/", "a//b", "{# x #}"],
)
def test_what_is_no_host_is_left_alone(text):
    assert not hosts_named_in(text)
