"""`python -m bench`: build archives, measure every page beside the floor, print a table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import archive, bringing, floor, measuring, report
from bench.archive import Place
from bench.client import Client
from bench.pages import known, pages
from bench.serving import served
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASES = ("sqlite", "postgresql")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--sizes", default="1000,100000", help="how many customers, by commas")
    parser.add_argument("--databases", default=",".join(DATABASES))
    parser.add_argument("--requests", type=int, default=200, help="counted requests a page")
    parser.add_argument("--rows", type=int, default=2_000, help="rows of the imported workbook")
    parser.add_argument("--file", type=Path, help="a real workbook to import too")
    parser.add_argument("--only", default="", help="only pages whose name begins so")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the built archives")
    parser.add_argument("--name", default="speed", help="the name of the JSON file; empty: none")
    return parser.parse_args()


def main() -> int:
    """Run all rounds; 1 when a goal was missed."""
    asked = _arguments()
    rounds: list[report.Round] = []
    print(report.machine())
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kedang-bench-")))
        for size in map(int, asked.sizes.split(",")):
            built = archive.made((asked.keep or temporary) / f"built-{size}", size)
            for kind in asked.databases.split(","):
                work = temporary / f"{kind}-{size}"
                with _working(kind, built, work, size) as (place, floor_url):
                    rounds.append(_round(asked, kind, size, place, floor_url))
                print(f"\n{rounds[-1].table()}", flush=True)
    if asked.name:
        report.write(rounds, asked.name)
    for one in rounds:
        for missed in one.missed:
            print(f"missed: {missed}, {one.database}, {one.customers:,} customers", file=sys.stderr)
    return int(any(one.missed for one in rounds))


@contextmanager
def _working(kind: str, built: Place, folder: Path, size: int) -> Iterator[tuple[Place, str]]:
    """A copy of the archive on this kind of database, and a floor beside it."""
    if kind == "sqlite":
        place = archive.copied(built, folder)
        floor_url = f"sqlite:///{folder / 'floor.db'}"
        floor.fill(floor_url, size)
        yield place, floor_url
        return
    if why := postgres.missing():
        raise SystemExit(f"PostgreSQL: {why}")
    with postgres.cluster(durable=True) as cluster:
        floor_url = postgres.create_database(cluster, "floor")
        floor.fill(floor_url, size)
        yield archive.moved(built, folder, postgres.create_database(cluster, "kedang")), floor_url


def _round(
    asked: argparse.Namespace, kind: str, size: int, place: Place, floor_url: str
) -> report.Round:
    with archive.opened(place):
        found = known(size)
    with (
        served("floor", {"CRM_DATABASE_URL": floor_url}) as least,
        served("ours", place.settings) as ours,
    ):
        measured = [one for one in pages(ours, found) if one.name.startswith(asked.only)]
        figures = measuring.measure(measured, Client(least), size, asked.requests)
    return report.Round(kind, size, figures, _imports(asked, place, size))


def _imports(asked: argparse.Namespace, place: Place, size: int) -> list[bringing.Brought]:
    """The invented workbook, and the real one when there is one."""
    if asked.only and not "import".startswith(asked.only):
        return []
    done = [bringing.bring(place, bringing.workbook(asked.rows, size), "invented.xlsx")]
    if asked.file:
        done.append(bringing.bring(place, asked.file.read_bytes(), asked.file.name))
    return done


if __name__ == "__main__":
    sys.exit(main())
