"""`crm init` and `crm run`: keys, database, demonstration company, and the server."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import click
from flask_migrate import upgrade

from crm import ask_for_second_factor, clock, config, create_app
from crm.accounts import passwords, people
from crm.accounts.roles import Role
from crm.cli import as_json, main, result, serving
from crm.cli.checked import check_master
from crm.cli.demo import build_company
from crm.crypto import keyring
from crm.crypto.suites import NAMED
from crm.db import db
from crm.home.demo_people import CAST, DEMO_PASSWORD
from crm.web import unit

if TYPE_CHECKING:
    from flask import Flask


@main.command()
@click.option(
    "--suite",
    type=click.Choice(list(NAMED)),
    help="The cipher suite of a new archive; aes when none is named.",
)
@click.option("--demo", is_flag=True, help="Fill it with an invented demonstration company.")
@as_json
def init(suite: str | None, *, demo: bool, as_json: bool) -> None:
    """Make keys and database; run again, it only brings the database up to date."""
    app = establish(suite)
    built = demo and fill_demo(app)
    with app.app_context():
        used = _suite()
    facts = {"instance": str(config.read().instance), "suite": used, "demo": built}
    result(
        facts,
        f"Ready: {facts['instance']}" + (" (demonstration company)" if built else ""),
        as_json=as_json,
    )


def establish(suite: str | None = None) -> Flask:
    """The application with its master key, keys and an up-to-date database; made where missing.

    Raises KeyMissing, with nothing touched, when the archive was made with another master key, and
    ValueError when it was made with another suite than the one named.
    """
    settings = config.read()
    if settings.restoring.exists():
        raise ValueError(
            "this archive is not complete: a restore was cut off. Run `crm restore FILE` again; "
            f"to begin with an empty archive instead, remove {settings.restoring}"
        )
    check_master(settings)
    if not settings.master_key_file.exists():
        keyring.make_master_key(settings.master_key_file)
    app = create_app()
    with app.app_context():
        upgrade()
        make_keys(suite or "aes")
        if suite and suite != (used := _suite()):
            raise ValueError(
                f"this archive was made with the suite {used}; another suite needs a new archive"
            )
    return app


def make_keys(suite: str = "aes") -> None:
    """The first keys of an archive that has none. Needs an app context."""
    with unit.work():
        ring = keyring.current()
        known = {key.purpose for key in db.session.query(keyring.Key)}
        db.session.add_all(
            [
                ring.make(purpose, suite=NAMED[suite].code)
                for purpose in (keyring.RECORD, keyring.BLIND)
                if purpose not in known
            ]
        )
        db.session.flush()


def _suite() -> str:
    """The name of the suite that the archive was made with."""
    _secret, code, _version = keyring.current().key(keyring.RECORD)
    db.session.rollback()
    return next(name for name, one in NAMED.items() if one.code == code)


def fill_demo(app: Flask) -> bool:
    """Build the demonstration company in an empty archive; False when somebody lives there."""
    with app.app_context():
        if people.how_many():
            return False
        build_company()
        settings = config.read()
        settings.demo_mark.touch(mode=0o600)
        app.extensions["kedang.demo"] = True
        ask_for_second_factor(app, settings)
        return True


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--demo/--no-demo",
    default=None,
    help="On a first start: invented company, or ask for an account.",
)
def run(host: str, port: int, workers: int, *, demo: bool | None) -> None:
    """Serve the program with waitress; the first start makes keys and database."""
    if not os.environ.get("CRM_PUBLIC_URL"):
        os.environ["CRM_PUBLIC_URL"] = _address(host, port)  # else links name another port
    settings = config.read()
    if workers > 1 and settings.sqlalchemy_url.startswith("sqlite"):
        raise ValueError(
            "SQLite has one writing process: use --workers 1, or PostgreSQL (CRM_DATABASE_URL)."
        )
    app = establish()
    with app.app_context():
        empty = people.how_many() == 0
    if empty and demo is not False:
        click.echo("First start: building the demonstration company …")
        fill_demo(app)
    elif empty:
        _ask_for_first_account(app)
    _greet(app, host, port)
    try:
        listener = socket.create_server((host, port), backlog=256)
    except OSError as error:
        raise ValueError(f"cannot serve on {host}:{port}: {error.strerror}") from None
    serving.serve(app, listener, workers, behind_proxy=bool(settings.trusted_proxies))


EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104 - words of the command line that mean every network


def _address(host: str, port: int) -> str:
    """Where a browser on this machine finds the program."""
    reached = "127.0.0.1" if host in EVERYWHERE else host
    return f"http://{f'[{reached}]' if ':' in reached else reached}:{port}"


def _ask_for_first_account(app: Flask) -> None:
    """An empty archive begins with its system administrator, who makes the other accounts."""
    if not sys.stdin.isatty():
        click.echo(
            "No account yet. Make one: "
            "crm people add LOGIN --name N --role system_admin --password-stdin",
            err=True,
        )
        return
    click.echo("The first account is the system administrator's (系统管理员): it makes the others.")
    login = click.prompt("Login name")
    name = click.prompt("Name")
    password = click.prompt(
        f"Password (≥ {passwords.SHORTEST} characters)", hide_input=True, confirmation_prompt=True
    )
    with app.app_context(), unit.work():
        people.add(login, name, Role.SYSTEM_ADMIN, password, must_change=False)


def _greet(app: Flask, host: str, port: int) -> None:
    click.echo(f"Kedang 客档 – {_address(host, port)}  ({clock.today().isoformat()})")
    if not app.extensions["kedang.demo"]:
        return
    asked = "required" if app.extensions["kedang.must_prove"] else "off"
    click.echo(f"Demonstration sign-ins, password {DEMO_PASSWORD}, second factor {asked}:")
    with app.test_request_context():
        for login, name, role, _number, team in CAST:
            click.echo(f"  {login:<10} {name}  {role.label}{'（' + team + '）' if team else ''}")
    sys.stdout.flush()
