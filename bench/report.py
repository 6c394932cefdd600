"""The report: a table to read, and the same figures as JSON."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.bringing import Brought
    from bench.measuring import Figure

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Round:
    """What was measured on one database at one size."""

    database: str
    customers: int
    figures: list[Figure]
    brought: list[Brought] = field(default_factory=list)

    @property
    def missed(self) -> list[str]:
        """What did not reach its goal."""
        pages = [one.page for one in self.figures if not one.reached]
        return pages + ["import" for one in self.brought if not one.reached]

    def told(self) -> dict[str, Any]:
        """The round as it is kept."""
        return {
            "database": self.database,
            "customers": self.customers,
            "pages": [one.told() for one in self.figures],
            "imports": [one.told() for one in self.brought],
        }

    def table(self) -> str:
        """The round as it is read."""
        lines = [
            f"### {self.database}, {self.customers:,} customers",
            "",
            "| page | p50 ms | p95 ms | floor p50 ms | × floor | goal |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        lines += [_line(one) for one in self.figures]
        lines += [_import_line(one) for one in self.brought]
        return "\n".join(lines)


def _line(one: Figure) -> str:
    goal = f"≤ {one.goal:g}{'' if one.reached else ' ✗'}" if one.goal else ""
    times = f"{one.p50:.2f} | {one.p95:.2f} | {one.floor_p50:.2f}"
    return f"| {one.page} | {times} | {one.ratio:.1f} | {goal} |"


def _import_line(one: Brought) -> str:
    verdict = "" if one.reached else " ✗"
    return f"| import, {one.rows:,} rows | | | | {one.rate:.0f} rows/s | ≥ 500{verdict} |"


def machine() -> dict[str, Any]:
    """What it was measured on, in general terms."""
    return {
        "processors": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def write(rounds: list[Round], name: str) -> None:
    """Keep the figures under this name."""
    RESULTS.mkdir(exist_ok=True)
    content = {"machine": machine(), "rounds": [one.told() for one in rounds]}
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
