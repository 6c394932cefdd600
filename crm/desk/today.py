"""Today at a glance: who opened how much, what was refused, at what hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.audit import log, reading
from crm.db import db
from crm.desk import bp
from crm.desk.telling import safe, told
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

REFUSALS = 8
OPENS_AT, CLOSES_AT = 7, 20


@bp.get("/audit")
@allow(Permission.LOG_READ)
def today() -> ResponseReturnValue:
    """The supervisor's morning page. Reading it is an entry."""
    log.say("log_read", subject_type="log", detail={"view": "today"})
    return render_template("audit/today.html", **overview())


def overview() -> dict[str, Any]:
    """Today's numbers, people and refusals, for the desk and the supervisor's first page."""
    day = reading.today()
    people = _people()
    return {
        "headline": _(
            "%(date)s · 今日查阅 %(looks)s 次，被拒绝 %(refused)s 次",
            date=clock.today().isoformat(),
            looks=day["looks"],
            refused=day["refusals"],
        ),
        "looks_count": day["looks"],
        "refused_count": day["refusals"],
        "figures": [
            (
                _("今日查阅"),
                day["looks"],
                _("%(n)s 人", n=sum(1 for one in people if one["looks"])),
            ),
            (_("被拒绝"), day["refusals"], ""),
            (_("登录"), day["sign_ins"], _("成功的次数")),
            (_("日志"), day["entries"], _("今天的条数")),
        ],
        "people": people,
        "refusals": told(reading.refusals_today(REFUSALS)),
        "hours": _hours(day["hours"]),
        "log_state": _("尚无外部见证：日志目前只能自证前后一致。"),
    }


def _people() -> list[dict[str, Any]]:
    counted = reading.people_today()
    wanted = select(Person.id, Person.name, Person.role).where(
        Person.id.in_([one["id"] for one in counted])
    )
    known = {row.id: row for row in db.session.execute(wanted)}
    return [
        {
            "id": one["id"],
            "name": safe(known[one["id"]].name),
            "role": Role(known[one["id"]].role).label,
            "opened": one["opens"],
            "revealed": one["reveals"],
            "dialled": one["dials"],
            "refused": one["refused"],
            "customers": one["customers"],
            "looks": one["opens"] + one["reveals"] + one["dials"],
        }
        for one in counted
        if one["id"] in known
    ]


def _hours(counted: list[int]) -> list[tuple[int, int]]:
    """The office's hours up to now, and any other hour in which somebody looked."""
    now = clock.local(clock.now()).hour
    shown = [
        hour
        for hour in range(24)
        if counted[hour] or (OPENS_AT <= hour <= max(now, OPENS_AT) and hour <= CLOSES_AT)
    ]
    return [(hour, counted[hour]) for hour in shown]
