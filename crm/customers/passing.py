"""Passing: the ways in which a card changes hands, and the reasons that are kept."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

REASONS = {
    "leaving": _("离职移交"),
    "region": _("区域调整"),
    "duties": _("分工调整"),
    "new": _("新客户分配"),
    "other": _("其他"),
}
"""Why cards are handed over, as the form offers it."""
RETURNED = {
    "no_need": _("暂无需求"),
    "unreachable": _("长期联系不上"),
    "elsewhere": _("不在我的区域或行业"),
    "busy": _("跟进不过来"),
    "closed": _("已停业"),
}
"""Why a card is put back. A choice and no words of one's own: they might tell what is sealed."""
WHY: dict[str, Any] = (
    REASONS
    | RETURNED
    | {
        "edit": _("在档案里改"),
        "merge": _("合并客户"),
        "unmerge": _("撤销合并"),
        "left": _("原负责人已不在岗"),
    }
)
"""Every reason that is kept."""
HOW = {
    "assign": _("分配"),
    "handover": _("移交"),
    "claim": _("认领"),
    "fall": _("到期回公海"),
    "return": _("退回公海"),
    "merge": _("合并"),
    "unmerge": _("撤销合并"),
}
"""How a card comes to the next person, or to nobody."""
BY_ITSELF = {"edit": "assign", "merge": "merge", "unmerge": "unmerge"}
"""Reasons that say how; every other one is a handover's."""
POOLED = frozenset({"fall", "return", "claim"})
"""Ways of which the pool is one end."""
