"""Attempts: what a browser refused – copying, dragging, printing what is open – told to the log."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import g, request
from flask_babel import gettext as _

from crm.access.permissions import Permission
from crm.audit import log
from crm.customers import cards
from crm.customers.views import bp
from crm.errors import Invalid
from crm.web import limits
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

KINDS = frozenset({"copy", "cut", "drag", "menu", "print", "watermark"})


@bp.post("/attempts")
@allow(Permission.SIGNED_IN)
@limits.limit(limits.ATTEMPTS, key_func=limits.who)
def attempt() -> ResponseReturnValue:
    """One attempt, at which of one's cards: the browser has refused it already."""
    kind, customer = request.form.get("kind", ""), request.form.get("customer", "")
    if kind not in KINDS:
        raise Invalid(_("请求不完整，请回上一页再试。"))
    about = {}
    if customer:
        card = cards.told(_id(customer), g.viewer)
        about = {"subject_type": "customer", "subject_ids": (card.subject.id,)}
    log.refuse("attempt", **about, detail={"why": kind})
    return "", 204


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(_("请求不完整，请回上一页再试。")) from None
