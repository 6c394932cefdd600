"""Forms: what browsers send, read into types; each refusal is a sentence."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its types

from crm import clock
from crm.errors import Invalid

YEARS = range(1900, 2201)
"""Years that a date in a form may have."""


class Form(FlaskForm):
    """A form of ours: what was posted, unless `formdata=None` says to leave it aside."""

    if TYPE_CHECKING:  # Flask-WTF says no types

        def __init__(self, **given: Any) -> None: ...


OURS = re.compile(r"/(?![/\\])[^\\\x00-\x20]*")
"""A path of this program. Browsers drop tabs and line ends, and take a backslash for a slash."""


def own_path(target: str) -> str:
    """The address, if it is a path of this program, never a trick with slashes; else the start."""
    return target if OURS.fullmatch(target) else "/"


def label(words: LazyString) -> str:
    """A field's label, said in the language of whoever reads: WTForms' types know only str."""
    return cast("str", words)


def choice(value: str, words: LazyString) -> Any:
    """One choice of a SelectField, said like a label."""
    return SelectChoice(value, label(words))


def refuse_nul() -> None:
    """PostgreSQL keeps no NUL and nobody types one: what holds one is refused before it is read."""
    sent = chain(request.args.items(multi=True), request.form.items(multi=True))
    if any("\0" in text for pair in sent for text in pair):
        raise Invalid(_("内容里有看不见的控制字符，请去掉后再试。"))


def day_of(text: str) -> date | None:
    """A date as browsers send it, or nothing. Raises Invalid."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise Invalid(_("日期请写成 2026-11-25 这样。"))
    return day


def id_of(text: str) -> UUID | None:
    """An id, or None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def number_of(text: str, most: int) -> int | None:
    """A whole number up to `most`, or None for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)):
        return min(int(text), most)
    return None


def moment_of(text: str) -> datetime | None:
    """A moment as a page's own links carry it, or None for anything else."""
    try:
        return clock.read(text)
    except ValueError:
        return None
