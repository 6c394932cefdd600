"""Drawing: a small picture of what each page costs at each size, readable in light and in dark."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
ROW, LEFT, WIDTH, HEAD = 15, 250, 430, 34
COLOURS = ("#9aa7b5", "#3f8fc4", "#d9792b")
SAID = 'role="img" aria-label="Milliseconds of each page"'
STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#333}line{stroke:#8886}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}}"
)


def draw(name: str, rounds: dict[int, dict[str, Any]]) -> None:
    """Write docs/NAME.svg: a line a page, a dot a size."""
    which = int(name.endswith("postgresql"))
    sizes, pages = list(rounds), list(next(iter(rounds.values()))["pages"])
    most = max(rounds[size]["pages"][page][which] for size in sizes for page in pages) * 1.05
    high = HEAD + ROW * len(pages) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 30} {high}" {SAID}>',
        f"<style>{STYLE}</style>",
        *_legend(sizes),
        *_grid(most, high),
    ]
    for at, page in enumerate(pages):
        times = [rounds[size]["pages"][page][which] for size in sizes]
        parts += _line(page, HEAD + ROW * at + 8, [LEFT + WIDTH * one / most for one in times])
    (DOCS / f"{name}.svg").write_text("\n".join([*parts, "</svg>", ""]), "utf-8")


def _legend(sizes: list[int]) -> list[str]:
    found = []
    for at, size in enumerate(sizes):
        left = LEFT + 130 * at
        found.append(f'<circle cx="{left}" cy="10" r="4" fill="{COLOURS[at % 3]}"/>')
        found.append(f'<text x="{left + 8}" y="14">{size:,} customers</text>')
    return found


def _grid(most: float, high: int) -> list[str]:
    step = 5 if most < 40 else 20
    found = []
    for value in range(0, int(most) + 1, step):
        x = LEFT + WIDTH * value / most
        found.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD - 8}" y2="{high - 20}"/>')
        found.append(f'<text x="{x:.1f}" y="{high - 6}" text-anchor="middle">{value} ms</text>')
    return found


def _line(page: str, y: int, points: list[float]) -> list[str]:
    said = f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(page)}</text>'
    dots = [
        f'<circle cx="{x:.1f}" cy="{y}" r="3.5" fill="{COLOURS[at % 3]}"/>'
        for at, x in enumerate(points)
    ]
    across = f'<line x1="{min(points):.1f}" x2="{max(points):.1f}" y1="{y}" y2="{y}"/>'
    return [said, across, *dots]
