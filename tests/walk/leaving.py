"""Leaving: people beside the cast who leave, with a reason that only the signer may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from crm import clock
from crm.accounts import people
from crm.accounts.roles import Role
from crm.web import unit
from crm.work.leaving import beginning, checklist, departures
from tests import cast

if TYPE_CHECKING:
    from uuid import UUID

    from tests.walk.planting import Plant

LEAVERS = ("departure", "complete departure", "spare departure")
"""One to be looked at and ticked, one to be signed, one to be taken back."""


def leave(made: Plant) -> None:
    """Three people leave; the first says why in words of their own."""
    for number, what in enumerate(LEAVERS):
        made.ids[what] = _begin(number, made if number == 0 else None)
    _complete(made.ids["complete departure"])


def _begin(number: int, made: Plant | None) -> UUID:
    login = f"leaver{number}"
    with unit.work():
        people.add(login, f"离任{number}", Role.STAFF, cast.PASSWORD, must_change=False)
    who = cast.viewer(login)
    form = {"kind": "notice", "reason": "密离职由记末" if made else "家里有事"}
    if made:
        form["last_day"] = str(clock.today())
    with unit.work(who.actor()):
        wanted = beginning.read(MultiDict(form), own=True)
        assert not wanted.errors, wanted.errors
        departure = beginning.give(who, who.id, wanted, None)
        if made:
            item = f"departure.{departure.id}.reason"
            made.mark("密离职由记末", "leaving reason", "departure.reason", item)
            made.names.remove(item)
        return departure.id


def _complete(departure_id: UUID) -> None:
    for login, item in (
        ("cai", "accounts"), ("he", "originals"), ("lin", "tasks"), ("leaver1", "secrecy"),
    ):  # fmt: skip
        who = cast.viewer(login)
        with unit.work(who.actor()):
            departure, leaver = departures.get(cast.viewer("lin"), departure_id)
            checklist.tick(who, departure, leaver, item, done=True, to="wang")
