"""What the architecture tests read: every module of the house as a syntax tree, and its imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Module:
    """One file of `crm/`: its dotted name, where it lies, and what it says."""

    name: str
    path: Path
    tree: ast.Module

    def at(self, node: ast.AST) -> str:
        """`crm/db.py:67`: where a broken rule is to be mended."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"

    def nodes(self, kind: type[ast.AST]) -> Iterator[ast.AST]:
        """Every node of a kind, wherever it stands."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the program, in order of name."""
    found = sorted((ROOT / "crm").rglob("*.py"))
    return tuple(Module(_name(path), path, ast.parse(path.read_text())) for path in found)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def names() -> frozenset[str]:
    """The dotted names of all modules."""
    return frozenset(module.name for module in modules())


def imports(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """The modules of `crm` that a module imports – at its top, in functions and for types alone."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((one.name, node) for one in node.names if one.name.split(".")[0] == "crm")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "crm":
            for one in node.names:
                whole = f"{node.module}.{one.name}"
                yield (whole if whole in names() else node.module or ""), node


def called(node: ast.AST) -> str:
    """The last word of what a call calls: `db.session.commit(…)` → commit."""
    function = getattr(node, "func", None)
    return getattr(function, "attr", "") or getattr(function, "id", "")


def spelt(node: ast.AST) -> str:
    """A call's function as it is written: db.session.commit."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""
