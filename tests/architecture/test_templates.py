"""Templates: each compiles, says what page it is, and has nothing inline that the CSP forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.architecture.sources import ROOT

FOLDER = ROOT / "templates"
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
FRAMES = {"base.html", "outside.html"}
"""What pages extend; every other template is a page, a part (`_…`) or macros (ui/)."""

INLINE = re.compile(
    r"<style\b|\sstyle\s*=|<script\b(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:", re.IGNORECASE
)
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape|Markup\(")
COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
HTMX_EVAL = re.compile(
    r"hx-on|hx-vals\s*=\s*[\"']js:|hx-headers\s*=\s*[\"']js:|hx-trigger=\"[^\"]*\["
)
"""htmx attributes that evaluate a text as script, which the CSP forbids."""
FORM = re.compile(r"<form\b[^>]*method=\"post\"[^>]*>.*?</form>", re.DOTALL | re.IGNORECASE)


@pytest.fixture
def database() -> str:
    """Templates are the same on either."""
    return "sqlite"


def source(name: str) -> str:
    return COMMENT.sub("", (FOLDER / name).read_text())


def is_page(name: str) -> bool:
    return not (name in FRAMES or Path(name).name.startswith("_") or name.startswith("ui/"))


def test_every_template_is_html_so_that_it_is_escaped(app: Flask):
    assert [name for name in TEMPLATES if not name.endswith(".html")] == []
    assert all(app.select_jinja_autoescape(name) for name in TEMPLATES)


def test_every_template_compiles(app: Flask):
    for name in TEMPLATES:
        app.jinja_env.get_template(name)


@pytest.mark.parametrize("name", [name for name in TEMPLATES if is_page(name)])
def test_every_page_has_a_title(app: Flask, name: str):
    assert "title" in app.jinja_env.get_template(name).blocks or "{% extends" in source(name)
    text = source(name)
    parent = re.search(r'{% (?:extends|include) "([^"]+)"', text)
    assert "{% block title %}" in text or (
        parent and "{% block title %}" in source(parent.group(1))
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_is_inline_or_unescaped(name: str):
    text = source(name)
    assert INLINE.findall(text) == []
    assert UNESCAPED.findall(text) == []
    assert HTMX_EVAL.findall(text) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_posting_form_carries_its_token(name: str):
    for form in FORM.findall(source(name)):
        assert re.search(r"csrf_token|form\.csrf|csrf\(\)|hidden_tag", form), form[:120]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_says_first_what_it_is(name: str):
    first = (FOLDER / name).read_text().lstrip().splitlines()[0]
    assert first.startswith(("{#", "{% extends", "<!doctype html>")), first


@pytest.mark.parametrize(
    "text",
    [
        '<p style="x">',
        "<style>",
        '<a onclick="x">',
        "<script>x</script>",
        '<a href="javascript:x">',
    ],
)
def test_inline_things_are_noticed(text: str):
    assert INLINE.search(text)


def test_a_script_of_ours_is_no_inline_script():
    assert not INLINE.search('<script src="/static/js/app.js" defer></script>')


def test_every_template_is_used_somewhere():
    said = "\n".join(
        path.read_text() for path in [*FOLDER.rglob("*.html"), *(ROOT / "crm").rglob("*.py")]
    )
    assert [name for name in TEMPLATES if f'"{name}"' not in said] == []
