"""Clauses: the one line shown where something is asked or refused, in the company's own wording.

What a company has not worded is said in ours. The session's look-up says when the wording was last
changed, so that every process notices it at its next request and no page pays a statement for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import current_app, g, has_app_context
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy import String, column, select, table

from crm.access.permissions import Permission
from crm.access.policy import CLAUSES, LEAVES
from crm.db import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PREFIX = "clause."
"""Of the settings that hold the company's wording."""
LEAVING = "leaving"
LONGEST = 120
"""Characters of a line: it must fit below a button on a phone."""


class Gate(NamedTuple):
    """A place where the line is shown: its name, and how we word it."""

    title: LazyString
    ours: LazyString


GATES = {
    "open": Gate(_("打开工作卡、查阅客户"), CLAUSES[Permission.CUSTOMER_OPEN]),
    "reveal": Gate(_("逐项查看"), CLAUSES[Permission.CUSTOMER_REVEAL]),
    "ask": Gate(_("申请和审批授权"), CLAUSES[Permission.GRANT_ASK]),
    "carry": Gate(_("复制、打印、导出"), CLAUSES[Permission.CUSTOMER_EXPORT]),
    LEAVING: Gate(_("离职、冻结账号"), LEAVES),
}
"""Code → gate."""
AT = {
    Permission.CUSTOMER_REVEAL: "reveal",
    Permission.CUSTOMER_COPY: "carry",
    Permission.CUSTOMER_PRINT: "carry",
    Permission.CUSTOMER_EXPORT: "carry",
    Permission.GRANT_ASK: "ask",
    Permission.GRANT_CONFIRM: "ask",
    Permission.GRANT_DECIDE: "ask",
}
"""Permission → gate. Whatever else is about customers stands at the first."""
_WORDED = select(column("name", String), column("value", String)).select_from(
    table("house_settings")
).where(column("name").startswith(PREFIX))  # fmt: skip
"""The table is named, not imported: the house's settings stand above the law."""
_KEPT = "kedang.clauses"
_UNKNOWN = object()


def line(permission: Permission) -> str:
    """The line at this permission's gate; nothing where no clause stands behind it."""
    code = AT.get(permission) or ("open" if permission.value.startswith("customer:") else "")
    return at(code) if code else ""


def at(code: str) -> str:
    """The line at a gate: the company's wording, else ours."""
    return _worded().get(PREFIX + code) or str(GATES[code].ours)


def follow(changed_at: datetime | None) -> None:
    """Let the wording of this moment hold for the running request; None: nobody changed any."""
    g.worded = changed_at


def _worded() -> Mapping[str, str]:
    """The company's own lines, by setting; loaded once in a process after each change."""
    if not has_app_context():
        return {}
    since = g.get("worded", _UNKNOWN)
    if since is None:
        return {}
    known: datetime | None
    lines: Mapping[str, str]
    known, lines = current_app.extensions.get(_KEPT, (None, {}))
    if since is _UNKNOWN or since != known:
        lines = {row.name: row.value for row in run(_WORDED)}
        if since is not _UNKNOWN:
            current_app.extensions[_KEPT] = since, lines
    return lines
