"""The company's own extra fields: their labels and kinds; what they say is always sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import func, select

from crm.access.permissions import Permission
from crm.audit import log
from crm.customers.contacts import KIND_TITLES, KINDS, ExtraField, extra_fields
from crm.customers.views import bp
from crm.db import db
from crm.errors import Invalid
from crm.web import unit
from crm.web.guard import allow
from crm.web.text import Cleaned, clean_line

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

MOST = 30
FEWEST_CHOICES = 2


@bp.get("/customers/fields")
@allow(Permission.CUSTOMER_FIELDS)
def fields() -> ResponseReturnValue:
    """The extra fields there are, and the form for another."""
    return _page()


def _page(problem: str = "", status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "customers/fields.html",
        fields=extra_fields(),
        kinds=[(kind, str(KIND_TITLES[kind])) for kind in KINDS],
        typed=request.form,
        problem=problem,
    )
    return page, status


@bp.post("/customers/fields")
@allow(Permission.CUSTOMER_FIELDS)
def add_field() -> ResponseReturnValue:
    """Define another field."""
    unit.current().write()
    try:
        _add()
    except Invalid as invalid:
        return _page(invalid.sentence, 422)
    flash(_("已增加。"), "ok")
    return redirect("/customers/fields")


def _choices() -> list[Cleaned]:
    told = request.form.get("choices", "").replace("，", ",").split(",")
    return [one for one in (clean_line(text, 60) for text in told) if one.text]


def _add() -> None:
    named, chosen = clean_line(request.form.get("label", ""), 20), _choices()
    kind, about = request.form.get("kind", ""), request.form.get("about", "")
    if named.over or any(one.over for one in chosen):
        raise Invalid(_("名称最多 20 字，每个选项最多 60 字。"))
    label, choices = named.text, [one.text for one in chosen]
    if not label or kind not in KINDS or about not in {"customer", "contact"}:
        raise Invalid(_("请写字段名称，并选择类型和所属。"))
    if kind == "choice" and len(choices) < FEWEST_CHOICES:
        raise Invalid(_("选项至少写两个，用逗号隔开。"))
    if db.session.scalar(select(ExtraField.id).where(ExtraField.label == label)):
        raise Invalid(_("已有这个字段。"))
    if (db.session.scalar(select(func.count()).select_from(ExtraField)) or 0) >= MOST:
        raise Invalid(_("扩展字段最多 %(n)s 个。", n=MOST))
    row = ExtraField(label=label, kind=kind, about=about, choices=choices)
    db.session.add(row)
    db.session.flush()
    log.say("field_added", subject_type="extra_field", subject_ids=(row.id,), detail={"kind": kind})
