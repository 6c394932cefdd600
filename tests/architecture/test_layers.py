"""Who may import whom: downward only. This table is design; docs/architecture.md shows the same."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT, Module, imports, modules

LAYERS = {
    7: {"crm", "crm.__main__", "crm.cli", "crm.home"},
    6: {"crm.work"},
    5: {"crm.backups", "crm.desk", "crm.leaks", "crm.authority", "crm.honors", "crm.contracts"},
    4: {"crm.documents", "crm.customers"},
    3: {
        "crm.jobs",
        "crm.nightly",
        "crm.notices",
        "crm.numbering",
        "crm.registers",
        "crm.search",
        "crm.settings",
    },
    2: {"crm.disclosure"},
    1: {"crm.access", "crm.accounts", "crm.audit", "crm.flow", "crm.marks"},
    0: {
        "crm.access.permissions",  # vocabulary: the guard's word for what a route asks
        "crm.clock",
        "crm.config",
        "crm.crypto",
        "crm.db",
        "crm.errors",
        "crm.many",
        "crm.web",
    },
}
"""Layer → its rooms. A room imports rooms of lower layers and itself."""

SIDEWAYS = {
    ("crm", "crm.home"),  # create_app adds the rooms
    ("crm.__main__", "crm.cli"),
    ("crm.cli", "crm"),  # commands start the application
    ("crm.cli", "crm.home"),  # … and build the demonstration company that the door announces
    ("crm.access", "crm.accounts"),  # access → accounts → audit, never back: the law never logs
    ("crm.accounts", "crm.audit"),
    ("crm.crypto", "crm.clock"),
    ("crm.crypto", "crm.db"),
    ("crm.crypto", "crm.errors"),
    ("crm.crypto", "crm.many"),
    ("crm.many", "crm.db"),
    ("crm.web", "crm.clock"),
    ("crm.web", "crm.db"),
    ("crm.web", "crm.errors"),
}
"""The only imports within a layer, from → to. Areas of one layer never import one another."""


def layer(room: str) -> int:
    return next(number for number, rooms in LAYERS.items() if room in rooms)


def room_of(name: str) -> str:
    """The room a module stands in: the longest name of the table that it begins with."""
    rooms = {room for rooms in LAYERS.values() for room in rooms} - {"crm"}
    fits = [room for room in rooms if name == room or name.startswith(room + ".")]
    return max(fits, key=len, default="crm" if name == "crm" else "")


def allowed(importer: str, imported: str) -> bool:
    if importer == imported or (importer, imported) in SIDEWAYS:
        return True
    return layer(imported) < layer(importer)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_a_module_imports_downward_only(module: Module):
    here = room_of(module.name)
    assert here, f"{module.name} stands in no room of the table"
    broken = [
        f"{module.at(node)}: {here} imports {there}"
        for there, node in imports(module)
        if not allowed(here, room_of(there))
    ]
    assert broken == []


def test_no_import_within_a_layer_is_kept_in_the_table_for_nothing():
    used = {
        (room_of(module.name), room_of(there))
        for module in modules()
        for there, _node in imports(module)
    }
    assert used >= SIDEWAYS


def register(name: str) -> str:
    """The register a module belongs to: crm.work.leaving.views → leaving."""
    return name.split(".")[2]


def test_registers_of_the_department_never_import_one_another():
    broken = [
        f"{module.name} imports {there}"
        for module in modules()
        for there, _node in imports(module)
        if module.name.startswith("crm.work.")
        and there.startswith("crm.work.")
        and register(there) != register(module.name)
    ]
    assert broken == []


def test_the_documentation_shows_the_same_table():
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = dict(re.findall(r"^\| ([0-7]) \| ([^|]+) \|", page, re.MULTILINE))
    shown = {int(number): set(re.findall(r"`([\w.]+)`", words)) for number, words in rows.items()}
    there = {room_of(module.name) for module in modules()}
    assert shown == {number: (rooms & there) for number, rooms in LAYERS.items() if rooms & there}
