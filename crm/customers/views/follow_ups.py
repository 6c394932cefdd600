"""Writing a follow-up from the card."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import flash, g, redirect, request
from flask_babel import gettext as _

from crm.access.permissions import Permission
from crm.customers import cards, followups
from crm.customers.followups import MET, Kind, Outcome
from crm.customers.views import bp
from crm.customers.views.cards import page
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import day_of, id_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.post("/customers/<uuid:customer_id>/follow-ups")
@allow(Permission.CUSTOMER_FOLLOW_UP)
def follow_up(customer_id: UUID) -> ResponseReturnValue:
    """Keep what was said and when to get in touch next."""
    unit.current().write()
    card = cards.get(customer_id, g.viewer, Permission.CUSTOMER_FOLLOW_UP)
    form = request.form
    try:
        said = followups.read(form.get("text", ""))
        followups.write(
            g.viewer,
            card,
            kind_of(form.get("kind", Kind.PHONE.value)),
            said.text,
            outcome_of(form.get("outcome", "")),
            day_of(form.get("next_date") or form.get("next", "")),
            once=id_of(form.get("once", "")),
        )
    except Invalid as invalid:
        return page(card, problem=invalid.sentence, typed=form), 422
    flash(_("已记下。"), "ok")
    if said.stripped:
        flash(_("已去掉看不见的字符：%(which)s", which=_("、").join(said.stripped)), "warn")
    return redirect(f"/customers/{customer_id}", 303)


def kind_of(text: str) -> Kind:
    """A kind of follow-up. Raises Invalid."""
    if text not in MET:
        raise Invalid(_("请选择跟进方式。"))
    return Kind(text)


def outcome_of(text: str) -> Outcome | None:
    """How a call ended, or nothing. Raises Invalid."""
    if text and text not in set(Outcome):
        raise Invalid(_("请选择通话结果。"))
    return Outcome(text) if text else None
