"""Versions: each change of the law is a row that is never changed; the newest one holds.

The session's look-up says which is the newest, so that every process notices a change at its next
request and no page pays a statement for it; a version is loaded once in a process.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import g
from sqlalchemy import JSON, Integer, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.knobs import SHIPPED, Law, law_of
from crm.db import Base, Identified, Moment, run

if TYPE_CHECKING:
    from uuid import UUID


class LawVersion(Base, Identified):
    """The values of every knob from one moment on."""

    __tablename__ = "law_versions"

    number: Mapped[int] = mapped_column(Integer, unique=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Moment)


NEWEST = select(LawVersion.id).order_by(LawVersion.number.desc()).limit(1)
VALUES = select(LawVersion.values).where(LawVersion.id == bindparam("id"))
_known: dict[UUID, Law] = {}
"""Versions that were loaded: a version never changes, and its id is no other archive's."""
_loading = threading.Lock()


def follow(version: UUID | None) -> None:
    """Let this version hold for the rest of the running request."""
    g.law = law(version)


def current() -> Law:
    """The law that holds now. Jobs and commands load it when they first ask, and keep it.

    Without an application there is no archive, and the shipped law holds.
    """
    try:
        held: Law | None = g.get("law")
    except RuntimeError:
        return SHIPPED
    if held is None:
        held = g.law = law(run(NEWEST).scalar())
    return held


def law(version: UUID | None) -> Law:
    """A version's law, loaded once in a process; before the first change it is as shipped."""
    if version is None:
        return SHIPPED
    found = _known.get(version)
    if found is None:
        with _loading:
            found = _known.get(version) or law_of(run(VALUES, {"id": version}).scalar_one())
            _known[version] = found
    return found
