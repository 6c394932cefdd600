"""The machine's own openings: a literal table of purposes, and nothing beside it."""

from __future__ import annotations

import ast
from pathlib import Path
from uuid import UUID

import pytest

from crm.config import ROOT
from crm.crypto.sealed import Place, RecordKey
from crm.crypto.uses import USES, use, use_file

PLACE = Place("contacts", "mobile", UUID(int=3))


def asked_for(path: Path) -> list[str]:
    """The purposes that a module asks `use` or `use_file` for."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    named = [(getattr(call.func, "id", getattr(call.func, "attr", "")), call) for call in calls]
    return [ast.literal_eval(call.args[0]) for name, call in named if name in {"use", "use_file"}]


def test_each_purpose_is_asked_for_by_its_one_module():
    modules = {path: asked_for(path) for path in (ROOT / "crm").rglob("*.py")}
    asked = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): purposes
        for path, purposes in modules.items()
        if purposes
    }
    assert asked == {module: [purpose] for purpose, module in USES.items()}


def test_a_purpose_that_is_not_in_the_table_opens_nothing():
    for ask in (use, use_file):
        with pytest.raises(KeyError):
            ask("curiosity")


@pytest.mark.parametrize("purpose", USES)
def test_a_purpose_in_the_table_opens(purpose):
    key = RecordKey(UUID(int=1), 1, 1, bytes(32))
    assert use(purpose)(key, PLACE, key.seal(PLACE, "13912345678")) == "13912345678"
    assert use_file(purpose)(key, PLACE, key.seal_bytes(PLACE, b"PK")) == b"PK"
