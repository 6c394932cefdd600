"""The demonstration's sign-ins, shown at the door of a demonstration company and nowhere else."""

from __future__ import annotations

from flask import current_app

from crm.accounts.roles import Role

DEMO_PASSWORD = "kedang-demo-2026"  # noqa: S105 - of invented people in an invented company
CAST = (
    ("chenyuan", "陈远", Role.EXECUTIVE_DIRECTOR, "E001", None),
    ("zhouming", "周明", Role.GENERAL_MANAGER, "E002", None),
    ("liuying", "刘颖", Role.GM_ASSISTANT, "E003", None),
    ("linjing", "林静", Role.MARKET_SUPERVISOR, "M002", None),
    ("gaoshan", "高珊", Role.MARKET_DIRECTOR, "M001", None),
    ("zhangwei", "张伟", Role.SALESPERSON, "M101", "一组"),
    ("lina", "李娜", Role.SALESPERSON, "M102", "一组"),
    ("wangfang", "王芳", Role.SALESPERSON, "M103", "二组"),
    ("hejie", "何洁", Role.MANAGER_ASSISTANT, "M003", None),
    ("sunke", "孙可", Role.SERVICE_SPECIALIST, "M004", None),
    ("qianyu", "钱雨", Role.PLANNER, "M005", None),
    ("wuqian", "吴倩", Role.FINANCE, "F001", None),
    ("zhengli", "郑丽", Role.ADMINISTRATION, "A001", None),
    ("majun", "马骏", Role.STAFF, "A002", None),
    ("xitong", "席同", Role.SYSTEM_ADMIN, "S001", None),
    ("anquan", "安泉", Role.SECURITY_ADMIN, "S002", None),
)
"""login, name, post, employee number, team."""


def demo_people() -> list[tuple[str, str, str]]:
    """Login, name and post of one person per post; empty in a real company."""
    if not current_app.extensions.get("kedang.demo"):
        return []
    first = {role: (login, name) for login, name, role, _number, _team in reversed(CAST)}
    return [(login, name, role.label) for role, (login, name) in first.items()]
