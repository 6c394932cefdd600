"""Checked: whether the master key is the archive's own, before anything is touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, inspect, make_url

from crm.crypto import keyring, rotation
from crm.errors import KeyMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.config import Settings


def kept_keys(settings: Settings) -> Sequence[Any]:
    """The wrapped keys of the archive, if there is one: read past the application, nothing made."""
    url = make_url(settings.sqlalchemy_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return []
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("keys"):
                return []
            return connection.execute(keyring.KEPT).all()
    finally:
        engine.dispose()


def check_master(settings: Settings) -> None:
    """Raises KeyMissing, before anything is touched, when an archive is there and its key is not.

    A new master key beside an old archive would only hide that the old one is lost.
    """
    kept = kept_keys(settings)
    if not kept:
        return
    path = settings.master_key_file
    if not path.exists():
        raise KeyMissing(
            f"the archive has keys already, but its master key is not at {path}; nothing was "
            "changed. Put the file back, or type it in: crm keys restore-master"
        )
    if not rotation.opens(keyring.read_master_key(path), kept):
        raise KeyMissing(keyring.WRONG_MASTER)
