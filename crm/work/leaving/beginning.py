"""Beginning: notice is given, or entered by others; from then on less is open to who leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock
from crm.access.policy import DECIDERS, EXECUTIVES
from crm.accounts import signing as accounts
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.audit import log
from crm.authority import deciding
from crm.customers import exporting
from crm.db import db, uuid7
from crm.disclosure import openings
from crm.errors import Denied, Invalid, Missing
from crm.notices import inbox
from crm.web import unit
from crm.web.forms import day_of
from crm.web.text import clean
from crm.work.leaving import signing, telling
from crm.work.leaving.checklist import ITEMS
from crm.work.leaving.departures import GIVEN, Departure, Kind, State, running
from crm.work.leaving.rules import DAYS, rules

if TYPE_CHECKING:
    from uuid import UUID

    from werkzeug.datastructures import MultiDict

    from crm.accounts.people import Viewer

REASON = 1000
FARTHEST = timedelta(days=366)


@dataclass(slots=True)
class Wanted:
    """A notice as it was typed."""

    kind: str = Kind.NOTICE.value
    last_day: date | None = None
    reason: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def at_once(self) -> bool:
        """Whether the account is frozen as soon as it is entered."""
        return self.kind not in GIVEN


def full_day() -> date:
    """The first day that needs nobody's consent."""
    days: int = rules()[DAYS]
    return clock.today() + timedelta(days=days)


def read(form: MultiDict[str, str], *, own: bool) -> Wanted:
    """The form, with a sentence for whatever is wrong; without a day it is the full notice."""
    wanted = Wanted(form.get("kind", ""))
    kinds = GIVEN if own else tuple(Kind)
    if wanted.kind not in kinds:
        wanted.errors["kind"] = _("请选择怎样离开。")
    _day(wanted, form.get("last_day", ""))
    reason = clean(form.get("reason", ""), REASON)
    wanted.reason = reason.text
    if reason.over:
        wanted.errors["reason"] = _("最多 %(n)s 字。", n=REASON)
    elif own and not wanted.reason:
        wanted.errors["reason"] = _("请写明原因：这就是您的书面报告。")
    return wanted


def _day(wanted: Wanted, text: str) -> None:
    today = clock.today()
    if wanted.at_once:
        wanted.last_day = today
        return
    try:
        wanted.last_day = day_of(text) or full_day()
    except Invalid as invalid:
        wanted.errors["last_day"] = invalid.sentence
        return
    if not today <= wanted.last_day <= today + FARTHEST:
        wanted.errors["last_day"] = _("最后工作日从今天起，最长一年。")


def give(viewer: Viewer, leaver_id: UUID, wanted: Wanted, once: UUID | None) -> Departure:
    """Begin a departure; the same form sent twice is one. Raises Invalid, Denied, Missing.

    Needs a writing unit, and a form that was read without errors.
    """
    if once and (there := db.session.get(Departure, once)):
        if there.person_id != leaver_id:
            raise Missing
        return there
    leaver = db.session.get(Person, leaver_id)
    if leaver is None:
        raise Missing
    _may_enter(viewer, leaver, wanted)
    if running(leaver.id):
        raise Invalid(_("%(name)s 已有一份没办完的离职交接。", name=leaver.name))
    if leaver.disabled_at and not wanted.at_once:
        raise Invalid(_("账号已停用。"))
    departure = _filed(viewer, leaver, wanted, once or uuid7())
    _shut(viewer, departure, leaver)
    _tell(viewer, departure, leaver)
    return departure


def _may_enter(viewer: Viewer, leaver: Person, wanted: Wanted) -> None:
    """Nobody dismisses themself, and an executive only 总经理 or 执行董事."""
    high = Role(leaver.role) in EXECUTIVES and viewer.role not in DECIDERS
    if wanted.at_once and (high or viewer.id == leaver.id):
        about = {"subject_type": "person", "subject_ids": (leaver.id,)}
        log.refuse("leaving_given", **about, detail={"kind": wanted.kind})
        raise Denied(_("这一项要由总经理或执行董事登记，自己也不能给自己登记。"))


def _filed(viewer: Viewer, leaver: Person, wanted: Wanted, departure_id: UUID) -> Departure:
    last = wanted.last_day or full_day()
    departure = Departure(
        id=departure_id,
        person_id=leaver.id,
        kind=wanted.kind,
        reason=telling.sealed(leaver.id, departure_id, wanted.reason),
        state=State.OPEN.value,
        given_at=clock.now(),
        entered_by_id=viewer.id,
        last_day=last,
        full_day=last if wanted.at_once else full_day(),
    )
    if departure.is_short and signing.may(viewer, leaver):
        departure.consented_at, departure.consented_by_id = clock.now(), viewer.id
    db.session.add(departure)
    db.session.flush()
    telling.say(departure, "leaving_given", short=departure.is_short)
    return departure


def _shut(viewer: Viewer, departure: Departure, leaver: Person) -> None:
    """The handover period begins: what is open ends, what was granted is revoked."""
    if viewer.id == leaver.id:
        unit.current().standing = None  # what changes for oneself is no surprise
    leaver.leaving_since = clock.now()
    db.session.flush()
    openings.end_all(leaver.id)
    deciding.end_all(viewer, leaver.id)
    exporting.forget_all(leaver.id)
    if departure.kind not in GIVEN:
        departure.frozen_at = clock.now()
        accounts.freeze(leaver, by="leaving")


def _tell(viewer: Viewer, departure: Departure, leaver: Person) -> None:
    """Who ticks and who signs; the leaver, where somebody else entered it."""
    posts = {item.role.value for item in ITEMS if item.role}
    wanted = select(Person.id).where(Person.role.in_(posts), Person.disabled_at.is_(None))
    concerned = {*db.session.scalars(wanted), *signing.signers(leaver)} - {viewer.id, leaver.id}
    for person_id in sorted(concerned):
        inbox.tell(person_id, inbox.Kind.LEAVING_GIVEN, other_id=leaver.id)
    if viewer.id != leaver.id and departure.kind in GIVEN:
        inbox.tell(leaver.id, inbox.Kind.LEAVING_ENTERED, other_id=viewer.id)


def consent(viewer: Viewer, departure: Departure, leaver: Person) -> None:
    """Agree to a shorter notice. Raises Denied (logged) for who does not sign, Invalid."""
    if not signing.may(viewer, leaver):
        telling.refuse(departure, "leaving_consented", "signer")
        raise Denied(_("缩短时间由签字的主管同意。"))
    if not departure.is_running or not departure.is_short:
        raise Invalid(_("没有需要同意的缩短。"))
    departure.consented_at, departure.consented_by_id = clock.now(), viewer.id
    telling.say(departure, "leaving_consented")
    db.session.flush()
