"""人员: accounts, posts and teams; passwords reset, accounts frozen, sessions ended."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from crm import clock
from crm.access import clauses
from crm.access.permissions import Permission
from crm.accounts import people, sessions, signing
from crm.accounts.people import Person, Team
from crm.accounts.roles import TITLES, Role
from crm.accounts.sessions import SignIn
from crm.audit import log
from crm.customers import owners
from crm.db import db
from crm.errors import Invalid, Missing
from crm.home import bp
from crm.home.me import session_row
from crm.web import unit
from crm.web.forms import Form, choice, label
from crm.web.guard import allow
from crm.web.text import clean_line

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


class PersonForm(Form):
    """Name, employee number, post and team."""

    name = StringField(label(_l("姓名")), [InputRequired(), Length(max=40)])
    number = StringField(label(_l("工号")), [Optional(), Length(max=20)])
    role = SelectField(label(_l("岗位")), choices=[choice(one.value, TITLES[one]) for one in Role])
    team = StringField(label(_l("团队")), [Optional(), Length(max=40)])


class NewPersonForm(PersonForm):
    """A new account has a login name too; it never changes."""

    login = StringField(label(_l("登录名")), [InputRequired(), Length(max=32)])


@bp.get("/admin/people")
@allow(Permission.PEOPLE_MANAGE)
def list_people() -> ResponseReturnValue:
    """Every account, its post, and whether it is signed in."""
    wanted = (
        select(Person, Team.name).outerjoin(Team, Team.id == Person.team_id).order_by(Person.login)
    )
    seen = _last_seen()
    rows = [_row(person, team, seen.get(person.id)) for person, team in db.session.execute(wanted)]
    return render_template("admin/people.html", rows=rows, may_add=True)


def _last_seen() -> dict[UUID, Any]:
    latest = select(
        SignIn.person_id, func.max(SignIn.seen_at), func.count().filter(SignIn.ended_at.is_(None))
    )
    return {row[0]: row for row in db.session.execute(latest.group_by(SignIn.person_id))}


def _row(person: Person, team: str | None, seen: Any) -> dict[str, Any]:
    state, tone = (_("已冻结"), "idle") if person.disabled_at else (_("正常"), "ok")
    if not person.disabled_at and person.locked_until and person.locked_until > clock.now():
        state, tone = _("锁定中"), "warn"
    return {
        "id": person.id,
        "name": person.name,
        "login": person.login,
        "role": Role(person.role).label,
        "team": team,
        "state_label": state,
        "tone": tone,
        "seen_at": seen[1] if seen else None,
        "sessions": seen[2] if seen else 0,
    }


@bp.route("/admin/people/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def add_person() -> ResponseReturnValue:
    """Make an account; its first password is shown once and must be changed."""
    form = NewPersonForm()
    if request.method != "POST":
        return render_template("admin/person.html", person=None, form=form)
    if not form.validate():
        return render_template("admin/person.html", person=None, form=form), 422
    unit.current().write()
    first = first_password()
    try:
        person = people.add(
            form.login.data or "",
            _line(form.name.data),
            Role(form.role.data),
            first,
            team=_line(form.team.data) or None,
            number=_line(form.number.data) or None,
        )
    except Invalid as invalid:
        form.login.errors = [*form.login.errors, invalid.sentence]
        return render_template("admin/person.html", person=None, form=form), 422
    return _page(person, PersonForm(formdata=None, obj=person), new_password=first)


@bp.route("/admin/people/<uuid:person_id>", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def person(person_id: UUID) -> ResponseReturnValue:
    """One account: name, post, team."""
    if request.method != "POST":
        found = _get(person_id)
        form = PersonForm(formdata=None, obj=found)
        form.team.data = _team(found)
        return _page(found, form)
    unit.current().write()
    found = _get(person_id)
    form = PersonForm()
    if not form.validate():
        return _page(found, form), 422
    try:
        _change(found, form)
    except Invalid as invalid:
        form.number.errors = [*form.number.errors, invalid.sentence]
        return _page(found, form), 422
    flash(_("已保存。"), "ok")
    return redirect(f"/admin/people/{person_id}", 303)


def _change(found: Person, form: PersonForm) -> None:
    number = _line(form.number.data) or None
    if number and db.session.scalar(
        select(Person.id).where(Person.number == number, Person.id != found.id)
    ):
        raise Invalid(_("工号 %(number)s 已有账号；一人只有一个账号。", number=number))
    role = Role(form.role.data)
    if found.id == g.viewer.id and role is not Role.SYSTEM_ADMIN:
        raise Invalid(_("不能改自己的岗位。"))
    name = _line(form.name.data)
    if not name:
        raise Invalid(_("姓名要填写。"))
    detail = {"from": found.role, "to": role.value} if found.role != role.value else {}
    team = _line(form.team.data)
    found.name, found.number, found.role = name, number, role.value
    found.team_id = people.team_named(team).id if team else None
    owners.follow_team(found)
    if detail:
        sessions.end_all(found.id, by="administrator")
    log.say("person_changed", subject_type="person", subject_ids=(found.id,), detail=detail)
    db.session.flush()


def _page(found: Person, form: PersonForm, new_password: str = "") -> str:
    return render_template(
        "admin/person.html",
        person={
            "id": found.id,
            "name": found.name,
            "login": found.login,
            "frozen": bool(found.disabled_at),
            "second_factor": found.second_factor,
        },
        form=form,
        sessions=[session_row(one) for one in sessions.open_ones(found.id)],
        may={"reset", "freeze", "end"} if found.id != g.viewer.id else {"end"},
        new_password=new_password,
        leaving=clauses.at(clauses.LEAVING),
    )


@bp.post("/admin/people/<uuid:person_id>/reset")
@allow(Permission.PEOPLE_MANAGE)
def reset(person_id: UUID) -> ResponseReturnValue:
    """A new first password, shown once; every session of the account ends."""
    unit.current().write()
    found, first = _get(person_id), first_password()
    if found.id == g.viewer.id:
        raise Invalid(_("自己的密码请用现在的密码来改。"))
    signing.reset_password(found, first)
    form = PersonForm(formdata=None, obj=found)
    form.team.data = _team(found)
    return _page(found, form, new_password=first)


@bp.post("/admin/people/<uuid:person_id>/freeze")
@allow(Permission.PEOPLE_MANAGE)
def freeze(person_id: UUID) -> ResponseReturnValue:
    """Freeze or thaw an account; a frozen one is out at its next request."""
    unit.current().write()
    found = _get(person_id)
    if found.id == g.viewer.id:
        raise Invalid(_("不能冻结自己的账号。"))
    if request.form.get("frozen") == "1":
        signing.freeze(found, by="administrator")
    elif found.leaving_since and found.disabled_at:
        raise Invalid(_("这个账号因离职冻结：撤回离职登记后才能恢复。"))
    else:
        signing.thaw(found)
    return redirect(f"/admin/people/{person_id}", 303)


@bp.post("/admin/people/<uuid:person_id>/sessions/<uuid:session_id>/end")
@allow(Permission.PEOPLE_MANAGE)
def end_theirs(person_id: UUID, session_id: UUID) -> ResponseReturnValue:
    """End one of a person's sessions at once."""
    unit.current().write()
    if session_id not in {one.id for one in sessions.open_ones(person_id)}:
        raise Missing
    sessions.end(session_id, by="administrator")
    return redirect(f"/admin/people/{person_id}", 303)


def first_password() -> str:
    """A password to hand over once: about 60 random bits."""
    return secrets.token_urlsafe(9) + str(secrets.randbelow(90) + 10)


def _get(person_id: UUID) -> Person:
    found = db.session.get(Person, person_id)
    if found is None:
        raise Missing
    return found


def _team(found: Person) -> str:
    team = db.session.get(Team, found.team_id) if found.team_id else None
    return team.name if team else ""


def _line(text: str | None) -> str:
    return clean_line(text or "", 40).text
