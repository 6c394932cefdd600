"""The pledge 保密承诺与监测告知: acknowledged at the first sign-in, and every year from then on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from crm import clock
from crm.accounts.people import Person
from crm.audit import log
from crm.db import db

if TYPE_CHECKING:
    from uuid import UUID

YEAR = timedelta(days=365)
VERSION = "2026-11"
"""Which wording was acknowledged; the entry says it. A new wording gets a new one."""


def holds(pledged_at: datetime | None, began: datetime) -> bool:
    """Whether a pledge still held when a session began: nobody is stopped in the middle of one."""
    return pledged_at is not None and began < pledged_at + YEAR


def acknowledge(person_id: UUID) -> None:
    """Note that a person has acknowledged the wording as it is now, in the running unit."""
    now = clock.now()
    db.session.execute(update(Person).where(Person.id == person_id).values(pledged_at=now))
    log.say("pledged", subject_type="person", subject_ids=(person_id,), detail={"version": VERSION})
