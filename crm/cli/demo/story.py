"""The story: for each customer, when somebody was in touch, how it went, and when is next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from crm.cli.demo.dice import perhaps
from crm.cli.demo.texts import STORY

if TYPE_CHECKING:
    from random import Random

    from crm.cli.demo.companies import Company
    from crm.cli.demo.hours import Hours

DUE, LATE, DONE, FRESH = 6, 4, 3, 4
"""Of each salesperson's customers: due today, overdue, called today already, and new."""
LATEST = 8
"""Working days a customer has waited at most."""
QUIET = 0.24
"""The part of the customers nobody is in touch with any more."""
ARCS = {
    "busy": {"won": 26, "repeat": 24, "interested": 28, "potential": 13, "slipping": 9},
    "quiet": {"lost": 6, "potential": 5},
    "fresh": {"interested": 6, "potential": 5},
}
KEY = {"won": 1, "repeat": 2}
"""What key accounts are like: who has only a few customers has these."""
LEVELS = {
    "won": "AAAABBBC",
    "repeat": "AAABBC",
    "interested": "ABBBCC",
    "potential": "BCCCDD",
    "slipping": "ABBCC",
    "lost": "CCDDD",
}
FEWEST, MOST = 6, 10
ENDS = 4
"""A story may have come as far as one of so many last beats."""
OLDEST = 53
"""Working days in 75 days."""
SETTLED, TAKEN_UP, START = 62, 104, 112
"""Working days ago: cards somebody has long been in touch with are older than the first; most
were made between the second and the third, when the program was taken up."""


@dataclass(frozen=True, slots=True)
class Step:
    """One contact with a customer, and the status its card takes by it."""

    day: date
    kind: str
    outcome: str
    status: str
    text: str
    next_day: date | None


@dataclass(slots=True)
class Story:
    """One customer's past and what comes next."""

    company: Company
    mode: str
    status: str
    """What the card says when it is made."""
    level: str
    steps: list[Step] = field(default_factory=list)


def stories(rng: Random, companies: list[Company], hours: Hours) -> list[Story]:
    """A story for each company; each owner has some for every occasion."""
    told = []
    for owner in dict.fromkeys(one.owner for one in companies):
        mine = [one for one in companies if one.owner == owner]
        modes = _modes(rng, len(mine))
        waits = iter(rng.sample(range(1, LATEST + 1), LATE))
        for company, mode in zip(mine, modes, strict=True):
            late = next(waits) if mode == "late" else 0
            told.append(_story(rng, company, mode, late, hours))
    return told


def _modes(rng: Random, number: int) -> list[str]:
    if number < DUE + LATE + DONE:
        return ["key due", *["key ahead"] * number][:number]
    quiet = round(number * QUIET)
    modes = ["due"] * DUE + ["late"] * LATE + ["done"] * DONE + ["fresh"] * FRESH
    modes += ["quiet"] * quiet + ["ahead"] * (number - len(modes) - quiet)
    rng.shuffle(modes)
    return modes


def _story(rng: Random, company: Company, mode: str, late: int, hours: Hours) -> Story:
    key = mode.startswith("key")
    mode = mode.removeprefix("key ")
    arcs = KEY if key else ARCS.get(mode, ARCS["busy"])
    arc = rng.choices(list(arcs), list(arcs.values()))[0]
    beats = _beats(rng, arc, mode)
    level = "A" if key else rng.choice(LEVELS[arc])
    story = Story(company, mode, _first_status(arc, beats), level)
    last, after = _last(rng, mode, late, hours)
    days = [hours.days[back] for back in _backs(rng, mode, len(beats), last)]
    first = hours.days.index(days[0])
    company.made = hours.days[_made(rng, mode, first)]
    planned = [_planned(rng, *pair) for pair in pairwise(days)]
    story.steps = [
        _step(rng, company, day, beat, then)
        for day, beat, then in zip(days, beats, [*planned, after], strict=True)
    ]
    return story


def _step(rng: Random, company: Company, day: date, beat: list[str], next_day: date | None) -> Step:
    kind, outcome, status, *wordings = beat
    text = rng.choice(wordings).format(**company.slots)
    return Step(day, kind, outcome, status, text, next_day)


def _first_status(arc: str, beats: list[list[str]]) -> str:
    """What the card says in the beginning, so that its last turn leads to what it says now."""
    final: str = STORY[arc]["final"]
    if not any(beat[2] for beat in beats):
        return final
    return {"won": "interested", "slipping": "won"}.get(final, "potential")


def _beats(rng: Random, arc: str, mode: str) -> list[list[str]]:
    """Beats of an arc in order: its later ones lead to now; who is new has the first ones."""
    beats: list[list[str]] = STORY[arc]["beats"]
    if mode == "fresh":
        return beats[: rng.randint(2, 5)]
    number = rng.randint(1, 3) if mode == "quiet" else rng.randint(FEWEST, MOST)
    most = number if mode == "quiet" else MOST
    chosen = [beats[at] for at in _kept(rng, beats, number, STORY[arc]["final"])]
    while len(chosen) < number or (len(chosen) < most and perhaps(rng, 0.2)):
        chosen.insert(rng.randrange(len(chosen)), ["phone", "missed", "", *STORY["missed"]])
    return chosen


def _kept(rng: Random, beats: list[list[str]], number: int, final: str) -> list[int]:
    """Which beats are told: a late one as the last, what made the card what it is, and others."""
    turns = {at for at, beat in enumerate(beats) if beat[2] == final}
    last = rng.randint(max(len(beats) - ENDS, *turns, 0), len(beats) - 1)
    needed = turns | {last}
    others = sorted(set(range(last)) - needed)
    return sorted([*needed, *rng.sample(others, max(0, min(number - len(needed), len(others))))])


def _backs(rng: Random, mode: str, number: int, last: int) -> list[int]:
    """How many working days ago each contact was, oldest first."""
    oldest = {"quiet": SETTLED + 38, "fresh": last + 24}.get(mode, OLDEST)
    return [*sorted(rng.sample(range(last + 1, oldest), number - 1), reverse=True), last]


def _last(rng: Random, mode: str, late: int, hours: Hours) -> tuple[int, date | None]:
    """How many working days ago the last contact was, and the day of the next one."""
    if mode == "due":
        return rng.randint(2, 8), hours.today
    if mode == "late":
        return late + rng.randint(2, 8), hours.days[late]
    if mode == "done":
        return 0, hours.ahead(rng.randint(2, 16))
    if mode == "quiet":
        return rng.randint(22, 60), None
    return rng.randint(1, 13), hours.ahead(rng.randint(1, 24))


def _made(rng: Random, mode: str, first: int) -> int:
    """How many working days ago the card was made: most when the program was taken up."""
    if mode == "fresh":
        return first + rng.randint(1, 3)
    return rng.randint(TAKEN_UP if perhaps(rng, 0.8) else max(first + 1, SETTLED), START)


def _planned(rng: Random, day: date, then: date) -> date | None:
    """What was noted as the next date: mostly the day when it came about."""
    if perhaps(rng, 0.12):
        return None
    return then - (then - day) / 2 if perhaps(rng, 0.15) else then
