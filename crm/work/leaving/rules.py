"""The rules of leaving that the house sets: how long notice is, and who signs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from crm import settings
from crm.settings import Setting

DAYS = Setting(
    "leaving.days",
    30,
    _("提前多少天提出"),
    _("不足的，主管书面同意后才算数（细则第二章·7）。"),
    _("天"),
    least=1,
    most=180,
)
DIRECTOR = Setting(
    "leaving.director",
    False,  # noqa: FBT003 - a switch's default
    _("由市场总监签字"),
    _("关着时由市场主管签字；签字人自己离职时，由上一级签字。"),
)
TABLE = (DAYS, DIRECTOR)


def rules() -> settings.Read:
    """The rules as they stand now."""
    return settings.read(TABLE)
