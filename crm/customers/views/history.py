"""变更历史 and 查阅记录: who changed a card, and who looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import g, render_template, request

from crm.access.fields import FIELDS, Level
from crm.access.permissions import Permission
from crm.customers import cards, changes, contacts, items, owners, signs
from crm.customers.choices import title, titled
from crm.customers.face import asking, head
from crm.customers.signs import WITH_SIGNS
from crm.customers.views import bp
from crm.disclosure import door, openings, reaching, seen
from crm.disclosure.acts import Act
from crm.web.forms import number_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.disclosure.opened import Shown
    from crm.disclosure.reaching import Reaches

LOOKS, FARTHEST = 50, 1000


@bp.get("/customers/<uuid:customer_id>/history")
@allow(Permission.CUSTOMER_HISTORY)
def history(customer_id: UUID) -> ResponseReturnValue:
    """Every change, field by field. Values are as sealed here as they are on the card."""
    card = cards.told(customer_id, g.viewer, Permission.CUSTOMER_HISTORY, WITH_SIGNS)
    page = number_of(request.args.get("page", ""), FARTHEST) or 1
    found = changes.of(customer_id, page)
    rows = found[: changes.PAGE]
    asked = [item for change, _name in rows for item in items.change_items(change)]
    shown = door.glance(
        g.viewer,
        card.subject,
        asked,
        openings.running(g.viewer, customer_id),
        view="history",
        key=card.key,
    )
    reads = reaching.reaches(g.viewer, Act.REVEAL, card.subject)
    extras = contacts.extras_of(customer_id) if signs.of(card).has_extras else ()
    labels = {row.id: row.label for row in extras}
    return render_template(
        "customers/history.html",
        **head(card, g.viewer),
        **asking(g.viewer),
        rows=[
            _told(change, labels.get(change.row_id, ""), shown, by=name, reads=reads)
            for change, name in rows
        ],
        page=page,
        more=len(found) > changes.PAGE,
        passed=owners.of(customer_id) if page == 1 else [],
    )


def _told(
    change: changes.Change, label: str, shown: dict[str, Shown], *, by: str, reads: Reaches
) -> dict[str, Any]:
    old, new = (
        one._replace(value=titled(change.code, one.value))
        for one in (shown[f"change.{change.id}.{side}"] for side in ("old", "new"))
    )
    field = FIELDS.get(change.code)
    return {
        "at": change.at,
        "by": by,
        "label": label or (str(field.label) if field else change.code),
        "level": field.level.value if field else Level.SECRET.value,
        "source": title("source", change.source),
        "old": old,
        "new": new,
        "may_reveal": reads(old.field),
    }


@bp.get("/customers/<uuid:customer_id>/seen-by")
@allow(Permission.CUSTOMER_SEEN_BY)
def seen_by(customer_id: UUID) -> ResponseReturnValue:
    """Who looked at this card, when, how and for what."""
    card = cards.told(customer_id, g.viewer, Permission.CUSTOMER_SEEN_BY, WITH_SIGNS)
    door.glance(g.viewer, card.subject, [], None, view="seen-by", key=card.key)
    looks = seen.by(customer_id, LOOKS + 1, number_of(request.args.get("before", ""), 10**15))
    return render_template(
        "customers/seen_by.html",
        **head(card, g.viewer),
        looks=looks[:LOOKS],
        more=len(looks) > LOOKS,
    )
