"""`crm backup` and `crm restore`: the whole archive as one sealed file, and back."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy.exc import SQLAlchemyError

from crm.backups import databases, folder, making, restoring
from crm.cli import archive, as_json, main, result
from crm.crypto import keyring
from crm.db import db
from crm.errors import CannotOpen, Invalid, KeyMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
MIB = 1 << 20
WRONG = "{file} cannot be restored: {why}. Nothing was touched."
NEEDS_KEY = " Put the master key it was made with in place (CRM_MASTER_KEY_FILE), then try again."


@main.command()
@FILE
@as_json
def backup(file: Path, *, as_json: bool) -> None:
    """Write the whole archive, sealed, to one file; the server may go on working."""
    began = time.monotonic()
    with archive(), _answering(), _telling("backing up") as told:
        head = making.by_hand(file, told)
    size, seconds = file.stat().st_size, round(time.monotonic() - began, 2)
    facts = _facts(file, head) | {"bytes": size, "seconds": seconds}
    said = f"{file}: {size / MIB:.1f} MiB, {head.rows} rows, log at {head.log_size}, {seconds} s"
    result(facts, f"{said}\nThe master key is not in it: keep a copy elsewhere.", as_json=as_json)


@main.command()
@FILE
@as_json
def restore(file: Path, *, as_json: bool) -> None:
    """Bring a backup into an empty archive; all of it, or nothing."""
    began = time.monotonic()
    with archive(), _answering(), _telling("restoring") as told:
        done = _restore(file, told)
    seconds = round(time.monotonic() - began, 2)
    facts = _facts(file, done.head) | {"tables": done.counts, "seconds": seconds}
    said = f"Restored {done.head.rows} rows as of {done.head.made_at:%Y-%m-%d %H:%M} UTC"
    more = f"log at {done.head.log_size}, every entry checked, {seconds} s"
    result(facts, f"{said}, {more}.\nEverybody has to sign in again.", as_json=as_json)


def _restore(file: Path, told: Callable[[int, int], None]) -> restoring.Restored:
    settings = folder.settings()
    try:
        with restoring.marked(settings.restoring):
            engine = databases.engine_for(db.engine.url)
            return restoring.restore(engine, keyring.current(), file, told)
    except KeyMissing as wrong:
        raise KeyMissing(WRONG.format(file=file, why=wrong) + NEEDS_KEY) from None
    except CannotOpen as wrong:
        raise CannotOpen(WRONG.format(file=file, why=wrong)) from None


def _facts(file: Path, head: Any) -> dict[str, Any]:
    return {
        "file": str(file),
        "made_at": head.made_at,
        "rows": head.rows,
        "schema": head.revision,
        "log": {"size": head.log_size, "leaf": head.log_leaf},
    }


@contextmanager
def _answering() -> Iterator[None]:
    """Raises Invalid in words for a database that is not there, not prepared, or full."""
    try:
        yield
    except SQLAlchemyError as error:
        raise Invalid(
            f"the database does not answer, is not prepared or is full ({type(error).__name__}): "
            "look at `crm doctor`; a new one is prepared by `crm init`"
        ) from None


@contextmanager
def _telling(what: str) -> Iterator[Callable[[int, int], None]]:
    """Progress on standard error, in whole percents, where somebody is watching."""
    shown = -1
    watched = sys.stderr.isatty()

    def told(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // max(total, 1)
        if watched and percent > shown:
            shown = percent
            click.echo(f"\r{what} {percent} %", nl=False, err=True)

    yield told
    if shown >= 0:
        click.echo("\r", nl=False, err=True)
