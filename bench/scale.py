"""`python -m bench.scale`: what a page costs at a million customers, and at a thousand.

Each archive is asked in a process of its own, in turn, without a network. What counts on SQLite is
the processor's time of that process – the database is in it, and other work on the machine is not
– and by the clock on PostgreSQL, whose work is done elsewhere.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import archive, asking, drawing, many, moving, report
from bench.archive import Place
from bench.client import Answer
from bench.profiling import Inside
from crm import create_app
from crm.web import memory
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.pages import Page

GOAL, MOST_MEMORY = 1.3, 150
"""Times what a thousand customers cost, at the median; MiB of a serving process."""
WARM_UP, A_TIME = 6, 6


class Timed(Inside):
    """The client that keeps both times of its last request, in milliseconds."""

    spent = clock = 0.0

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        start = time.perf_counter()
        answer = super()._send(method, path, body, headers)
        Timed.clock = (time.perf_counter() - start) * 1000
        Timed.spent = answer.seconds * 1000
        return answer


_asking: dict[str, Page] = {}
"""What the archive of this process is asked for."""


def begin(place: Place, size: int, only: str) -> list[str]:
    """Open an archive in a process of its own; the names of what it will be asked for."""
    with archive.opened(place):
        mine, theirs, numbers = asking.chosen(size)
    Inside.app = create_app(place.settings)
    memory.settle()
    made = asking.pages(mine, theirs, numbers, Timed)
    _asking.update({page.name: page for page in made if only in page.name})
    return list(_asking)


def ask(name: str, turns: range) -> list[tuple[float, float]]:
    """What a page cost in each of these turns: processor and clock."""
    times, page = [], _asking[name]
    for turn in turns:
        answer = page.ask(turn)
        assert answer.status == page.status, f"{name}: {answer.status}"
        times.append((Timed.spent, Timed.clock))
    return times


def _memory() -> float:
    """MiB that are this process's now: what it shares with no other, and what it has mapped."""
    lines = Path("/proc/self/status").read_text().splitlines()
    said = next((line for line in lines if line.startswith("VmRSS")), "VmRSS: 0")
    return round(int(said.split()[1]) / 1024, 1)


def main() -> int:
    """Ask every archive; 1 when a page costs more than it may."""
    parser = argparse.ArgumentParser(prog="bench.scale", description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--only", default="", help="only pages whose name has this in it")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the built archives")
    parser.add_argument("--name", default="scale", help="the name of the JSON file; empty: none")
    asked, missed = parser.parse_args(), False
    sizes = [int(one) for one in asked.sizes.split(",")]
    print(report.machine())
    with tempfile.TemporaryDirectory(prefix="kedang-scale-") as temporary:
        folder = asked.keep or Path(temporary)
        for kind in asked.databases.split(","):
            rounds = _rounds(kind, folder, sizes, asked)
            missed |= _told(kind, rounds)
            if asked.name:
                _keep(f"{asked.name}-{kind}", rounds)
    return int(missed)


def _rounds(
    kind: str, folder: Path, sizes: list[int], asked: argparse.Namespace
) -> dict[int, dict[str, Any]]:
    """Page by page, every archive in turn: what slows the machine slows them all."""
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        pools: dict[int, ProcessPoolExecutor] = {}
        names: list[str] = []
        for size in sizes:
            built = many.made(folder / f"built-{size}", size)
            place = stack.enter_context(_working(kind, built, folder))
            pools[size] = stack.enter_context(ProcessPoolExecutor(1, mp_context=context))
            names = pools[size].submit(begin, place, size, asked.only).result()
        found = {name: _taken(pools, name, asked.requests) for name in names}
        return {
            size: {
                "pages": {name: found[name][size] for name in names},
                "memory": pool.submit(_memory).result(),
            }
            for size, pool in pools.items()
        }


def _taken(
    pools: dict[int, ProcessPoolExecutor], name: str, requests: int
) -> dict[int, tuple[float, ...]]:
    """The medians of one page for each archive, asked a few times each, in turn."""
    times: dict[int, list[tuple[float, float]]] = {size: [] for size in pools}
    for start in range(0, WARM_UP + requests, A_TIME):
        for size, pool in pools.items():
            times[size] += pool.submit(ask, name, range(start, start + A_TIME)).result()
    return {
        size: tuple(round(median(one), 2) for one in zip(*some[WARM_UP:], strict=True))
        for size, some in times.items()
    }


@contextmanager
def _working(kind: str, built: Place, folder: Path) -> Iterator[Place]:
    """The archive itself on SQLite – asking adds entries, nothing else –, else moved."""
    if kind == "sqlite":
        yield built
        return
    if why := postgres.missing():
        raise SystemExit(f"PostgreSQL: {why}")
    with (
        tempfile.TemporaryDirectory(dir=folder) as work,
        postgres.cluster(durable=True) as cluster,
    ):
        url = postgres.create_database(cluster, "kedang")
        yield moving.moved(built, Path(work) / "moved", url)


def _told(kind: str, rounds: dict[int, dict[str, Any]]) -> bool:
    """Print the table; whether something was missed."""
    which, first, missed = int(kind == "postgresql"), min(rounds), False
    print(f"\n{kind}, milliseconds {'by the clock' if which else 'of the processor'}")
    for page in rounds[first]["pages"]:
        times = [one["pages"][page][which] for one in rounds.values()]
        ratio = times[-1] / times[0]
        over = times[-1] > times[0] * GOAL
        missed |= over
        line = " | ".join(f"{one:8.2f}" for one in times)
        print(f"| {page:40} | {line} | {ratio:5.2f} {'✗' if over else ''} |")
    print("MiB: " + ", ".join(f"{size:,}: {one['memory']}" for size, one in rounds.items()))
    return missed or any(one["memory"] > MOST_MEMORY for one in rounds.values())


def _keep(name: str, rounds: dict[int, dict[str, Any]]) -> None:
    content = {"machine": report.machine(), "rounds": rounds}
    path = report.RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    drawing.draw(name, rounds)


if __name__ == "__main__":
    sys.exit(main())
