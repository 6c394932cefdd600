"""`crm keys`, the master key: another one, its envelope for the safe, and typing it back in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import render_template

from crm import clock, config
from crm.audit import log
from crm.cli import archive, as_json, result
from crm.cli.checked import check_master, kept_keys
from crm.cli.keys import group
from crm.crypto import envelope, keyring, rotation
from crm.errors import KeyMissing
from crm.web import unit

if TYPE_CHECKING:
    from crm.config import Settings

STYLE = config.ROOT / "static" / "envelope.css"


@group.command(name="rewrap-master")
@as_json
def rewrap_master(*, as_json: bool) -> None:
    """Make a new master key and wrap the house's keys with it; stop the program before."""
    settings = config.read()
    path = settings.master_key_file
    fresh, old = path.with_name(path.name + ".new"), path.with_name(path.name + ".old")
    if not (fresh.exists() and _opens(fresh, settings)):  # else: cut off just before the renaming
        if old.exists():
            raise ValueError(
                f"{old} is still there: keep it with its backups elsewhere, then again"
            )
        check_master(settings)
        _wrap_anew(path, fresh)
    if path.exists():
        path.rename(old)
    fresh.rename(path)
    result(
        {"master_key": str(path), "old": str(old)},
        f"The new master key is {path}; backups made until now need {old}. "
        "Start the program again and print a new envelope.",
        as_json=as_json,
    )


def _wrap_anew(path: Path, fresh: Path) -> None:
    """The new key's file first, then everything under it in one transaction."""
    if not fresh.exists():
        keyring.make_master_key(fresh)
    with archive(), unit.work():
        number = rotation.under(keyring.read_master_key(path), keyring.read_master_key(fresh))
        log.say("master_changed", subject_type="key", detail={"keys": number})


def _opens(path: Path, settings: Settings) -> bool:
    return rotation.opens(keyring.read_master_key(path), kept_keys(settings))


@group.command(name="envelope")
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@as_json
def envelope_for_the_safe(target: Path, *, as_json: bool) -> None:
    """Write the master key as a page to print, sign twice and lock away; then delete the file."""
    settings = config.read()
    check_master(settings)
    if target.resolve().is_relative_to(settings.instance):
        raise ValueError("the envelope must not lie inside the instance folder")
    key = keyring.read_master_key(settings.master_key_file)
    with archive():
        page = render_template(
            "keys/envelope.html",
            groups=envelope.written(key),
            made_on=clock.today(),
            where=settings.public_url,
        )
    style = (
        f"<style>\n{STYLE.read_text('utf-8')}</style>\n"  # a file stands alone, without a server
    )
    _write(target, page.replace("</head>", f"{style}</head>"))
    result(
        {"file": str(target)},
        f"{target}: print it, let two people sign, lock it away, delete the file.",
        as_json=as_json,
    )


def _write(target: Path, text: str) -> None:
    """A new file for its owner alone; one that is there already is not written over."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ValueError(f"{target} is there already; it was not changed") from None
    except OSError as error:
        raise ValueError(f"cannot write {target}: {error.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


@group.command(name="restore-master")
@as_json
def restore_master(*, as_json: bool) -> None:
    """Type the master key back in from its envelope (standard input); mistakes are named."""
    settings = config.read()
    path = settings.master_key_file
    if path.exists():
        raise ValueError(f"there is a master key at {path} already; it was not changed")
    if sys.stdin.isatty():
        click.echo("Type the groups from the paper; end with an empty line.", err=True)
    key = envelope.read(_typed())
    kept = kept_keys(settings)
    if kept and not rotation.opens(key, kept):
        raise KeyMissing("well typed, but not the key of this archive; nothing was changed")
    keyring.keep_master_key(path, key)
    told = "it opens this archive" if kept else "there is no archive yet to try it on"
    result({"master_key": str(path)}, f"The master key is back at {path}; {told}.", as_json=as_json)


def _typed() -> str:
    lines: list[str] = []
    for line in sys.stdin:
        if not line.strip() and lines:
            break
        lines.append(line)
    return " ".join(lines)
