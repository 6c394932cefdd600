"""Status: how far a customer has come, its level, and where a fact comes from."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _


class Status(StrEnum):
    """How far a customer has come."""

    POTENTIAL = "potential"
    INTERESTED = "interested"
    WON = "won"
    SLIPPING = "slipping"
    LOST = "lost"

    @property
    def label(self) -> str:
        """The status as people read it."""
        return str(STATUS_TITLES[self])

    @property
    def tone(self) -> str:
        """The dot's colour: ok, warn or idle."""
        return {"won": "ok", "interested": "warn", "slipping": "warn"}.get(self.value, "idle")


STATUS_TITLES = {
    Status.POTENTIAL: _("潜在"),
    Status.INTERESTED: _("意向"),
    Status.WON: _("已成交"),
    Status.SLIPPING: _("流失预警"),
    Status.LOST: _("已流失"),
}

LEVELS = ("A", "B", "C", "D")
SOURCES = ("市场调查", "客户拜访", "客户自填")
"""Where a fact comes from (细则第二章·客户档案管理(7)); stored as the sheet writes it."""
SOURCE_TITLES = {"市场调查": _("市场调查"), "客户拜访": _("客户拜访"), "客户自填": _("客户自填")}
