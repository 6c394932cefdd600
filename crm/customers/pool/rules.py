"""The pool's rules: the settings of the house, and when by them a card comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _

from crm import clock, settings
from crm.customers.status import LEVELS, STATUS_TITLES, Status
from crm.settings import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

ON = Setting(
    "pool.on",
    default=False,
    title=_("开启公海"),
    meaning=_("关着时没有公海，客户也不会自动收回。"),
)
DAYS = {
    level: Setting(
        f"pool.days.{level}",
        days,
        _("%(level)s 级多少天不跟进就回公海", level=level),
        unit=_("天"),
        least=1,
        most=3650,
    )
    for level, days in zip(LEVELS, (30, 60, 90, 180), strict=True)
}
PROTECTED = Setting(
    "pool.protected",
    (Status.WON.value,),
    _("这些状态的客户不回公海"),
    choices=tuple((one.value, STATUS_TITLES[one]) for one in Status),
)
CLAIMS = Setting(
    "pool.claims", 5, _("每人每天最多认领"), unit=_("家"), least=1, most=1000
)  # fmt: skip
COOL_DOWN = Setting(
    "pool.cool_down", 30, _("原负责人多少天内不能再认领"), unit=_("天"), least=0, most=3650
)
LINES = Setting(
    "pool.lines",
    60,
    _("每人每天最多看公海"),
    _("按不同的客户数；再看同一家不重复计。"),
    unit=_("条"),
    least=1,
    most=10_000,
)
WARN = Setting(
    "pool.warn",
    3,
    _("回公海前多少天提醒负责人"),
    _("规则刚改过时，也先提醒满这些天再收回。"),
    unit=_("天"),
    least=1,
    most=90,
)
TABLE = (ON, *DAYS.values(), PROTECTED, CLAIMS, COOL_DOWN, LINES, WARN)
"""Every setting of the pool, in the order of its page."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as they stand."""

    on: bool
    days: dict[str, int]
    protected: frozenset[str]
    claims: int
    cool_down: int
    lines: int
    warn: int
    since: date
    """The day of their last change: nothing falls by a new rule without a warning."""

    def falls_on(
        self, level: str, status: str, last_at: datetime, owned_since: datetime | None
    ) -> date | None:
        """The day on which a card comes back if nobody follows it up; none if it never does."""
        if not self.on or status in self.protected or level not in self.days:
            return None
        idle = max(last_at, owned_since) if owned_since else last_at
        by_rule = clock.local(idle).date() + timedelta(days=self.days[level])
        return max(by_rule, self.earliest())

    def earliest(self) -> date:
        """Before this day no card comes back at all."""
        return self.since + timedelta(days=self.warn)

    def groups(self) -> Iterator[tuple[str, str, int]]:
        """Each level and status that may fall, with its days: one range of an index each."""
        for level, days in self.days.items():
            for status in Status:
                if status.value not in self.protected:
                    yield level, status.value, days


def rules() -> Rules:
    """The rules as they stand now."""
    read = settings.read(TABLE)
    changed = clock.local(read.changed_at).date() if read.changed_at else date.min
    return Rules(
        on=read[ON],
        days={level: read[setting] for level, setting in DAYS.items()},
        protected=frozenset(read[PROTECTED]),
        claims=read[CLAIMS],
        cool_down=read[COOL_DOWN],
        lines=read[LINES],
        warn=read[WARN],
        since=changed,
    )


def idle_before(day: date, days: int) -> datetime:
    """A card last followed before this moment has been idle for so many days on that day."""
    return clock.start_of(day - timedelta(days=days - 1))
