"""Saying: what the log is told about one look, and the free text that goes with it, sealed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crm.audit import log
from crm.crypto import keyring
from crm.crypto.sealed import Place
from crm.disclosure.acts import Act

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from crm.access.law import Subject
    from crm.audit.entry import Entry
    from crm.db import Told
    from crm.disclosure.opened import Shown


def say_glance(
    subject: Subject, cells: Mapping[str, Shown], opening: Told | None, view: str
) -> None:
    """One entry for a page: the fields shown in full, under the opening that let them out."""
    shown = tuple(sorted({cell.field.code for cell in cells.values() if cell.state == "shown"}))
    masked = sorted({cell.field.code for cell in cells.values() if cell.state == "masked"})
    log.say(
        Act.LIST.value,
        subject_type=subject.kind,
        subject_ids=(subject.id,),
        fields=shown,
        purpose=opening.purpose if opening else None,
        code=opening.code if opening else None,
        grant_id=opening.grant_id if opening else None,
        detail={"view": view, "masked": masked},
        indexed=True,
    )


def with_note(entry: Entry, person_id: UUID, note: str) -> Entry:
    """The entry with its free text sealed under the writer's own data key."""
    if not note.strip():
        return entry
    key = keyring.current().record_key(person_id)
    sealed = key.seal(Place("log_entries", "note", entry.id), note.strip())
    return replace(entry, note=sealed)
