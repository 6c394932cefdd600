"""Settings of the house: what people change in the program – each with its meaning and limits.

An area writes its settings down as one literal table; the page that changes them, the limits and
the entry with old and new value are here, once for all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy import String, Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.audit import log
from crm.db import Base, Moment, db, run
from crm.web.text import clean_line, halfwidth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.accounts.people import Viewer

    Value = bool | int | str | tuple[str, ...]

WHOLE = re.compile("[0-9]{1,9}")
OFF, ON = "0", "1"


class HouseSetting(Base):
    """One setting that somebody has changed; the others have their defaults."""

    __tablename__ = "house_settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by_id: Mapped[UUID] = mapped_column(Uuid)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. Its default's type says what it is: switch, number, text, several of a few.

    A text is one line of at most `most` characters; empty, whoever reads it says something else.
    """

    name: str
    default: bool | int | str | tuple[str, ...]
    title: LazyString
    meaning: LazyString | str = ""
    unit: LazyString | str = ""
    least: int = 0
    most: int = 0
    choices: tuple[tuple[str, Any], ...] = ()

    @property
    def kind(self) -> str:
        """How it is asked for: switch, number, text or several."""
        kinds = ((bool, "switch"), (int, "number"), (str, "text"))  # in this order: True is an int
        return next((kind for one, kind in kinds if isinstance(self.default, one)), "several")

    def taken(self, given: Sequence[str]) -> Value:
        """What was typed, as a value. Raises ValueError with a sentence."""
        if self.kind == "switch":
            return ON in given
        if self.kind == "several":
            known = [code for code, _title in self.choices]
            if not set(given) <= set(known):
                raise ValueError(_("没有这个选项。"))
            return tuple(code for code in known if code in given)
        if self.kind == "text":
            return self._line(given[0] if given else "")
        text = halfwidth(given[0]).strip() if given else ""
        if not WHOLE.fullmatch(text) or not self.least <= int(text) <= self.most:
            told = _("请填 %(least)s 到 %(most)s 的整数。", least=self.least, most=self.most)
            raise ValueError(told)
        return int(text)

    def _line(self, text: str) -> str:
        line = clean_line(text, self.most)
        if line.over:
            raise ValueError(_("最多 %(n)s 字。", n=self.most))
        return line.text

    def kept(self, value: Value) -> str:
        """How a value is kept and how the log says it."""
        if isinstance(value, bool):
            return ON if value else OFF
        return str(value) if isinstance(value, (int, str)) else " ".join(value)

    def read(self, text: str | None) -> Value:
        """A kept value; the default where nothing is kept, or nothing that still fits."""
        if text is None:
            return self.default
        if self.kind == "number":
            return int(text) if WHOLE.fullmatch(text) else self.default
        if self.kind == "text":
            return text
        return text == ON if self.kind == "switch" else tuple(text.split())


@dataclass(frozen=True, slots=True)
class Read:
    """A table of settings as they stand, and when one of them was last changed."""

    values: dict[str, Any]
    changed_at: datetime | None

    def __getitem__(self, setting: Setting) -> Any:
        return self.values[setting.name]


ROWS = select(HouseSetting.name, HouseSetting.value, HouseSetting.changed_at)
"""All of them: a few dozen rows at most."""


def read(table: Sequence[Setting]) -> Read:
    """The settings of a table as they stand now, in one statement."""
    kept = {name: (value, at) for name, value, at in run(ROWS)}
    nothing = (None, None)
    values = {one.name: one.read(kept.get(one.name, nothing)[0]) for one in table}
    changed = [kept[one.name][1] for one in table if one.name in kept]
    return Read(values, max(changed, default=None))


@dataclass(slots=True)
class Typed:
    """A form of settings as it was sent: what can be taken, and what is wrong with the rest."""

    values: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def typed(table: Sequence[Setting], form: Mapping[str, Sequence[str]]) -> Typed:
    """Read a form; every setting of the table stands in it."""
    read_ = Typed()
    for setting in table:
        try:
            read_.values[setting.name] = setting.taken(form.get(setting.name, ()))
        except ValueError as wrong:
            read_.errors[setting.name] = str(wrong)
    return read_


def change(viewer: Viewer, table: Sequence[Setting], wanted: Mapping[str, Value]) -> list[Setting]:
    """Keep what is different from now, in the running unit: one entry each, with old and new."""
    now, changed = read(table), []
    for setting in table:
        value = wanted.get(setting.name, now[setting])
        if value == now[setting]:
            continue
        row = HouseSetting(
            name=setting.name,
            value=setting.kept(value),
            changed_at=clock.now(),
            changed_by_id=viewer.id,
        )
        db.session.merge(row)
        detail = {"old": setting.kept(now[setting]), "new": setting.kept(value)}
        log.say("setting_changed", subject_type="setting", detail={"name": setting.name} | detail)
        changed.append(setting)
    db.session.flush()
    return changed
