"""Panels of the first page: each asks for one person whether it has something to say to them.

create_app hands in which panels there are, and in which order; an area adds one with one function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import LAW
from crm.accounts import sessions
from crm.accounts.people import Person
from crm.accounts.roles import SEPARATED, Role
from crm.backups import runs
from crm.customers.pool import looking, mine
from crm.customers.pool.rules import rules
from crm.db import db
from crm.home.me import session_row
from crm.home.notices import told
from crm.home.sentences import SENTENCES
from crm.web.counting import told as told_number
from crm.web.filters import day, moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from uuid import UUID

    from crm.accounts.people import Viewer

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a panel: what, where it leads, what stands at its end, whether that is late."""

    text: str
    url: str = ""
    end: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A titled list on the first page; `note` and `url` stand in its head."""

    title: str
    rows: list[Row]
    note: str = ""
    url: str = ""
    link: str = ""


def shown(viewer: Viewer) -> list[Panel]:
    """The panels that have something to say to this person, in their order."""
    asked: tuple[Callable[[Viewer], Panel | None], ...] = current_app.extensions["kedang.panels"]
    return [panel for ask in asked if (panel := ask(viewer))]


def unseen(viewer: Viewer) -> Panel | None:
    """Notices not seen yet."""
    if not viewer.unseen:
        return None
    rows = [
        Row(one["sentence"], one["url"], moment(one["at"]))
        for one in told(viewer, SHOWN)
        if not one["seen"]
    ]
    count = _("%(n)s 条未读", n=viewer.unseen)
    return Panel(_("通知"), rows, count, "/notices", _("全部"))


def pool(viewer: Viewer) -> Panel | None:
    """Own cards that fall soon; what stands in the pool, for who may take it or give it."""
    if law.scope(viewer, Permission.CUSTOMER_POOL) is None:
        return None
    now = rules()
    if not now.on:
        return None
    falling = mine.falling(viewer, now, SHOWN)
    rows = [_falls(*one) for one in falling]
    if law.scope(viewer, Permission.CUSTOMER_CLAIM) or law.scope(
        viewer, Permission.CUSTOMER_POOL_RUN
    ):
        many = told_number(looking.how_many())
        rows.append(Row(_("公海里有 %(n)s 家客户", n=many), "/customers/pool"))
    if not rows:
        return None
    note = _("写一笔跟进就能留住") if falling else ""
    return Panel(_("将回公海") if falling else _("公海"), rows, note)


def _falls(customer_id: UUID, name: str, on: date) -> Row:
    left = (on - clock.today()).days
    end = _("%(n)s 天后", n=left) if left > 0 else _("今晚")
    return Row(name, f"/customers/{customer_id}", end, late=True)


def accounts(viewer: Viewer) -> Panel | None:
    """How the accounts stand, for who looks after them."""
    if law.scope(viewer, Permission.PEOPLE_MANAGE) is None:
        return None
    now, active = clock.now(), Person.disabled_at.is_(None)
    counts = db.session.execute(
        select(
            func.count().filter(active),
            func.count().filter(active, Person.must_change),
            func.count().filter(active, Person.locked_until > now),
            func.count().filter(Person.disabled_at.is_not(None)),
        ).select_from(Person)
    ).one()
    words = (_("在用的账号"), _("还没改初始密码"), _("锁定中"), _("已停用"))
    rows = [
        Row(word, "/admin/people", str(count), late=bool(count) and at in {1, 2})
        for at, (word, count) in enumerate(zip(words, counts, strict=True))
    ]
    return Panel(_("账号"), rows, "", "/admin/people", _("人员"))


def backups(viewer: Viewer) -> Panel | None:
    """When the archive was last backed up, and when a backup was last tried, for who does it."""
    if law.scope(viewer, Permission.BACKUP_MANAGE) is None:
        return None
    words = ((runs.BACKUP, _("上次备份")), (runs.DRILL, _("上次演练")))
    rows = [_done(kind, word) for kind, word in words]
    return Panel(_("备份"), rows, "", "/admin/backups", _("备份和恢复演练"))


def _done(kind: str, word: str) -> Row:
    last = runs.last_done(kind)
    end = day(last.made_at) if last else _("还没有")
    return Row(word, "/admin/backups", end, late=runs.is_late(kind))


def watchers(viewer: Viewer) -> Panel | None:
    """Who holds the three posts that must be three people, for who watches the law."""
    if viewer.role is not Role.SECURITY_ADMIN:
        return None
    held = select(Person.name, Person.role).where(
        Person.disabled_at.is_(None), Person.role.in_([role.value for role in SEPARATED])
    )
    by_post: dict[str, list[str]] = {}
    for name, role in db.session.execute(held.order_by(Person.login)):
        by_post.setdefault(role, []).append(name)
    rows = [
        Row(role.label, "", _("、").join(by_post.get(role.value, [])) or _("空缺"))
        for role in sorted(SEPARATED)
    ]
    return Panel(_("三个相互独立的岗位"), rows, _("必须是三个人"))


def rights(viewer: Viewer) -> Panel | None:
    """What this post may do, where its menu is short."""
    if law.scope(viewer, Permission.CUSTOMER_LIST) is not None:
        return None
    mine_ = [right for right in LAW if viewer.role in right.roles]
    rows = [Row(str(SENTENCES[right.permission]), "", right.scope.label) for right in mine_]
    return Panel(_("我能做什么"), rows, "", "/me", _("为什么"))


def signed_in(viewer: Viewer) -> Panel | None:
    """Where this account is signed in, where nothing else fills the page."""
    if law.scope(viewer, Permission.CUSTOMER_LIST) is not None:
        return None
    rows = [
        Row(str(session_row(one)["device"]), "", day(one.started_at))
        for one in sessions.open_ones(viewer.id)[:SHOWN]
    ]
    return Panel(_("我的登录"), rows, _("有不认得的？结束它"), "/me", _("查看和结束登录"))
