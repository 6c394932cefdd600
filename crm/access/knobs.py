"""Knobs: the few things of the law that a company may set, as one literal table with limits.

A knob says how far a line of the law reaches, never whose it is: it moves lines that a post has
already. So no knob gives the archive to a post outside the five, anything to an administrator, or
copying, printing and carrying out to anybody. A larger value is a wider one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from crm.access.permissions import Permission
from crm.access.policy import (
    ADMINISTRATORS,
    ARCHIVE,
    EVERYONE,
    EXECUTIVES,
    LAW,
    QUOTA_BY_GRANT,
    QUOTAS,
    SALES,
    Right,
    Scope,
)
from crm.accounts.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIGHTER, LOOSER = _("本公司收紧设置"), _("本公司放宽设置")
LOOKING = frozenset(
    {
        Permission.CUSTOMER_LIST,
        Permission.CUSTOMER_OPEN,
        Permission.CUSTOMER_REVEAL,
        Permission.CUSTOMER_HISTORY,
        Permission.CUSTOMER_SEEN_BY,
    }
)
WRITING = frozenset({Permission.CUSTOMER_EDIT, Permission.CUSTOMER_FOLLOW_UP})
DIALLING = frozenset({Permission.CUSTOMER_DIAL})
SCOPES = tuple(Scope)
WHOSE = {
    Scope.OWN: _("本人负责和协作的客户"),
    Scope.TEAM: _("本团队的客户"),
    Scope.ALL: _("全部客户"),
}
ASKERS = EVERYONE - ADMINISTRATORS - frozenset(QUOTAS)
"""Posts without a quota of their own that may be granted something."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One thing that may be set: for whom, to what, and how it is said."""

    code: str
    title: LazyString
    sentence: LazyString
    """What holds with a value, in plain words; %(value)s stands for it."""
    meaning: LazyString
    roles: frozenset[Role]
    values: Sequence[int]
    shipped: int
    clause: str
    permissions: frozenset[Permission] = frozenset()
    """The lines it moves; none: it is a number of customers a day."""

    @property
    def counts(self) -> bool:
        """Whether it is a number, not whose customers."""
        return not self.permissions

    @property
    def least(self) -> int:
        """The narrowest value."""
        return min(self.values)

    @property
    def most(self) -> int:
        """The widest value: of whose customers, as far as the regulation itself goes."""
        return max(self.values)

    @property
    def cited(self) -> str:
        """The clause as people read it."""
        items = self.clause.removeprefix(ARCHIVE)
        return gettext("细则第二章·客户档案管理%(items)s", items=items)

    def value(self, value: int) -> str:
        """全部客户, 80 家客户: a value as people read it."""
        return gettext("%(n)s 家客户", n=value) if self.counts else str(WHOSE[Scope(value)])

    def says(self, value: int) -> str:
        """What holds with this value, in plain words."""
        return str(self.sentence) % {"value": self.value(value)}

    def remark(self, value: int) -> LazyString | str:
        """Whether this is the company's loosening (wider than shipped) or its tightening.

        Tightening is what is narrower than the regulation, which names posts and no narrower
        limit – or, of a number, on which it is silent, narrower than shipped.
        """
        if value > self.shipped:
            return LOOSER
        free = self.shipped if self.counts else self.most
        return TIGHTER if value < free else ""


KNOBS: dict[str, Knob] = {
    knob.code: knob
    for knob in (
        Knob(
            "sales.reach",
            _("业务员能看哪些客户"),
            _("业务员可查看、拨打、修改、跟进%(value)s"),
            _("列表、打开工作卡、查看商密、拨打、修改、跟进、变更历史和查阅记录一起变。"),
            SALES, SCOPES, Scope.OWN, f"{ARCHIVE}(4)",
            LOOKING | WRITING | DIALLING,
        ),
        Knob(
            "assistant.reach",
            _("总经理助理能看哪些客户"),
            _("总经理助理可查看%(value)s"),
            _("列表、打开工作卡、查看商密、变更历史和查阅记录一起变。"),
            frozenset({Role.GM_ASSISTANT}), SCOPES, Scope.ALL, f"{ARCHIVE}(4)", LOOKING,
        ),
        Knob(
            "director.reach",
            _("市场总监能看哪些客户"),
            _("市场总监可查看%(value)s"),
            _("列表、打开工作卡、查看商密、变更历史和查阅记录一起变。"),
            frozenset({Role.MARKET_DIRECTOR}), SCOPES, Scope.ALL, f"{ARCHIVE}(4)", LOOKING,
        ),
        Knob(
            "executives.dial",
            _("四个管理岗位能拨打哪些客户"),
            _("执行董事、总经理、总经理助理、市场总监可拨打、导航到%(value)s"),
            _("拨打不计入每日额度，但计入追查。"),
            EXECUTIVES, (Scope.OWN, Scope.ALL), Scope.OWN, f"{ARCHIVE}(4)", DIALLING,
        ),
        Knob(
            "executives.write",
            _("四个管理岗位能修改、跟进哪些客户"),
            _("执行董事、总经理、总经理助理、市场总监可修改、跟进%(value)s"),
            _("修改客户档案、写跟进一起变。"),
            EXECUTIVES, (Scope.OWN, Scope.ALL), Scope.OWN, f"{ARCHIVE}(8)", WRITING,
        ),
        Knob(
            "sales.quota",
            _("业务员每日额度"),
            _("业务员每天最多查看 %(value)s"),
            _("一天内打开或查看过的不同客户数。"),
            SALES, range(1, 501), QUOTAS[Role.SALESPERSON], f"{ARCHIVE}(3)",
        ),
        Knob(
            "executives.quota",
            _("四个管理岗位每日额度"),
            _("执行董事、总经理、总经理助理、市场总监每天最多查看 %(value)s"),
            _("一天内打开或查看过的不同客户数。"),
            EXECUTIVES, range(1, 1001), QUOTAS[Role.GENERAL_MANAGER], f"{ARCHIVE}(3)",
        ),
        Knob(
            "grant.quota",
            _("凭授权单的每日额度"),
            _("没有额度的岗位凭授权单每天最多查看 %(value)s"),
            _("授权单本身的次数和期限照旧。"),
            ASKERS, range(1, 201), QUOTA_BY_GRANT, f"{ARCHIVE}(6)",
        ),
    )
}  # fmt: skip
"""Everything that may be changed, in the order in which it is shown."""

WITHIN = (LOOKING | WRITING | DIALLING) - {Permission.CUSTOMER_LIST}
"""What reaches no farther than the list of customers does."""


class Law(NamedTuple):
    """The law as it stands at one moment: the shipped table, moved by the company's knobs."""

    values: Mapping[str, int]
    rights: Mapping[tuple[Role, Permission], Right]
    quotas: Mapping[Role, int]
    by_grant: int


def settled(kept: Mapping[str, int]) -> dict[str, int]:
    """Every knob's value: what was kept where it is within the limits, else as shipped."""
    return {
        code: int(kept[code]) if kept.get(code) in knob.values else int(knob.shipped)
        for code, knob in KNOBS.items()
    }


def law_of(kept: Mapping[str, int]) -> Law:
    """The law with these values."""
    values = settled(kept)
    rights = {(role, line.permission): line for line in LAW for role in line.roles}
    quotas = dict(QUOTAS)
    for code, knob in KNOBS.items():
        for role in knob.roles & frozenset(QUOTAS) if knob.counts else knob.roles:
            if knob.counts:
                quotas[role] = values[code]
            for permission in knob.permissions:
                rights[role, permission] = _moved(rights[role, permission], knob, values[code])
    _keep_within(rights)
    return Law(values, rights, quotas, values["grant.quota"])


def _moved(line: Right, knob: Knob, value: int) -> Right:
    """The line with another scope; where it is the shipped one, it stays as it is."""
    if value == knob.shipped:
        return line
    return replace(line, scope=Scope(value), note=knob.remark(value))


def _keep_within(rights: dict[tuple[Role, Permission], Right]) -> None:
    for (role, permission), line in rights.items():
        if permission in WITHIN:
            farthest = rights[role, Permission.CUSTOMER_LIST].scope
            rights[role, permission] = replace(line, scope=min(line.scope, farthest))


SHIPPED = law_of({})
"""The law without any change."""
