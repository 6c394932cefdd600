"""Pictures: one opened value as an image, for the session that opened it and for a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, g, request

from crm import clock
from crm.access.permissions import Permission
from crm.customers import cards, items
from crm.customers.choices import titled
from crm.customers.views import bp
from crm.disclosure import door, tickets
from crm.errors import Missing
from crm.marks import pictures
from crm.web.guard import allow

if TYPE_CHECKING:
    from crm.customers.cards import Card
    from crm.disclosure.opened import Item
    from crm.disclosure.tickets import Ticket


@bp.get("/pictures/<string:token>")
@allow(Permission.SIGNED_IN)
def picture(token: str) -> Response:
    """The value as PNG; `x=2` for fine screens, `dark=1` for dark pages. Wrong tickets: 404."""
    ticket = tickets.read(token, g.viewer)
    card = cards.told(ticket.customer_id, g.viewer)
    item = _item(card, ticket)
    opened = titled(item.field.code, door.redrawn(g.viewer, card.subject, item, ticket, card.key))
    line = pictures.signed(g.viewer.name, clock.local(clock.now()), ticket.code)
    scale = 2 if request.args.get("x") == "2" else 1
    made = pictures.drawn(opened.text, line, scale, dark=request.args.get("dark") == "1")
    return Response(made, mimetype="image/png")


def _item(card: Card, ticket: Ticket) -> Item:
    """The value that is meant, which somebody may have deleted since."""
    try:
        return items.named(card.customer, [ticket.item])[0]
    except Missing:
        raise tickets.refused(ticket, "changed") from None
