"""`crm doctor`: what is set up well, what is not, and what to mend."""

from __future__ import annotations

import shutil
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from crm import clock, config, create_app
from crm.accounts.people import Person
from crm.backups import runs
from crm.cli import as_json, main, result
from crm.db import db

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

LEAST_FREE = 1 << 30
"""Bytes of free disk below which saving may soon fail."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: ok, warn (works, but mend it) or bad."""

    name: str
    state: str
    sentence: str


@main.command()
@as_json
def doctor(*, as_json: bool) -> None:
    """Check modes, keys, cookies, disk, address and backups; ends with 1 when something is bad."""
    settings = config.read()
    findings = list(_files(settings))
    if settings.master_key_file.exists():
        app = create_app()
        findings += [*_cookies(app), *_debug(app), *_database(app), *_backups(app, settings)]
        findings += _second_factor(app, settings)
    findings += [*_disk(settings), *_address(settings), *_outside(settings)]
    signs = {"ok": "✓", "warn": "!", "bad": "✗"}
    lines = "\n".join(f"{signs[one.state]} {one.name}: {one.sentence}" for one in findings)
    facts = {
        "findings": [
            {"name": one.name, "state": one.state, "sentence": one.sentence} for one in findings
        ]
    }
    result(facts, lines, as_json=as_json)
    if any(one.state == "bad" for one in findings):
        sys.exit(1)


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _files(settings: config.Settings) -> Iterator[Finding]:
    key, instance = settings.master_key_file, settings.instance
    if not key.exists():
        yield Finding("master key", "bad", f"there is none at {key}; `crm init` makes one")
    elif _open_to_others(key):
        yield Finding("master key", "bad", f"others may read it: chmod 600 {key}")
    else:
        yield Finding("master key", "ok", f"outside the instance, mode 0600, at {key}")
    if not instance.exists():
        yield Finding("instance", "bad", f"there is none at {instance}; `crm init` makes one")
        return
    if _open_to_others(instance):
        yield Finding("instance", "bad", f"others may look in: chmod 700 {instance}")
    else:
        yield Finding("instance", "ok", f"closed to others, at {instance}")
    loose = [
        path
        for path in instance.rglob("*")
        if path.is_file() and path.stat().st_mode & stat.S_IRWXO
    ]
    if loose and _open_to_others(instance):
        yield Finding(
            "files", "bad", f"{len(loose)} files may be read by others: chmod -R go= {instance}"
        )


def _cookies(app: Flask) -> Iterator[Finding]:
    if not (app.config["SESSION_COOKIE_HTTPONLY"] and app.config["SESSION_COOKIE_SAMESITE"]):
        yield Finding("cookies", "bad", "HttpOnly or SameSite has been turned off")
    elif not app.config["SESSION_COOKIE_SECURE"]:
        yield Finding(
            "cookies", "warn", "not Secure, because CRM_PUBLIC_URL is not an https:// address"
        )
    else:
        yield Finding("cookies", "ok", "HttpOnly, SameSite=Lax, Secure")


def _debug(app: Flask) -> Iterator[Finding]:
    if app.debug or app.testing:
        yield Finding("debug", "bad", "debug or testing is on: unset FLASK_DEBUG")
    else:
        yield Finding("debug", "ok", "off")


def _database(app: Flask) -> Iterator[Finding]:
    with app.app_context():
        try:
            with db.engine.connect() as connection:
                version = connection.exec_driver_sql(
                    "SELECT version_num FROM alembic_version"
                ).scalar()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a database, say which kind
            yield Finding(
                "database",
                "bad",
                f"does not answer ({type(error).__name__}); `crm init` prepares it",
            )
        else:
            yield Finding("database", "ok", f"{db.engine.dialect.name}, schema {version}")


def _backups(app: Flask, settings: config.Settings) -> Iterator[Finding]:
    if settings.restoring.exists():
        yield Finding("restore", "bad", "was cut off: run `crm restore FILE` again")
    with app.app_context(), suppress(SQLAlchemyError):  # a database that does not answer said so
        for kind, mend in ((runs.BACKUP, "crm backup FILE"), (runs.DRILL, "备份 › 恢复演练")):
            last = runs.last_done(kind)
            when = f"last {clock.local(last.made_at):%Y-%m-%d %H:%M}" if last else "there was none"
            late = runs.is_late(kind)
            sentence = f"{when}: do it now ({mend})" if late else when
            yield Finding(kind, "warn" if late else "ok", sentence)
    if settings.backups.is_relative_to(settings.instance):
        yield Finding(
            "backup folder", "warn", "on this machine: set CRM_BACKUP_DIR, or carry copies away"
        )


def _disk(settings: config.Settings) -> Iterator[Finding]:
    if not settings.instance.exists():
        return
    free = shutil.disk_usage(settings.instance).free
    state = "ok" if free > LEAST_FREE else "bad"
    yield Finding(
        "disk",
        state,
        f"{free / 2**30:.1f} GiB free" + ("" if state == "ok" else ": make room, saving will fail"),
    )


def _address(settings: config.Settings) -> Iterator[Finding]:
    if settings.https:
        yield Finding("address", "ok", settings.public_url)
    else:
        yield Finding(
            "address",
            "warn",
            f"{settings.public_url}: phones need HTTPS – set CRM_PUBLIC_URL, see docs/running.md",
        )


def _outside(settings: config.Settings) -> Iterator[Finding]:
    if not settings.witness_dir:
        yield Finding(
            "witness",
            "warn",
            "尚无外部见证: no witness outside this machine; the log is only self-consistent",
        )


def _second_factor(app: Flask, settings: config.Settings) -> Iterator[Finding]:
    if not settings.factor_required:
        why = "CRM_SECOND_FACTOR" if settings.second_factor else "a demonstration company"
        yield Finding("second factor", "warn", f"off ({why}): a password alone opens the archive")
        return
    asked = [role.value for role in app.extensions["kedang.must_prove"]]
    with app.app_context(), suppress(SQLAlchemyError):  # a database that does not answer said so
        them = Person.disabled_at.is_(None), Person.role.in_(asked), Person.second_factor.is_(False)
        none = db.session.scalar(select(func.count()).select_from(Person).where(*them)) or 0
        said = f"{none} of those who must have one have none yet: asked for at their next sign-in"
        yield Finding(
            "second factor",
            "warn" if none else "ok",
            f"required for posts that may open; {said if none else 'everybody who must has one'}",
        )
