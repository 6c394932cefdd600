"""Measuring: each page in turn with the floor, so that what disturbs one disturbs both."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.floor import record_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.client import Client
    from bench.pages import Page

WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Figure:
    """What one page cost: milliseconds, and in floors of the same minutes."""

    page: str
    requests: int
    p50: float
    p95: float
    floor_p50: float
    goal: float | None

    @property
    def ratio(self) -> float:
        """How many floors the page costs at its median."""
        return self.p50 / self.floor_p50

    @property
    def reached(self) -> bool:
        """Whether the page costs no more than its goal; a page without one always does."""
        return self.goal is None or self.ratio <= self.goal

    def told(self) -> dict[str, Any]:
        """The figure as it is kept."""
        measured = {name: round(getattr(self, name), 3) for name in ("p50", "p95", "floor_p50")}
        return asdict(self) | measured | {"ratio": round(self.ratio, 2)}


def measure(pages: Iterable[Page], floor: Client, size: int, requests: int) -> list[Figure]:
    """Measure one page after the other."""
    return [_one(page, floor, size, requests) for page in pages]


def _one(page: Page, floor: Client, size: int, requests: int) -> Figure:
    """Floor, page, floor, page …; the first few are not counted."""
    ours: list[float] = []
    least: list[float] = []
    for turn in range(WARM_UP + requests):
        low = floor.get(f"/records/{record_id(turn * 7919 % size)}")
        answer = page.ask(turn)
        assert answer.status == page.status, f"{page.name}: {answer.status}"
        assert low.status == 200
        least.append(low.seconds * 1000)
        ours.append(answer.seconds * 1000)
    counted = sorted(ours[WARM_UP:])
    p95 = counted[int(len(counted) * 0.95)]
    return Figure(page.name, requests, median(counted), p95, median(least[WARM_UP:]), page.goal)
