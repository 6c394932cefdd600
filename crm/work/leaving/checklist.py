"""The checklist: what must be done before somebody leaves, and who says that it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy import delete, select

from crm import clock
from crm.accounts.people import Person, by_login
from crm.accounts.roles import Role
from crm.customers import handing
from crm.customers.handing import Wanted
from crm.db import db
from crm.errors import Denied, Invalid
from crm.notices import inbox
from crm.work.leaving import signing, telling
from crm.work.leaving.departures import State, Tick

if TYPE_CHECKING:
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.work.leaving.departures import Departure


@dataclass(frozen=True, slots=True)
class Item:
    """One line: its code, its words, and the post that ticks it."""

    code: str
    title: Any
    meaning: Any
    role: Role | None = None
    """None: whoever signs – or, for `own`, who leaves; `counted` is nobody's."""
    own: bool = False
    counted: bool = False
    named: bool = False
    """Whether the tick names who takes over."""


_ = lazy_gettext
ITEMS = (
    Item("accounts", _("账务结清"), _("借款、报销和应收款与公司结清"), Role.FINANCE),
    Item("originals", _("合同和原件归还"), _("合同、证件、样品、钥匙"), Role.MANAGER_ASSISTANT),
    Item("customers", _("客户全部移交"), _("跟进、阶段和下次联系随卡移交"), counted=True),
    Item("tasks", _("待办与跟进交代"), _("手上的事逐项交代给接手人"), named=True),
    Item("secrecy", _("保密义务确认"), _("离开后仍保守所知的客户秘密"), own=True),
)
BY_CODE = {item.code: item for item in ITEMS}


def cards_of(person_id: UUID) -> int:
    """How many cards are still this person's."""
    return handing.count(Wanted(from_id=person_id))


def may_tick(viewer: Viewer, item: Item, departure: Departure, leaver: Person) -> bool:
    """Whether this person ticks this item: nobody their own, except the one that is theirs."""
    if departure.state != State.OPEN.value or item.counted:
        return False
    if item.own and departure.frozen_at is None:
        return viewer.id == leaver.id
    if viewer.id == leaver.id or viewer.leaving:
        return False
    role = Role.ADMINISTRATION if item.own else item.role  # told on paper, once they are gone
    if role and role.value in signing.holders(leaver.id):
        return viewer.role is role
    return signing.may(viewer, leaver)


def tick(  # noqa: PLR0913 - the facts of one tick
    viewer: Viewer, departure: Departure, leaver: Person, code: str, *, done: bool, to: str = ""
) -> None:
    """Tick an item, or take the tick back. Raises Denied (logged) for another's, Invalid."""
    item = BY_CODE.get(code)
    if item is None:
        raise Invalid(gettext("清单里没有这一项。"))
    if departure.state != State.OPEN.value:
        raise Invalid(gettext("这份离职交接已经签字或结束。"))
    if not may_tick(viewer, item, departure, leaver):
        telling.refuse(departure, "leaving_ticked", code)
        raise Denied(gettext("“%(title)s”由别人来确认。", title=str(item.title)))
    receiver = _receiver(to, leaver) if item.named and done else None
    mine = (Tick.departure_id == departure.id, Tick.item == code)
    db.session.execute(delete(Tick).where(*mine))
    if done:
        db.session.add(
            Tick(
                departure_id=departure.id,
                item=code,
                by_id=viewer.id,
                at=clock.now(),
                to_id=receiver.id if receiver else None,
            )
        )
    telling.say(departure, "leaving_ticked", item=code, done=done)
    db.session.flush()
    tell_signers(departure, leaver)


def _receiver(login: str, leaver: Person) -> Person:
    found = by_login(login)
    if found is None or found.disabled_at or found.leaving_since or found.id == leaver.id:
        raise Invalid(gettext("请选择在职的接手人。"), "to")
    return found


def ticks(departure: Departure) -> dict[str, Tick]:
    """What has been ticked, by item."""
    wanted = select(Tick).where(Tick.departure_id == departure.id)
    return {one.item: one for one in db.session.scalars(wanted)}


def missing(departure: Departure) -> list[Item]:
    """What is still to be done."""
    done = ticks(departure)
    left = cards_of(departure.person_id)
    return [one for one in ITEMS if (left if one.counted else one.code not in done)]


def tell_signers(departure: Departure, leaver: Person) -> None:
    """Tell who signs once everything is done; the cards may go last, then the page says so."""
    if not missing(departure):
        for person_id in signing.signers(leaver):
            inbox.tell(person_id, inbox.Kind.LEAVING_READY, other_id=leaver.id)
