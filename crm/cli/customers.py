"""`crm customers`: the template, and bringing customers in from a file."""

from __future__ import annotations

from pathlib import Path

import click

from crm.access import law
from crm.access.permissions import Permission
from crm.accounts import people
from crm.accounts.people import viewer_of
from crm.cli import archive, as_json, main, result
from crm.customers import importing
from crm.customers.imports import workbooks
from crm.errors import Denied
from crm.web import unit

TOLD = (
    "{rows} rows: {new} new, {changed} changed, {same} the same, "
    "{held} somebody else's, {bad} bad rows"
)


@main.group(name="customers")
def group() -> None:
    """Customers: template, import."""


@group.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def template(file: Path, *, as_json: bool) -> None:
    """Write the empty sheet to fill in."""
    with archive():
        file.write_bytes(workbooks.template())
    result({"file": str(file)}, f"Template written: {file}", as_json=as_json)


@group.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "login", required=True, help="Whose import it is.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@click.option(
    "--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write the bad rows here."
)
@as_json
def import_(file: Path, login: str, errors: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Bring customers in from a workbook or csv; a second time changes nothing."""
    with archive():
        person = people.by_login(login)
        if person is None or person.disabled_at:
            raise Denied(f"no such account: {login}")
        viewer = viewer_of(person)
        if law.scope(viewer, Permission.CUSTOMER_IMPORT) is None:
            raise Denied(f"{login} may not import customers")
        with unit.work(viewer.actor()):
            sheet, outcome = importing.read(file.read_bytes(), file.name)
        counts = (
            importing.foresee(outcome.drafts) if dry_run else importing.run(viewer, outcome.drafts)
        )
        counts.bad = outcome.refused_rows
        if errors and outcome.problems:
            errors.write_bytes(workbooks.errors(sheet, outcome.problems))
            errors.chmod(0o600)
    facts = counts.facts() | {"rows": outcome.total_rows, "dry_run": dry_run}
    result(facts, ("Would do: " if dry_run else "") + TOLD.format(**facts), as_json=as_json)
    for problem in outcome.problems[:20]:
        click.echo(f"row {problem.row} {problem.column}: {problem.reason}", err=True)
