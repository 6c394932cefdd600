"""Telling: acts one after the other, each at its own time; the log's times only ever grow."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from crm.cli.demo.acts import Do
from crm.cli.demo.hours import at
from crm.errors import Trouble
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crm.accounts.people import Viewer

GAPS = (
    (timedelta(hours=20), timedelta()),
    (timedelta(days=8), timedelta(minutes=45)),
    (timedelta(days=60), timedelta(hours=4)),
    (timedelta.max, timedelta(hours=10)),
)
"""Age → within what time acts of one person share a unit, and so the log's time: today's do not,
those of long ago share a day. A unit costs a commit, and the building must not take long."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One act of one person at one time; `refused` when the door or the law will not have it."""

    at: datetime
    login: str
    do: Do
    refused: bool = False


@dataclass(slots=True)
class Sitting:
    """Acts of one person that are written at once: the log gives them one time, the last."""

    login: str
    scenes: list[Scene] = field(default_factory=list)

    @property
    def ends(self) -> datetime:
        """When its last act was over."""
        return self.scenes[-1].at


def tell(scenes: Iterable[Scene], viewers: dict[str, Viewer], now: datetime) -> None:
    """Let it all happen, in order."""
    for sitting in sorted(_sittings(scenes, now), key=lambda one: one.ends):
        viewer = viewers[sitting.login]
        refused = suppress(Trouble) if sitting.scenes[-1].refused else nullcontext()
        with refused, at(sitting.ends), unit.work(viewer.actor(), address_of(viewer)):
            for scene in sitting.scenes:
                with at(scene.at):
                    scene.do(viewer)


def address_of(viewer: Viewer) -> str:
    """Everybody's own desk in the office's network."""
    return f"192.168.20.{10 + sum(viewer.login.encode()) % 200}"


def _sittings(scenes: Iterable[Scene], now: datetime) -> Iterator[Sitting]:
    in_order = sorted(scenes, key=lambda one: (one.login, one.at))
    for login, mine in groupby(in_order, key=lambda one: one.login):
        sitting = Sitting(login)
        for scene in mine:
            if sitting.scenes and not _together(sitting.scenes, scene, now):
                yield sitting
                sitting = Sitting(login)
            sitting.scenes.append(scene)
        yield sitting


def _together(before: list[Scene], scene: Scene, now: datetime) -> bool:
    if scene.refused or before[-1].refused:
        return False
    age = now - scene.at
    gap = next(gap for limit, gap in GAPS if age < limit)
    return scene.at - before[0].at < gap
