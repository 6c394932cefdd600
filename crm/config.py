"""Settings: one frozen record, read once from the environment or from what create_app is given."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
MOST_KEPT = 1000
"""Nightly backups that may be asked for."""


def _default_master_key() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "kedang" / "master.key"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside; each name is documented in docs/settings.md."""

    instance: Path = ROOT / "instance"
    """CRM_INSTANCE: the folder with database and sealed files."""
    master_key_file: Path = field(default_factory=_default_master_key)
    """CRM_MASTER_KEY_FILE: the master key, mode 0600, never inside the instance."""
    database_url: str = ""
    """CRM_DATABASE_URL: an SQLAlchemy URL; SQLite in the instance when empty."""
    storage_url: str = ""
    """CRM_STORAGE_URL: where sealed files lie; the instance when empty."""
    redis_url: str = ""
    """CRM_REDIS_URL: rate limits shared between workers; in process when empty."""
    public_url: str = "http://127.0.0.1:8000"
    """CRM_PUBLIC_URL: the address phones use."""
    trusted_proxies: tuple[str, ...] = ()
    """CRM_TRUSTED_PROXIES: addresses, separated by commas, whose forwarded headers count."""
    witness_dir: str = ""
    """CRM_WITNESS_DIR: a folder outside the database's machine for checkpoints."""
    company: str = ""
    """CRM_COMPANY: our own company's name, on papers and on the page that customers fill in."""
    smtp_url: str = ""
    """CRM_SMTP_URL: mail out."""
    second_factor: str = ""
    """CRM_SECOND_FACTOR: required | off; unless it is set, off in a demonstration company alone."""
    backup_dir: str = ""
    """CRM_BACKUP_DIR: where nightly and one-tap backups lie; `backups` in the instance if empty."""
    backup_keep: int = 14
    """CRM_BACKUP_KEEP: how many nightly backups are kept; 0 makes none."""

    @property
    def sqlalchemy_url(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.instance / 'kedang.db'}"

    @property
    def backups(self) -> Path:
        """The folder of the backups."""
        return Path(self.backup_dir).expanduser() if self.backup_dir else self.instance / "backups"

    @property
    def restoring(self) -> Path:
        """The mark of a restore that has not come to its end."""
        return self.instance / "restoring"

    @property
    def factor_required(self) -> bool:
        """Whether posts that may open need a second factor."""
        if self.second_factor:
            return self.second_factor == "required"
        return not self.demo_mark.exists()

    @property
    def demo_mark(self) -> Path:
        """The mark of a demonstration company."""
        return self.instance / "demo"

    @property
    def https(self) -> bool:
        """Whether people reach the program over HTTPS."""
        return self.public_url.startswith("https://")


def read(given: Mapping[str, Any] | None = None) -> Settings:
    """The settings: from `given` (keys as the environment's), else the environment, else defaults.

    Raises ValueError when a CRM_ key is unknown or the master key would lie inside the instance.
    """
    given = {key: value for key, value in (given or {}).items() if key.startswith("CRM_")}
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        key = f"CRM_{setting.name.upper()}"
        raw = given.pop(key, os.environ.get(key))
        if raw not in (None, ""):
            values[setting.name] = _typed(setting.name, raw)
    if given:
        raise ValueError(f"unknown settings: {', '.join(sorted(given))}")
    return _checked(Settings(**values))


def _typed(name: str, raw: Any) -> Any:
    if name in {"instance", "master_key_file"}:
        return Path(raw).expanduser().resolve()
    if name == "trusted_proxies":
        return tuple(part.strip() for part in str(raw).split(",") if part.strip())
    if name == "backup_keep":
        return _number(str(raw))
    return str(raw)


def _number(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and int(raw) <= MOST_KEPT):
        raise ValueError(f"CRM_BACKUP_KEEP is a number from 0 to {MOST_KEPT}")
    return int(raw)


def _checked(settings: Settings) -> Settings:
    if settings.master_key_file.is_relative_to(settings.instance):
        raise ValueError("the master key must not lie inside the instance folder")
    if settings.second_factor not in {"", "required", "off"}:
        raise ValueError("CRM_SECOND_FACTOR is required or off")
    return settings
