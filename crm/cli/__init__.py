"""The command line: `crm …`. Each command prints one clear result and ends with 0, 1 or 2."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from crm import config, create_app
from crm.cli.checked import check_master
from crm.db import db
from crm.errors import CannotOpen, KeyMissing, Trouble
from crm.web import memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


class House(click.Group):
    """The group of all commands: a refusal is one sentence on standard error and status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; never show a traceback for what a person can be told."""
        try:
            return super().invoke(ctx)
        except (Trouble, KeyMissing, CannotOpen, ValueError) as error:
            click.echo(getattr(error, "sentence", "") or str(error), err=True)
            sys.exit(1)


@click.group(cls=House)
def main() -> None:
    """Kedang 客档: customer archive of a market department."""
    os.umask(0o077)  # whatever is written is for its owner alone


def result(facts: dict[str, Any] | list[dict[str, Any]], sentence: str, *, as_json: bool) -> None:
    """Print a command's one result, for people or for programs."""
    click.echo(json.dumps(facts, ensure_ascii=False, default=str) if as_json else sentence)


@contextmanager
def archive() -> Iterator[Flask]:
    """The application for one command; when the command ends, its connections are closed.

    Raises KeyMissing, before anything is touched, for another archive's master key.
    """
    check_master(config.read())
    app = create_app()
    memory.settle()
    try:
        with app.test_request_context():
            yield app
    finally:
        with app.app_context():
            db.engine.dispose()


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")

from crm.cli import audit, backups, customers, doctor, house, keys, master, people, tidy  # noqa: E402, F401 - they add their commands
