"""The backups' folder: names, what lies there, and how many nightly ones are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import current_app

from crm import clock

if TYPE_CHECKING:
    from pathlib import Path

    from crm.config import Settings

ENDING = ".kedang"
NIGHTLY = "nightly-"


def settings() -> Settings:
    """The running application's settings."""
    given: Settings = current_app.extensions["kedang.settings"]
    return given


def path() -> Path:
    """The folder, made if it is missing; its owner's alone."""
    folder = settings().backups
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def new_name(*, nightly: bool = False) -> str:
    """A file's name from the office's clock: names sort as the backups were made."""
    return f"{NIGHTLY if nightly else ''}{clock.local(clock.now()):%Y%m%d-%H%M%S}{ENDING}"


def find(name: str) -> Path | None:
    """A backup's file by the name in its run; None when it has gone or lies elsewhere."""
    if "/" in name or "\\" in name or not name.endswith(ENDING):
        return None
    found = settings().backups / name
    return found if found.is_file() else None


def forget_old() -> list[str]:
    """Remove nightly backups beyond the number that is kept; what people made stays."""
    kept = settings().backup_keep
    nightly = sorted(settings().backups.glob(f"{NIGHTLY}*{ENDING}"), reverse=True)
    old = nightly[kept:] if kept else []
    cut_off = [one for one in settings().backups.glob(f".*{ENDING}.*.part") if _is_old(one)]
    for one in (*old, *cut_off):
        one.unlink(missing_ok=True)
    return [one.name for one in old]


def _is_old(path: Path) -> bool:
    """Whether a backup that was cut off has lain there for a day: nobody writes it any more."""
    return path.stat().st_mtime < (clock.now() - timedelta(days=1)).timestamp()
