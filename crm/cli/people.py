"""`crm people`: accounts from the command line."""

from __future__ import annotations

import sys

import click

from crm.accounts import people
from crm.accounts.roles import Role
from crm.audit.entry import Actor
from crm.cli import archive, as_json, main, result
from crm.web import unit


@main.group(name="people")
def group() -> None:
    """Accounts: add, list."""


@group.command()
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--team")
@click.option("--number", help="Employee number 工号.")
@click.option(
    "--password-stdin", is_flag=True, required=True, help="Read the password from standard input."
)
@click.option(
    "--no-change", is_flag=True, help="No change of password and no pledge at first sign-in."
)
@as_json
def add(  # noqa: PLR0913 - the facts of an account
    login: str, name: str, role: str, team: str | None, number: str | None, *,
    password_stdin: bool, no_change: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make an account."""
    del password_stdin  # the only way: the shell would remember a password on the command line
    password = sys.stdin.readline().rstrip("\r\n")
    with archive(), unit.work(Actor(None, "crm", "command line")):
        made = people.add(
            login, name, Role(role), password, team=team, number=number, must_change=not no_change
        )
        facts = {"login": made.login, "name": made.name, "role": made.role}
    result(facts, f"Account {facts['login']} ({facts['role']}) made.", as_json=as_json)


@group.command(name="list")
@as_json
def list_(*, as_json: bool) -> None:
    """Print every account that may sign in."""
    with archive():
        rows = [{"login": one.login, "name": one.name, "role": one.role} for one in people.active()]
    lines = "\n".join(f"{row['login']:<16} {row['role']:<20} {row['name']}" for row in rows)
    result(rows, lines or "No accounts.", as_json=as_json)
