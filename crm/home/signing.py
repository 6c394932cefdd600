"""Signing in and out, and the first change of the password."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import g, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from crm.access.permissions import Permission
from crm.accounts import people, sessions, signing
from crm.db import db
from crm.errors import Invalid
from crm.home import bp
from crm.home.demo_people import demo_people
from crm.web import unit
from crm.web.forms import Form, label, own_path
from crm.web.guard import allow
from crm.web.limits import SIGN_IN, failed, limit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


DEVICE_COOKIE = "kedang_device"
"""Where a trusted device keeps its token; sent to the sign-in alone."""


class SignInForm(Form):
    """Login name and password."""

    login = StringField(label(_l("登录名")), [InputRequired(), Length(max=64)])
    password = PasswordField(label(_l("密码")), [InputRequired(), Length(max=256)])


class PasswordForm(Form):
    """The present password and the new one, twice."""

    current = PasswordField(label(_l("现在的密码")), [InputRequired(), Length(max=256)])
    new = PasswordField(label(_l("新密码")), [InputRequired(), Length(max=256)])
    again = PasswordField(label(_l("再输一次新密码")), [InputRequired(), Length(max=256)])


@bp.route("/sign-in", methods=["GET", "POST"])
@limit(SIGN_IN, methods=["POST"], deduct_when=failed)
@allow(Permission.ANYONE)
def sign_in() -> ResponseReturnValue:
    """The sign-in page. A failure says neither whether the name exists nor what was wrong."""
    if g.viewer:
        return redirect("/")
    if g.get("waiting") and request.method == "GET":
        return redirect(second_step_url())
    form = SignInForm()
    if request.method != "POST":
        return _sign_in_page(form)
    if form.validate():
        known = request.cookies.get(DEVICE_COOKIE, "")
        done = signing.attempt(form.login.data or "", form.password.data or "", known)
        if done is not None:
            return redirect(next_url() if done else second_step_url())
    return _sign_in_page(form, _("登录名或密码不对。连续错五次，账号锁定 15 分钟。")), 422


def _sign_in_page(form: SignInForm, problem: str = "") -> str:
    return render_template(
        "accounts/sign_in.html",
        form=form,
        problem=problem,
        demo_people=demo_people(),
        next_url=next_url() if next_url() != "/" else "",
    )


@bp.post("/sign-out")
@allow(Permission.ANYONE)
def sign_out() -> ResponseReturnValue:
    """End this session, also one that still waits for its second step."""
    holder = g.viewer or g.get("waiting")
    if holder:
        unit.current().write()
        sessions.end(holder.session_id, by="out")
        session.clear()
    return redirect("/sign-in")


@bp.route("/me/password", methods=["GET", "POST"])
@limit(SIGN_IN, methods=["POST"], deduct_when=failed)
@allow(Permission.SIGNED_IN)
def password() -> ResponseReturnValue:
    """Change one's own password; at the first sign-in nothing else can be done before."""
    form = PasswordForm()
    first = g.viewer.must_change
    if request.method != "POST":
        return render_template("accounts/change_password.html", form=form, first=first, problem="")
    problem = None
    if not form.validate():
        problem = _("三个格子都要填。")
    elif form.new.data != form.again.data:
        problem = _("两次输入的新密码不一样。")
    else:
        problem = _change(form)
    if problem:
        page = render_template(
            "accounts/change_password.html", form=form, first=first, problem=problem
        )
        return page, 422
    return redirect("/")


def _change(form: PasswordForm) -> str | None:
    unit.current().write()
    person = people.by_login(g.viewer.login)
    if person is None:
        return _("账号已停用。")
    try:
        signing.change_password(
            person, form.current.data or "", form.new.data or "", g.viewer.session_id
        )
    except Invalid as invalid:
        return invalid.sentence
    return None


@bp.get("/healthz")
@allow(Permission.ANYONE)
def healthz() -> ResponseReturnValue:
    """Whether the program and its database answer. Says nothing else."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}


def second_step_url() -> str:
    """The second step, which leads on to where one wanted to go."""
    wanted = next_url()
    return f"/sign-in/second?next={quote(wanted)}" if wanted != "/" else "/sign-in/second"


def next_url() -> str:
    """Where to go after signing in: an address of this program, never a trick with slashes."""
    return own_path(request.args.get("next", "/"))
