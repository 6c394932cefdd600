"""更正码: what a customer sent by a link, corrected or withdrawn by them, without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request
from flask_babel import gettext as _

from crm.access.permissions import Permission
from crm.customers.contributing import correcting
from crm.customers.views import bp
from crm.customers.views.intake import LARGEST, agreed, company, filled, form, nothing_there
from crm.db import scrub
from crm.web import unit
from crm.web.guard import allow
from crm.web.limits import at_most

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.customers.contributing.records import Contribution

ADDRESS = "/intake/correct"


@bp.get(ADDRESS)
@allow(Permission.ANYONE)
def ask_code() -> ResponseReturnValue:
    """Where the code is typed: in a form, so that it stands in no address."""
    return render_template("intake/correct.html", problem="")


@bp.post(ADDRESS)
@allow(Permission.ANYONE)
@at_most(LARGEST)
def correct() -> ResponseReturnValue:
    """With the code the form again, empty: nothing that was sent is shown."""
    code = request.form.get("code", "")
    made = correcting.find(code)  # before the lock: whoever guesses keeps nobody waiting
    if made:
        unit.current().write()
        made = correcting.find(code)
    if made is None:
        nothing_there("intake_corrected", "no such code")
        wrong = _("没有用这个更正码提交的内容，请核对后再试。")
        return render_template("intake/correct.html", problem=wrong), 404
    if not correcting.may_change(made):
        return render_template("intake/decided.html", company=company()), 409
    if request.form.get("do") == "withdraw":
        correcting.withdraw(made)
        unit.current().settle()
        scrub()
        return render_template("intake/withdrawn.html")
    if correcting.is_used_up(made):
        often = _("已经更正过 %(n)s 次。还要改，请直接告诉给您链接的人。", n=correcting.MOST)
        return render_template("intake/correct.html", problem=often), 409
    return _corrected(made, correcting.written(request.form["code"]))


def _corrected(made: Contribution, code: str) -> ResponseReturnValue:
    if request.form.get("do") != "send":
        return form(ADDRESS, code=code)
    told = filled()
    ticked = agreed(told)
    if told.errors:
        return form(ADDRESS, told=told, code=code), 422
    correcting.replace(made, told, ticked)
    return render_template("intake/thanks.html", company=company(), code=code)
