"""The law, as one literal table: which post may do what, to whose customers, by which clause.

Clauses are cited as regulation 5 (市场管理细则) divides itself. A company words the
lines of `CLAUSES` in its settings; the short ones here are ours, not the regulation's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from crm.access.permissions import Permission as P
from crm.accounts.roles import Role as R


class Scope(IntEnum):
    """Whose records a right reaches; a wider scope includes the narrower ones."""

    OWN = 1
    TEAM = 2
    ALL = 3

    @property
    def label(self) -> str:
        """The scope as people read it."""
        return str({1: _("本人负责和协作的"), 2: _("本团队的"), 3: _("全部")}[int(self)])


@dataclass(frozen=True, slots=True)
class Right:
    """One line of the law."""

    permission: P
    roles: frozenset[R]
    scope: Scope
    clause: str
    note: LazyString | str = ""

    @property
    def cited(self) -> str:
        """The clause as people read it; a company's own is told in its own words."""
        if not self.clause.startswith(ARCHIVE):
            return gettext("细则第二章·7") if self.clause == LEAVING else self.clause
        return gettext("细则第二章·客户档案管理%(items)s", items=self.clause.removeprefix(ARCHIVE))


ARCHIVE = "细则第二章·客户档案管理"
SETTING = _("本公司收紧设置")
POOL = _("行业惯例，本公司设置")
EVERYONE = frozenset(R)
EXECUTIVES = frozenset({R.EXECUTIVE_DIRECTOR, R.GENERAL_MANAGER, R.GM_ASSISTANT, R.MARKET_DIRECTOR})
SALES = frozenset({R.SALESPERSON})
SERVICE = frozenset({R.SERVICE_SPECIALIST})
SUPERVISOR = frozenset({R.MARKET_SUPERVISOR})
ADMINISTRATORS = frozenset({R.SYSTEM_ADMIN, R.SECURITY_ADMIN})
DECIDERS = frozenset({R.GENERAL_MANAGER, R.EXECUTIVE_DIRECTOR})
CONFIRMERS = DECIDERS | {R.GM_ASSISTANT}
LEAVING = "细则第二章·7"
SIGNERS = SUPERVISOR | DECIDERS | {R.MARKET_DIRECTOR}
CHECKERS = frozenset({R.FINANCE, R.MANAGER_ASSISTANT, R.ADMINISTRATION})
"""Posts beside the signers that tick off a part of a leaver's checklist."""

LAW: tuple[Right, ...] = (
    # The four executive posts: all customers, with a purpose.
    Right(P.CUSTOMER_LIST, EXECUTIVES, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_OPEN, EXECUTIVES, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_REVEAL, EXECUTIVES, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_SEEN_BY, EXECUTIVES, Scope.ALL, f"{ARCHIVE}(3)"),
    Right(P.CUSTOMER_HISTORY, EXECUTIVES, Scope.ALL, f"{ARCHIVE}(8)"),
    Right(P.CUSTOMER_DIAL, EXECUTIVES, Scope.OWN, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_FOLLOW_UP, EXECUTIVES, Scope.OWN, f"{ARCHIVE}(2)"),
    Right(P.CUSTOMER_EDIT, EXECUTIVES, Scope.OWN, f"{ARCHIVE}(8)"),
    # The salesperson: the regulation sets no narrower limit than the post; the company does.
    Right(P.CUSTOMER_LIST, SALES, Scope.OWN, f"{ARCHIVE}(4)", SETTING),
    Right(P.CUSTOMER_OPEN, SALES, Scope.OWN, f"{ARCHIVE}(4)", SETTING),
    Right(P.CUSTOMER_REVEAL, SALES, Scope.OWN, f"{ARCHIVE}(4)", SETTING),
    Right(P.CUSTOMER_DIAL, SALES, Scope.OWN, f"{ARCHIVE}(4)", SETTING),
    Right(P.CUSTOMER_EDIT, SALES, Scope.OWN, f"{ARCHIVE}(7)", SETTING),
    Right(P.CUSTOMER_HISTORY, SALES, Scope.OWN, f"{ARCHIVE}(8)", SETTING),
    Right(P.CUSTOMER_SEEN_BY, SALES, Scope.OWN, f"{ARCHIVE}(3)", SETTING),
    Right(P.CUSTOMER_FOLLOW_UP, SALES, Scope.OWN, f"{ARCHIVE}(8)", SETTING),
    Right(P.CUSTOMER_CREATE, SALES, Scope.OWN, f"{ARCHIVE}(2)"),
    Right(P.CUSTOMER_IMPORT, SALES, Scope.OWN, f"{ARCHIVE}(7)"),
    Right(P.CUSTOMER_BIN, SALES, Scope.OWN, f"{ARCHIVE}(8)", _("只限本人负责的")),
    # The supervisor organises without reading: opening needs 总经理's standing grant (6).
    Right(P.CUSTOMER_LIST, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_CREATE, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_EDIT, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(8)", _("只能替换，不能读出原值")),
    Right(P.CUSTOMER_ASSIGN, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_MERGE, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)", _("只比较异同，不打开")),
    Right(P.CUSTOMER_IMPORT, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(7)"),
    Right(P.CUSTOMER_FIELDS, SUPERVISOR | {R.MARKET_DIRECTOR}, Scope.ALL, f"{ARCHIVE}(1)"),
    Right(P.CUSTOMER_HISTORY, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(8)"),
    Right(P.CUSTOMER_SEEN_BY, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_BIN, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_SHRED, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.CUSTOMER_ERASE, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)", _("只列项目，不读出内容")),
    Right(P.LOG_READ, SUPERVISOR | {R.EXECUTIVE_DIRECTOR}, Scope.ALL, f"{ARCHIVE}(5)"),
    Right(P.LOG_EXPORT, SUPERVISOR | {R.EXECUTIVE_DIRECTOR}, Scope.ALL, f"{ARCHIVE}(5)"),
    # Everybody collects; who is responsible decides, the supervisor for all and for the unknown.
    Right(P.CONTRIBUTION_WRITE, EVERYONE, Scope.ALL, f"{ARCHIVE}(2)", _("只写不读")),
    Right(P.CONTRIBUTION_DECIDE, EXECUTIVES | SALES, Scope.OWN, f"{ARCHIVE}(7)"),
    Right(P.CONTRIBUTION_DECIDE, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)"),
    Right(P.INTAKE_LINK, EXECUTIVES | SALES, Scope.OWN, f"{ARCHIVE}(7)"),
    Right(P.INTAKE_LINK, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(7)"),
    # Whoever is none of the five posts asks 总经理, for the work and the customers concerned alone.
    Right(P.GRANT_ASK, EVERYONE - ADMINISTRATORS, Scope.ALL, f"{ARCHIVE}(6)"),
    Right(P.GRANT_DECIDE, DECIDERS, Scope.ALL, f"{ARCHIVE}(6)"),
    Right(P.GRANT_CONFIRM, CONFIRMERS, Scope.ALL, f"{ARCHIVE}(3)", SETTING),
    Right(P.GRANT_DELEGATE, frozenset({R.GENERAL_MANAGER}), Scope.ALL, f"{ARCHIVE}(6)", SETTING),
    # Leaving: notice in writing, accounts settled, work handed over, the supervisor signs.
    Right(P.LEAVING_GIVE, EVERYONE, Scope.ALL, LEAVING),
    Right(P.LEAVING_ENTER, DECIDERS | SUPERVISOR | {R.ADMINISTRATION}, Scope.ALL, LEAVING),
    Right(P.LEAVING_RUN, SIGNERS | CHECKERS, Scope.ALL, LEAVING),
    Right(P.LEAVING_SIGN, SIGNERS, Scope.ALL, LEAVING),
    Right(P.COMPLAINT_HANDLE, SERVICE, Scope.OWN, "", _("客户服务专员的本职")),
    # The public pool is the trade's habit, no regulation's; purchases: regulation 1, part three.
    Right(P.CUSTOMER_POOL, EXECUTIVES | SALES | SUPERVISOR, Scope.ALL, "", POOL),
    Right(P.CUSTOMER_CLAIM, SALES, Scope.ALL, "", POOL),
    Right(P.CUSTOMER_RELEASE, EXECUTIVES | SALES, Scope.OWN, "", POOL),
    Right(P.CUSTOMER_POOL_RUN, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)", POOL),
    Right(P.CUSTOMER_PURCHASE, EXECUTIVES | SALES, Scope.OWN, f"{ARCHIVE}(8)", SETTING),
    Right(P.HOUSE_SETTINGS, SUPERVISOR, Scope.ALL, f"{ARCHIVE}(4)", SETTING),
    # The administrators: accounts here, the law there, the archive nowhere.
    Right(P.BACKUP_MANAGE, frozenset({R.SYSTEM_ADMIN}), Scope.ALL, "", SETTING),
    Right(P.PEOPLE_MANAGE, frozenset({R.SYSTEM_ADMIN}), Scope.ALL, "", SETTING),
    # Who lost the second factor: one proposes, another approves (accounts.factors.resetting).
    Right(
        P.FACTOR_RECOVER,
        frozenset({R.SYSTEM_ADMIN, R.SECURITY_ADMIN}) | EXECUTIVES,
        Scope.ALL,
        "",
        SETTING,
    ),
    Right(P.LAW_APPROVE, DECIDERS, Scope.ALL, f"{ARCHIVE}(6)", SETTING),
    Right(P.LAW_PROPOSE, frozenset({R.SECURITY_ADMIN}), Scope.ALL, "", SETTING),
    Right(
        P.LAW_READ,
        frozenset({R.SECURITY_ADMIN, R.MARKET_SUPERVISOR}) | EXECUTIVES,
        Scope.ALL,
        f"{ARCHIVE}(4)(6)",
    ),
    Right(P.SIGNED_IN, EVERYONE, Scope.ALL, ""),
)

BY_GRANT = frozenset({P.CUSTOMER_COPY, P.CUSTOMER_PRINT, P.CUSTOMER_EXPORT})
"""What no post has of itself: to copy, print and carry out is granted, one by one ((3), (6))."""

CLOSED_IN_HANDOVER = BY_GRANT | {P.CUSTOMER_CLAIM, P.LOG_EXPORT}
"""What nobody has while they are leaving: whatever carries out, and taking new cards."""
LISTED_IN_HANDOVER = frozenset({P.CUSTOMER_OPEN, P.CUSTOMER_REVEAL, P.CUSTOMER_DIAL})
"""What is left to them for their own cards alone, as long as these are not handed over."""
KEPT_IN_HANDOVER = frozenset({P.CUSTOMER_LIST, P.CUSTOMER_OPEN, P.CUSTOMER_DIAL})
"""By these no secret is read; whatever asks for none of them opens no secret to who is leaving."""

CLAUSES = {
    P.LEAVING_GIVE: _("细则第二章·7：提前一个月书面提出，账务结清、工作交接、主管签字后方可离开。"),
    P.GRANT_ASK: _("细则第二章·客户档案管理(6)：因工作需要查阅有关客户，须经总经理批准。"),
    P.CUSTOMER_OPEN: _("细则第二章·客户档案管理(3)：档案未经授权，不查、不印、不带出。"),
    P.CUSTOMER_REVEAL: _("细则第二章·客户档案管理(3)：档案未经授权，不查、不印、不带出。"),
    P.CUSTOMER_EXPORT: _("细则第二章·客户档案管理(3)：档案未经授权，不查、不印、不带出。"),
}
"""The line shown at a gate: clause and a short wording of ours; each company puts in its own, and
crm.access.clauses says which of the two is shown."""

LEAVES = _("细则第二章·7：离职要提前一个月书面提出，结清账务、交接工作、主管签字。")
"""The line shown where somebody leaves."""

QUOTAS = dict.fromkeys(EXECUTIVES, 200) | {R.SALESPERSON: 80}
"""Distinct customers a day whose values a post may open; other posts: none of their own right."""
QUOTA_BY_GRANT = 40
"""The same for a post that has none, while it holds a grant."""

OPEN_FOR = timedelta(minutes=15)
"""How long an opened work card stays open."""

REVEALED_FOR = timedelta(seconds=60)
"""How long a revealed value stays on the screen."""

KEEP_PURPOSE = EXECUTIVES
"""Posts that may keep 经营管理 as their purpose for a session."""
