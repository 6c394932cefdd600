"""Small files, small functions, names that say what is inside, a first line that says it again."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

OURS = sorted(path for room in ("crm", "bench", "tools") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
EVERY = [*OURS, *TESTS, ROOT / "wsgi.py"]
"""Migrations are left out: Alembic writes them."""

LINES, TEST_LINES, FUNCTION = 250, 400, 40
VAGUE = re.compile(r"manager|helper|util|handler|common|misc|stuff|^base_|abstract", re.IGNORECASE)
ELSEWHERE = re.compile(r"/work/(?!complaints\b|leaving\b)|/root/|/home/[a-z]+/")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[ast.FunctionDef]:
    return [
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)
    ]


@pytest.mark.parametrize("path", OURS, ids=name)
def test_a_file_is_short(path: Path):
    lines = len(path.read_text().splitlines())
    assert lines <= LINES


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_a_file_of_tests_is_short(path: Path):
    lines = len(path.read_text().splitlines())
    assert lines <= TEST_LINES


def test_functions_are_short():
    long = [
        f"{name(path)}:{one.lineno} {one.name}"
        for path in EVERY
        for one in functions(path)
        if (one.end_lineno or 0) - one.lineno + 1 > FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_the_first_line_says_what_the_file_is(path: Path):
    tree = ast.parse(path.read_text())
    first = tree.body[0] if tree.body else None
    assert isinstance(first, ast.Expr)
    assert isinstance(first.value, ast.Constant)
    assert isinstance(first.value.value, str)
    assert first.lineno == 1


def test_names_say_what_they_are():
    vague = {name(path) for path in EVERY if VAGUE.search(path.stem)}
    for path in EVERY:
        classes = (
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)
        )
        vague |= {f"{name(path)} {one.name}" for one in classes if VAGUE.search(one.name)}
    assert vague == set()


def test_nothing_names_a_place_on_one_machine():
    here = name(Path(__file__))
    texts = [
        *EVERY,
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "README.md",
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
    ]
    named = {name(path) for path in texts if path.exists() and ELSEWHERE.search(path.read_text())}
    assert named - {here} == set()


def test_an_exception_from_a_rule_says_why():
    """`# noqa: X - why`: without a reason it is not one."""
    bare = re.compile(r"# noqa(?!: [A-Z0-9, ]+ - \S)")
    assert {name(path) for path in OURS if bare.search(path.read_text())} == set()
