"""自填链接: making links, and the page behind one, where a customer who has no account writes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import segno
from flask import abort, current_app, flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access import law
from crm.access.permissions import Permission
from crm.audit import log
from crm.customers import cards
from crm.customers.contributing import consents, correcting, links, reading, taking
from crm.customers.contributing.table import INTAKE_COMPANY, INTAKE_PERSON, MOST_PEOPLE
from crm.customers.status import SOURCES
from crm.customers.views import bp
from crm.errors import Invalid, OverQuota
from crm.web import unit
from crm.web.forms import id_of, number_of
from crm.web.guard import allow
from crm.web.limits import at_most, guessed

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue

    from crm.customers.contributing.reading import Told

CLIENT_SOURCE = SOURCES[2]
"""客户自填."""
LARGEST = 64 * 1024
"""Bytes of a filled-in form; what is larger is refused before it is read."""


@bp.route("/intake-links", methods=["GET", "POST"])
@allow(Permission.INTAKE_LINK)
def intake_links() -> ResponseReturnValue:
    """The links one has made, and making another: its address is shown this once."""
    if request.method != "POST":
        return _links(request.args.get("customer", ""))
    unit.current().write()
    wanted = request.form.get("customer", "")
    if wanted and id_of(wanted) is None:
        raise Invalid(_("没有这家客户。"))
    try:
        days = number_of(request.form.get("days", ""), 999) or links.USUAL
        link, token = links.make(g.viewer, id_of(wanted), days)
    except OverQuota as over:
        return _links(wanted, problem=over.sentence), over.status
    url = f"{current_app.extensions['kedang.settings'].public_url}/intake/{token}"
    qr = segno.make(url, error="m").svg_data_uri(scale=5, border=2)
    return render_template("contributions/link.html", url=url, qr=qr, link=link)


def _links(wanted: str, problem: str = "") -> str:
    customer_id = id_of(wanted) if wanted else None
    card = None
    if customer_id:
        card = cards.get(customer_id, g.viewer, Permission.INTAKE_LINK)
        log.named(customer_id, "intake link")
    return render_template(
        "contributions/links.html",
        card=card,
        rows=[
            {
                "id": link.id,
                "customer": name or "",
                "new": link.customer_id is None,
                "at": link.made_at,
                "until": link.expires_at,
                "state": link.state,
                "open": link.is_open,
            }
            for link, name in links.made_by(g.viewer)
        ],
        days=links.OPEN_FOR,
        usual=links.USUAL,
        may_make=card is not None or law.scope(g.viewer, Permission.CUSTOMER_CREATE) is not None,
        problem=problem,
    )


@bp.post("/intake-links/<uuid:link_id>/revoke")
@allow(Permission.INTAKE_LINK)
def revoke_link(link_id: UUID) -> ResponseReturnValue:
    """Take a link back: whoever opens it finds it closed."""
    unit.current().write()
    links.revoke(g.viewer, link_id)
    flash(_("已撤回，这个链接不能再填写。"), "ok")
    return redirect("/intake-links", 303)


@bp.route("/intake/<string:token>", methods=["GET", "POST"])
@allow(Permission.ANYONE)
@at_most(LARGEST)
def intake(token: str) -> ResponseReturnValue:
    """What a customer is asked for. It tells nothing of the archive, not even the name."""
    link = links.find(token)  # before the lock: whoever guesses keeps nobody waiting
    if link and request.method == "POST":
        unit.current().write()
        link = links.find(token)
    if link is None:
        nothing_there("intake", "no open link")
        return render_template("intake/closed.html"), 404
    if request.method != "POST":
        return form(f"/intake/{token}", until=link.expires_at)
    told = filled()
    ticked = agreed(told)
    if told.errors:
        return form(f"/intake/{token}", until=link.expires_at, told=told), 422
    made = taking.from_customer(link, told)
    consents.by_intake(made.id, ticked)
    links.spend(link)
    return render_template("intake/thanks.html", company=company(), code=correcting.give(made))


def nothing_there(action: str, why: str) -> None:
    """Whoever guesses is in the log and soon told to wait (429). What they tried is not kept."""
    if not guessed(request.remote_addr or ""):
        abort(429)
    log.refuse(action, detail={"why": why})


def filled() -> Told:
    """What the form says; nothing that it does not ask for."""
    return reading.read(request.form, INTAKE_COMPANY, INTAKE_PERSON, CLIENT_SOURCE)


def agreed(told: Told) -> list[tuple[int, str]]:
    """What was ticked, fact by fact; a secret fact without its tick is not taken."""
    ticked = []
    for person, code in told.secret():
        if request.form.get(f"agree.{code}") == "1":
            ticked.append((person, code))
        else:
            told.errors[f"agree.{code}"] = _("填了这一项，请勾选同意；不同意就把它留空。")
    return ticked


def form(
    action: str, *, until: datetime | None = None, told: Told | None = None, code: str = ""
) -> str:
    """The form: for a link until some day, or to correct what was sent with a code."""
    people = [_of_a_customer(INTAKE_PERSON, at, told) for at in range(1, MOST_PEOPLE + 1)]
    return render_template(
        "intake/form.html",
        action=action,
        code=code,
        until=until - timedelta(minutes=1) if until else None,
        company=company(),
        name=request.form.get("name", ""),
        slots=_of_a_customer(INTAKE_COMPANY, 0, told),
        people=people,
        wordings=[
            (code, str(words), request.form.get(f"agree.{code}") == "1")
            for code, words in consents.WORDINGS[consents.NOW].items()
        ],
        version=consents.NOW,
        errors=told.errors if told else {},
    )


def _of_a_customer(codes: tuple[str, ...], person: int, told: Told | None) -> list[Any]:
    """Fields without our own marks: what is 商密 to us says nothing to a customer."""
    made = reading.slots(codes, person, request.form, told)
    for slot in made:
        slot.level = "open"
    return made


def company() -> str:
    """Who asks, as the page calls us."""
    name: str = current_app.extensions["kedang.settings"].company
    return name or _("我们公司")
