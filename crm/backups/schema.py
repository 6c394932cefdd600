"""The schema of a restored archive: made at the backup's revision, then brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from crm.config import ROOT
from crm.errors import CannotOpen

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    return config


def head() -> str:
    """The newest revision that this release knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def refuse_unknown(revision: str) -> None:
    """Raises CannotOpen for a revision of a later release."""
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError:
        raise CannotOpen(
            f"it was made by a later release (schema {revision}): take that release to restore it"
        ) from None


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the database of this connection to a revision, inside its transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
