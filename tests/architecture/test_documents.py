"""Documents name every permission, setting and command there is, and none that is not."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import fields
from typing import TYPE_CHECKING

import click
import pytest

from crm.access.permissions import Permission
from crm.cli import main
from crm.config import Settings
from crm.disclosure.acts import ASKS, COUNTED, Act
from crm.home.sentences import SENTENCES
from tests.architecture.sources import ROOT, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = ROOT / "docs"
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
SETTING = re.compile(r"\bCRM_[A-Z_]+[A-Z]\b")


def rows(name: str) -> dict[str, tuple[str, str]]:
    """A document's table: its first column's code to the other two."""
    return {code: (one, two) for code, one, two in ROW.findall((DOCS / name).read_text())}


def sentences() -> dict[str, str]:
    """What stands below each permission in the enum."""
    source = next(one for one in modules() if one.name == "crm.access.permissions").tree
    body = next(one.body for one in source.body if isinstance(one, ast.ClassDef))
    said = {}
    for line, below in itertools.pairwise(body):
        if isinstance(line, ast.Assign):
            assert isinstance(below, ast.Expr), f"{ast.unparse(line)} has no sentence below it"
            said[ast.literal_eval(line.value)] = ast.literal_eval(below.value)
    return said


def commands(command: click.Command, path: str = "crm") -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, one in command.commands.items():
        yield from commands(one, f"{path} {name}")


def chapters() -> dict[str, str]:
    """docs/commands.md, command by command."""
    parts = re.split(r"^## `([^`]+)`\n", (DOCS / "commands.md").read_text(), flags=re.MULTILINE)
    return {
        re.sub(r" [A-Z]+$", "", name): text
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_every_permission_is_documented_with_its_sentence():
    words = {one.value: str(SENTENCES[one]) if one in SENTENCES else "—" for one in Permission}
    told = sentences()
    assert rows("permissions.md") == {code: (told[code], words[code]) for code in words}


def test_every_permission_says_below_it_what_it_allows():
    assert set(sentences()) == {one.value for one in Permission}


def test_acts_are_documented_with_what_they_ask_for():
    text = (DOCS / "permissions.md").read_text()
    for act in Act:
        line = next(
            line for line in text.splitlines() if re.match(rf"\| [a-z, ]*\b{act.value}\b", line)
        )
        asked = set(re.findall(r"`([a-z:-]+)`", line))
        assert asked == {permission.value for permission in ASKS.get(act, ())}, act
        assert ("| yes" in line) == (act in COUNTED), act


def test_every_setting_is_documented():
    assert set(rows("settings.md")) == {f"CRM_{one.name.upper()}" for one in fields(Settings)}


def test_no_text_names_a_setting_that_is_not_there():
    known = {f"CRM_{one.name.upper()}" for one in fields(Settings)}
    places = [
        *(ROOT / "crm").rglob("*.py"),
        *ROOT.rglob("docs/**/*.md"),
        ROOT / "Makefile",
        ROOT / "README.md",
    ]
    named = {setting for path in places for setting in SETTING.findall(path.read_text())}
    assert named - known == set()


def test_every_command_is_documented_and_no_other():
    assert set(chapters()) == {path for path, _command in commands(main)}


def test_every_option_is_documented():
    told = chapters()
    missing = [
        f"{path} {option}"
        for path, command in commands(main)
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
        if f"`{option}" not in told[path]
    ]
    assert missing == []


def test_a_documented_command_begins_as_its_help_does():
    for path, command in commands(main):
        assert command.help, path
        assert command.help.endswith("."), path


def test_every_command_that_answers_has_json():
    without = {
        path
        for path, one in commands(main)
        if "--json" not in {o for p in one.params for o in p.opts}
    }
    assert without == {"crm run"}


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/crypto.md"])
def test_what_a_document_links_to_is_there(name: str):
    page = ROOT / name
    targets = [one for one in LINK.findall(page.read_text()) if "://" not in one]
    assert targets
    missing = {one for one in targets if not (page.parent / one).exists()}
    assert missing == set()


def test_the_map_is_one_picture_and_short():
    page = (DOCS / "architecture.md").read_text()
    assert len(page.splitlines()) <= 150
    assert page.count("```") == 2


def test_what_the_map_names_is_there():
    page = (DOCS / "architecture.md").read_text()
    paths = re.findall(r"`((?:crm|tests|docs)/[\w./]+)`", page)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
