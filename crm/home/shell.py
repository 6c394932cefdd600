"""The shell around every page: menus from the law, so that nobody sees one that is not theirs."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app, g, request
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from crm import clock
from crm.access import law
from crm.access.permissions import Permission as P
from crm.config import ROOT
from crm.customers.contributing import records
from crm.db import uuid7
from crm.web import words

if TYPE_CHECKING:
    from flask import Flask
    from markupsafe import Markup

    from crm.accounts.roles import Role


class Item(NamedTuple):
    """One entry of a menu."""

    url: str
    label: LazyString | str
    icon: str
    permission: P
    group: LazyString | str = ""
    thumb: bool = False
    """Whether it stands in the phone's bottom row."""
    active: bool = False
    waiting: int | None = None


MENU = (
    Item("/", _("工作台"), "home", P.SIGNED_IN, thumb=True),
    Item("/customers", _("客户"), "users", P.CUSTOMER_LIST, thumb=True),
    Item("/today", _("今日联系"), "phone", P.CUSTOMER_DIAL, thumb=True),
    Item("/customers/new", _("新建客户"), "plus", P.CUSTOMER_CREATE, group="-", thumb=True),
    Item("/contributions/waiting", _("待我处理"), "check", P.CONTRIBUTION_DECIDE),
    Item("/contributions", _("补充信息"), "edit", P.CONTRIBUTION_WRITE, thumb=True),
    Item("/approvals", _("授权审批"), "scale", P.GRANT_CONFIRM, thumb=True),
    Item("/work/complaints", _("投诉"), "chat", P.COMPLAINT_HANDLE, thumb=True),
    Item("/grants", _("我的授权"), "key", P.GRANT_ASK),
    Item("/customers/stale", _("档案质量"), "check", P.CUSTOMER_EDIT, group=_("档案管理")),
    Item("/customers/duplicates", _("查重"), "search", P.CUSTOMER_MERGE, group=_("档案管理")),
    Item("/customers/handover", _("移交"), "users", P.CUSTOMER_ASSIGN, group=_("档案管理")),
    Item("/intake-links", _("自填链接"), "qr", P.INTAKE_LINK, group=_("档案管理")),
    Item("/customers/bin", _("回收站"), "trash", P.CUSTOMER_BIN, group=_("档案管理")),
    Item("/customers/subject", _("个人信息请求"), "id", P.CUSTOMER_ERASE, group=_("档案管理")),
    Item("/work/leaving", _("离职交接"), "out", P.LEAVING_RUN, group=_("监督")),
    Item("/audit", _("查阅审计"), "eye", P.LOG_READ, group=_("监督"), thumb=True),
    Item("/admin/policy", _("权限规则"), "scale", P.LAW_READ, group=_("监督")),
    Item("/admin/settings", _("公司设置"), "settings", P.HOUSE_SETTINGS, group=_("管理")),
    Item("/admin/people", _("人员"), "id", P.PEOPLE_MANAGE, group=_("管理"), thumb=True),
    Item("/admin/second-factor", _("重置第二重验证"), "key", P.FACTOR_RECOVER, group=_("管理")),
    Item("/admin/backups", _("备份"), "shield", P.BACKUP_MANAGE, group=_("管理"), thumb=True),
    Item("/admin/address", _("手机访问"), "qr", P.PEOPLE_MANAGE, group=_("管理")),
    Item("/me", _("我"), "me", P.SIGNED_IN, group="-", thumb=True),
)
"""Every menu entry with the permission its page asks for; group "-": in the phone's row only."""


THUMBS = 5
WAITING = "/contributions/waiting"
"""The entry that says how many contributions wait for this person."""
BELONGS = {
    "customers.contribution": WAITING,
    "customers.merge": "/customers/duplicates",
    "customers.merged": "/customers/duplicates",
    "customers.erase": "/customers/subject",
}
"""Pages whose address does not begin with that of the entry they belong to."""
COUNTED_ON = frozenset({"/", WAITING})
"""Where it says so: every other page would pay a statement for it."""


def theirs(role: Role, here: str = "", waiting: int | None = None) -> list[Item]:
    """The entries whose pages this post may ask for; one of them is where they are."""
    return [
        item._replace(active=item.url == here, waiting=waiting if item.url == WAITING else None)
        for item in _worded()
        if law.right(role, item.permission)
    ]


@words.once
def _worded() -> list[Item]:
    return [item._replace(label=str(item.label), group=str(item.group)) for item in MENU]


class Shell(NamedTuple):
    """What stands around a page: its two menus, drawn."""

    side: Markup
    thumbs: Markup
    finds: bool
    """Whether they look for customers."""
    waiting: int | None
    """How many contributions wait for this person, where that is said."""


def around() -> Shell:
    """Made once, when a whole page asks for it: a fragment has nothing around it."""
    made: Shell | None = g.get("shell")
    if made is None:
        here = _longest_match()
        waiting = records.count_waiting(g.viewer) if here in COUNTED_ON else None
        made = g.shell = _drawn(words.language(), g.viewer.role, here, waiting)
    return made


@lru_cache(maxsize=2000)
def _drawn(_spoken: str, role: Role, here: str, waiting: int | None) -> Shell:
    """A menu depends on the language, the post, the place and one number: drawn once for each."""
    items = theirs(role, here, waiting)
    drawing: Any = current_app.jinja_env.get_template("ui/around.html").module
    finds = law.right(role, P.CUSTOMER_LIST) is not None
    shows = any(item.waiting for item in items)
    return Shell(
        drawing.side(menu(items)), drawing.thumbs(tabs(items)), finds, waiting if shows else None
    )


def menu(items: list[Item]) -> list[tuple[str, list[Item]]]:
    """The side menu, grouped."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        if item.group != "-":
            groups.setdefault(str(item.group), []).append(item)
    return list(groups.items())


def tabs(items: list[Item]) -> list[Item]:
    """At most five entries for the thumb; who has the archive contributes from a card."""
    thumbs = [item for item in items if item.thumb]
    crowded = len(thumbs) > THUMBS
    return [item for item in thumbs if not (crowded and item.url == "/contributions")][:THUMBS]


def _longest_match() -> str:
    if request.endpoint in BELONGS:
        return BELONGS[request.endpoint]
    path = request.path
    fits = [
        item.url for item in MENU if path == item.url or path.startswith(item.url.rstrip("/") + "/")
    ]
    return max(fits, key=len, default="")


def stamp() -> str:
    """When a page was made, for its watermark: month, day and time on the office's clock."""
    return f"{clock.local(clock.now()):%m-%d %H:%M}"


@cache
def asset(name: str) -> str:
    """A static file's address, with its content's print, so that a new release is never stale."""
    content = (ROOT / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"


def install(app: Flask) -> None:
    """Give every template the shell's values."""

    @app.context_processor
    def shell() -> dict[str, Any]:
        return {
            "viewer": g.get("viewer"),
            "locale": words.language(),
            "demo": current_app.extensions.get("kedang.demo", False),
        }

    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["shell"] = around
    app.jinja_env.globals["once"] = uuid7
    app.jinja_env.globals["stamp"] = stamp
