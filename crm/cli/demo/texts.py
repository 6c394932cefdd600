"""The texts of the demonstration: what it says stands in four TOML files beside this one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def read(name: str) -> dict[str, Any]:
    """One of the files."""
    with (Path(__file__).parent / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


NAMES, PROSE, STORY, UPKEEP = (read(name) for name in ("names", "prose", "story", "upkeep"))
