"""The fourteen posts. An account holds one, so nobody is two of the three administrators."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _


class Role(StrEnum):
    """A post and its code; `label` is what the interface calls it."""

    EXECUTIVE_DIRECTOR = "executive_director"
    GENERAL_MANAGER = "general_manager"
    GM_ASSISTANT = "gm_assistant"
    MARKET_DIRECTOR = "market_director"
    MARKET_SUPERVISOR = "market_supervisor"
    SALESPERSON = "salesperson"
    MANAGER_ASSISTANT = "manager_assistant"
    SERVICE_SPECIALIST = "service_specialist"
    PLANNER = "planner"
    FINANCE = "finance"
    ADMINISTRATION = "administration"
    STAFF = "staff"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"

    @property
    def label(self) -> str:
        """The post's name in the reader's language."""
        return str(TITLES[self])


TITLES = {
    Role.EXECUTIVE_DIRECTOR: _("执行董事"),
    Role.GENERAL_MANAGER: _("总经理"),
    Role.GM_ASSISTANT: _("总经理助理"),
    Role.MARKET_DIRECTOR: _("市场总监"),
    Role.MARKET_SUPERVISOR: _("市场主管"),
    Role.SALESPERSON: _("市场业务员"),
    Role.MANAGER_ASSISTANT: _("市场部经理助理"),
    Role.SERVICE_SPECIALIST: _("客户服务专员"),
    Role.PLANNER: _("调研企划专员"),
    Role.FINANCE: _("财务"),
    Role.ADMINISTRATION: _("行政人事"),
    Role.STAFF: _("员工"),
    Role.SYSTEM_ADMIN: _("系统管理员"),
    Role.SECURITY_ADMIN: _("安全管理员"),
}

SEPARATED = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.MARKET_SUPERVISOR})
"""Three administrators who must be three people: an employee number has one account."""
