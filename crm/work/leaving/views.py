"""离职交接's pages: who is leaving, the notice, one departure with its path, the look back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm import clock
from crm.access import law
from crm.access.permissions import Permission
from crm.access.policy import CLAUSES
from crm.accounts import people
from crm.accounts.roles import Role
from crm.customers import holding
from crm.errors import Denied, Invalid
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow
from crm.work import bp
from crm.work.leaving import beginning, checklist, departures, ending, looking
from crm.work.leaving.departures import GIVEN, RUNNING, Kind, State
from crm.work.leaving.paper import paper, row

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.accounts.people import Person
    from crm.work.leaving.beginning import Wanted
    from crm.work.leaving.departures import Departure

SHOWN = 50
CARDS = 40
"""Cards of the handover list that the page names; more are counted."""


@bp.get("/work/leaving")
@allow(Permission.LEAVING_RUN)
def leavings() -> ResponseReturnValue:
    """Who is leaving, and who has left."""
    over = (State.CLOSED.value, State.WITHDRAWN.value)
    return render_template(
        "work/leavings.html",
        running=[row(g.viewer, *one) for one in departures.listed(RUNNING, SHOWN)],
        over=[row(g.viewer, *one) for one in departures.listed(over, SHOWN)],
        enters=law.scope(g.viewer, Permission.LEAVING_ENTER) is not None,
        clause=str(CLAUSES[Permission.LEAVING_GIVE]),
    )


@bp.route("/work/leaving/new", methods=["GET", "POST"])
@allow(Permission.LEAVING_GIVE)
def give() -> ResponseReturnValue:
    """One's own notice: the written report, and from which day."""
    if request.method != "POST":
        now = departures.running(g.viewer.id)
        return redirect(f"/work/leaving/{now.id}") if now else _form(beginning.Wanted(), own=True)
    return _begin(g.viewer.id, own=True)


@bp.route("/work/leaving/enter", methods=["GET", "POST"])
@allow(Permission.LEAVING_ENTER)
def enter() -> ResponseReturnValue:
    """A colleague's notice, transfer, dismissal, or going without a word."""
    if request.method != "POST":
        return _form(beginning.Wanted(), own=False)
    return _begin(id_of(request.form.get("person", "")), own=False)


def _begin(leaver_id: UUID | None, *, own: bool) -> ResponseReturnValue:
    unit.current().write()
    wanted = beginning.read(request.form, own=own)
    if leaver_id is None or (not own and leaver_id == g.viewer.id):
        wanted.errors["person"] = _("请选择是谁；自己的离职由自己提出。")
    if leaver_id is None or wanted.errors:
        return _form(wanted, own=own), 422
    once = id_of(request.form.get("once", ""))
    try:
        departure = beginning.give(g.viewer, leaver_id, wanted, once)
    except Invalid as invalid:
        wanted.errors[""] = invalid.sentence
        return _form(wanted, own=own), 422
    flash(_("已登记，交接期从现在开始。"), "ok")
    return redirect(f"/work/leaving/{departure.id}", 303)


def _form(wanted: Wanted, *, own: bool) -> str:
    return render_template(
        "work/leaving_new.html",
        own=own,
        wanted=wanted,
        errors=wanted.errors,
        kinds=[(one.value, one.label, one in GIVEN) for one in (GIVEN if own else Kind)],
        people=[] if own else [one for one in people.active() if one.id != g.viewer.id],
        chosen=request.values.get("person", ""),
        today=clock.today(),
        full_day=beginning.full_day(),
        clause=str(CLAUSES[Permission.LEAVING_GIVE]),
    )


@bp.get("/work/leaving/<uuid:departure_id>")
@allow(Permission.LEAVING_GIVE)
def departure(departure_id: UUID) -> ResponseReturnValue:
    """One departure: how far it is, who ticks what, which cards are still theirs."""
    if law.scope(g.viewer, Permission.LEAVING_SIGN) is not None:
        unit.current().write()  # the reason opens for who signs, by an act of its own
    return _page(*departures.get(g.viewer, departure_id))


def _page(found: Departure, leaver: Person, problem: str = "") -> str:
    return render_template(
        "work/leaving.html",
        **paper(g.viewer, found, leaver),
        cards=holding.of(g.viewer, leaver.id, CARDS) if found.is_running else [],
        cards_count=checklist.cards_of(leaver.id),
        reads_cards=holding.may_read(g.viewer, leaver.id),
        assigns=law.scope(g.viewer, Permission.CUSTOMER_ASSIGN) is not None,
        looks_back=_looks_back(leaver),
        receivers=_receivers(leaver),
        clause=str(CLAUSES[Permission.LEAVING_GIVE]),
        problem=problem,
    )


def _receivers(leaver: Person) -> list[tuple[str, str, str]]:
    staying = [one for one in people.active() if not one.leaving_since and one.id != leaver.id]
    return [(one.login, one.name, Role(one.role).label) for one in staying]


def _looks_back(leaver: Person) -> bool:
    """Whose looks these are does not read them: a supervisor's are 执行董事's to read."""
    return law.scope(g.viewer, Permission.LOG_READ) is not None and g.viewer.id != leaver.id


def _done(departure_id: UUID, what: Any) -> ResponseReturnValue:
    """Do something to a departure and show it; what cannot be taken is said on the same page."""
    unit.current().write()
    found, leaver = departures.get(g.viewer, departure_id)
    try:
        flash(what(found, leaver), "ok")
    except Invalid as invalid:
        unit.current().undo()
        found, leaver = departures.get(g.viewer, departure_id)
        return _page(found, leaver, invalid.sentence), 422
    return redirect(f"/work/leaving/{departure_id}", 303)


@bp.post("/work/leaving/<uuid:departure_id>/tick")
@allow(Permission.LEAVING_GIVE)
def tick(departure_id: UUID) -> ResponseReturnValue:
    """One item of the checklist: done, or not yet after all."""
    code, done = request.form.get("item", ""), request.form.get("done") != "0"

    def ticked(found: Departure, leaver: Person) -> str:
        to = request.form.get("to", "")
        checklist.tick(g.viewer, found, leaver, code, done=done, to=to)
        return _("已确认。") if done else _("已取消确认。")

    return _done(departure_id, ticked)


@bp.post("/work/leaving/<uuid:departure_id>/consent")
@allow(Permission.LEAVING_SIGN)
def consent(departure_id: UUID) -> ResponseReturnValue:
    """Agree to a shorter notice."""

    def agreed(found: Departure, leaver: Person) -> str:
        beginning.consent(g.viewer, found, leaver)
        return _("已同意缩短，最后工作日是 %(day)s。", day=found.last_day)

    return _done(departure_id, agreed)


@bp.post("/work/leaving/<uuid:departure_id>/sign")
@allow(Permission.LEAVING_SIGN)
def sign(departure_id: UUID) -> ResponseReturnValue:
    """The signature under what is complete."""

    def signed(found: Departure, leaver: Person) -> str:
        ending.sign(g.viewer, found, leaver)
        if found.state == State.SIGNED.value:
            return _("已签字，账号在 %(day)s 之后关闭。", day=found.ends_on)
        kept = found.kind == Kind.TRANSFER.value
        return _("已签字，交接办结。") if kept else _("已签字，账号已关闭。")

    return _done(departure_id, signed)


@bp.post("/work/leaving/<uuid:departure_id>/withdraw")
@allow(Permission.LEAVING_GIVE)
def withdraw(departure_id: UUID) -> ResponseReturnValue:
    """Take it back."""

    def withdrawn(found: Departure, leaver: Person) -> str:
        ending.withdraw(g.viewer, found, leaver)
        return _("已撤回，权限恢复；原来的授权单要重新申请。")

    return _done(departure_id, withdrawn)


@bp.get("/work/leaving/<uuid:departure_id>/looks")
@allow(Permission.LOG_READ)
def looks(departure_id: UUID) -> ResponseReturnValue:
    """What they opened in the last 60 days; reading it is an entry."""
    found, leaver = departures.get(g.viewer, departure_id)
    if not _looks_back(leaver):
        raise Denied(_("自己的查阅记录由别人回看。"))
    return render_template(
        "work/leaving_looks.html",
        id=found.id,
        name=leaver.name,
        back=looking.back(leaver.id),
        days=looking.BACK.days,
    )
