"""Acts and purposes: what a person does with a value, and what for. Both go into the log."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _

from crm.access.permissions import Permission


class Act(StrEnum):
    """One way a value reaches a person; each is its own right and its own entry."""

    LIST = "list"
    OPEN = "open"
    REVEAL = "reveal"
    DIAL = "dial"
    NAVIGATE = "navigate"
    EDIT = "edit"
    JUDGE = "judge"
    CONSIDER = "consider"
    HEAR = "hear"
    COPY = "copy"
    PRINT = "print"
    EXPORT = "export"

    @property
    def label(self) -> str:
        """The act as people read it."""
        return str(ACT_TITLES[self])


ACT_TITLES = {
    Act.LIST: _("浏览"),
    Act.OPEN: _("打开工作卡"),
    Act.REVEAL: _("查看"),
    Act.DIAL: _("拨打"),
    Act.NAVIGATE: _("导航"),
    Act.EDIT: _("编辑"),
    Act.JUDGE: _("阅读补充信息"),
    Act.CONSIDER: _("阅读授权申请"),
    Act.HEAR: _("阅读离职报告"),
    Act.COPY: _("复制"),
    Act.PRINT: _("打印"),
    Act.EXPORT: _("导出"),
}

ASKS = {
    Act.LIST: (Permission.CUSTOMER_LIST,),
    Act.OPEN: (Permission.CUSTOMER_OPEN,),
    Act.REVEAL: (Permission.CUSTOMER_REVEAL,),
    Act.DIAL: (Permission.CUSTOMER_DIAL,),
    Act.NAVIGATE: (Permission.CUSTOMER_DIAL,),
    Act.EDIT: (Permission.CUSTOMER_EDIT, Permission.CUSTOMER_REVEAL),
    Act.JUDGE: (Permission.CONTRIBUTION_DECIDE,),
    Act.CONSIDER: (Permission.GRANT_CONFIRM,),
    Act.HEAR: (Permission.LEAVING_SIGN,),
    Act.COPY: (Permission.CUSTOMER_COPY, Permission.CUSTOMER_REVEAL),
    Act.PRINT: (Permission.CUSTOMER_PRINT,),
    Act.EXPORT: (Permission.CUSTOMER_EXPORT,),
}
"""The permissions each act asks for. To copy, print and export is no post's: a grant gives it."""

COUNTED = frozenset({Act.OPEN, Act.REVEAL, Act.EDIT, Act.COPY, Act.PRINT})
"""Acts that use up the daily quota of distinct customers, and the openings of a grant; dialling
does not. An export counts its customers when it is made."""


class Purpose(StrEnum):
    """What a look is for; one tap."""

    FOLLOW_UP = "follow_up"
    VISIT = "visit"
    CONTRACT = "contract"
    COMPLAINT = "complaint"
    CARE = "care"
    HANDOVER = "handover"
    MANAGEMENT = "management"
    MAINTAIN = "maintain"
    AUDIT = "audit"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The purpose as people read it."""
        return str(PURPOSE_TITLES[self])


PURPOSE_TITLES = {
    Purpose.FOLLOW_UP: _("跟进"),
    Purpose.VISIT: _("拜访"),
    Purpose.CONTRACT: _("合同"),
    Purpose.COMPLAINT: _("投诉"),
    Purpose.CARE: _("关怀"),
    Purpose.HANDOVER: _("移交"),
    Purpose.MANAGEMENT: _("经营管理"),
    Purpose.MAINTAIN: _("档案维护"),
    Purpose.AUDIT: _("审计"),
    Purpose.OTHER: _("其他"),
}

NOTE_LIMIT = 200
"""Characters of the note that 其他 asks for."""
