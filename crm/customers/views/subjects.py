"""个人信息请求: what is held about one person – by name of fact –, exported by grant, or erased."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from uuid import UUID

from flask import flash, g, redirect, render_template, request, send_file
from flask_babel import gettext as _
from openpyxl import Workbook

from crm.access.permissions import Permission
from crm.audit import log
from crm.customers import cards, subjects
from crm.customers.imports import unspooled
from crm.customers.views import bp
from crm.customers.views.imports import WORKBOOK
from crm.db import scrub
from crm.disclosure import door
from crm.disclosure.acts import Act, Purpose
from crm.errors import Invalid
from crm.web import unit
from crm.web.guard import allow
from crm.web.text import clean_line, halfwidth

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

NAME, MOBILE = 40, 20


@bp.route("/customers/subject", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_ERASE)
def subject() -> ResponseReturnValue:
    """Find somebody by exact name or mobile; the page lists which facts are held, and where."""
    if request.method != "POST":
        return _page(None)
    name = clean_line(request.form.get("person", ""), NAME).text[:NAME]
    mobile = halfwidth(request.form.get("mobile", ""))[:MOBILE]
    mobile = mobile.replace(" ", "").replace("-", "").removeprefix("+86")
    try:
        return _page(subjects.find(g.viewer, name, mobile))
    except Invalid as invalid:
        return _page(None, invalid.sentence), 422


def _page(found: list[subjects.Held] | None, problem: str = "") -> str:
    return render_template(
        "customers/subject.html", found=found, problem=problem, typed=request.form
    )


@bp.route("/customers/<uuid:customer_id>/contacts/<uuid:contact_id>/erase", methods=["GET", "POST"])
@allow(Permission.CUSTOMER_ERASE)
def erase(customer_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    """Say what goes and what stays; then erase, if it was said that the request was checked."""
    unit.current().write()
    held = subjects.get(contact_id, customer_id)
    problem = ""
    if request.method == "POST":
        if request.form.get("checked") == "1":
            subjects.erase(held)
            unit.current().settle()
            scrub()
            flash(_("已彻底删除这位联系人。"), "ok")
            return redirect("/customers/subject", 303)
        problem = _("请先确认已核实申请人的身份。")
    log.named(customer_id, "erase")
    page = render_template("customers/erase.html", held=held, problem=problem)
    return page, 422 if problem else 200


@bp.post("/customers/<uuid:customer_id>/contacts/<uuid:contact_id>/export")
@allow(Permission.CUSTOMER_ERASE)
def export(customer_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    """Everything held about a contact as a workbook: through the door, by grant only."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer)
    asked = subjects.exported(subjects.get(contact_id, customer_id))
    opened = door.disclose(
        g.viewer, Act.EXPORT, card.subject, asked, Purpose.OTHER.value, _("本人要求提供")
    )
    book = Workbook()
    sheet = book.worksheets[0]
    for item in asked:
        if item.name in opened:
            sheet.append([str(item.field.label), opened[item.name].text])
    content = BytesIO(unspooled.saved(book))
    return send_file(content, WORKBOOK, as_attachment=True, download_name=_("本人信息") + ".xlsx")
