"""Reaching: which fields of a record somebody may see, by post or by grant, right now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from crm.access import law
from crm.access.fields import FIELDS, Field
from crm.disclosure.acts import ASKS, Act

if TYPE_CHECKING:
    from crm.access.law import Subject
    from crm.accounts.people import Viewer
    from crm.db import Told

Reaches = Callable[[Field], bool]
SECRETS = (FIELDS["contact.mobile"],)
"""A secret field that stands for all of them."""


def allowed(viewer: Viewer, act: Act, subject: Subject) -> bool:
    """Whether the law lets this person do this to this record, whatever the field."""
    lacks = law.lacking(viewer, ASKS[act], subject, SECRETS)
    return not lacks or law.granted(viewer, lacks, subject, ()) is not None


def reaches(viewer: Viewer, act: Act, subject: Subject) -> Reaches:
    """Which fields of a record this person may look at, or copy, one by one."""
    asked = ASKS[act]
    lacks = law.lacking(viewer, asked, subject)
    if not lacks:
        return lambda field: not law.closed(viewer, asked, field)
    if not subject.grants:
        return _none
    return lambda field: law.granted(viewer, lacks, subject, (field,)) is not None


def opened_by(viewer: Viewer, subject: Subject, opening: Told | None) -> Reaches:
    """Which fields a running opening shows: what post or grant let it, as long as they stand."""
    if opening is None:
        return _none
    if opening.grant_id is None:
        return _all if law.by_post(viewer, ASKS[Act.OPEN][0], subject) else _none
    return next((one.reaches for one in subject.grants if one.id == opening.grant_id), _none)


def _all(_field: Field) -> bool:
    return True


def _none(_field: Field) -> bool:
    return False
