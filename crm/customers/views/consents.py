"""同意: somebody agreed by word of mouth to our keeping a secret fact, or no longer agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import flash, g, redirect, request
from flask_babel import gettext as _

from crm.access.permissions import Permission
from crm.customers import cards
from crm.customers.contributing import consents
from crm.customers.views import bp
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.post("/customers/<uuid:customer_id>/consents")
@allow(Permission.CUSTOMER_EDIT)
def consent(customer_id: UUID) -> ResponseReturnValue:
    """Keep that a contact agreed, told in person to whoever writes it down."""
    unit.current().write()
    cards.get(customer_id, g.viewer, Permission.CUSTOMER_EDIT)
    contact_id = id_of(request.form.get("contact", ""))
    consents.told(g.viewer, customer_id, contact_id, request.form.getlist("agreed"))
    flash(_("已记下同意。"), "ok")
    return redirect(f"/customers/{customer_id}", 303)


@bp.post("/customers/<uuid:customer_id>/consents/<uuid:consent_id>/withdraw")
@allow(Permission.CUSTOMER_EDIT)
def withdraw_consent(customer_id: UUID, consent_id: UUID) -> ResponseReturnValue:
    """Keep that a contact no longer agrees, and say what to do next."""
    unit.current().write()
    cards.get(customer_id, g.viewer, Permission.CUSTOMER_EDIT)
    label = consents.withdraw(customer_id, consent_id)
    flash(_("已记下撤回。请在编辑里清除这位联系人的%(label)s。", label=label), "warn")
    return redirect(f"/customers/{customer_id}", 303)
