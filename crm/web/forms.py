"""Forms: what browsers send, read into types; each refusal is a sentence."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from crm.errors import Invalid


def day_of(text: str) -> date | None:
    """A date as browsers send it, or nothing. Raises Invalid."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("日期请写成 2026-11-25 这样。")) from None


def number_of(text: str, most: int) -> int | None:
    """A whole number up to `most`, or None for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)):
        return min(int(text), most)
    return None
