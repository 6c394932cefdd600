"""补充信息: anybody writes facts about a customer; what became of them is all that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access.fields import FIELDS
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.audit import log
from crm.crypto import keyring
from crm.customers import cards
from crm.customers.contributing import reading, records, taking
from crm.customers.contributing.records import Fate
from crm.customers.contributing.table import COMPANY, MOST_PEOPLE, PERSON, label, reason
from crm.customers.status import SOURCE_TITLES
from crm.customers.views import bp
from crm.disclosure import door
from crm.disclosure.opened import Item
from crm.errors import Missing, OverQuota
from crm.web import unit
from crm.web.forms import id_of
from crm.web.guard import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from crm.customers.cards import Card
    from crm.customers.contributing.reading import Told
    from crm.customers.contributing.records import ContributedFact, Contribution


@bp.get("/contributions")
@allow(Permission.CONTRIBUTION_WRITE)
def contributions() -> ResponseReturnValue:
    """我的补充: one's own, by the names of their fields, and what became of each."""
    rows = records.mine(g.viewer)
    facts = records.facts([row.id for row in rows])
    said = _own_words(rows)
    return render_template(
        "contributions/mine.html",
        rows=[_line(row, facts[row.id], said.get(f"contribution.{row.id}")) for row in rows],
        waiting=records.count_waiting(g.viewer),
    )


def _own_words(rows: Sequence[Contribution]) -> dict[str, Any]:
    """The customers' names as this person wrote them: one entry names the contributions."""
    keys = keyring.current().record_keys([row.id for row in rows]) if rows else {}
    spec = FIELDS["contribution.name"]
    return door.listing(
        g.viewer,
        [
            (
                Subject("contribution", row.id, row.writer_id, None),
                keys.get(row.id),
                [Item(f"contribution.{row.id}", spec, row.id, row.name, own=True)],
            )
            for row in rows
        ],
        view="own",
    )


def _line(row: Contribution, facts: Sequence[ContributedFact], name: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.made_at,
        "name": name,
        "state": row.state,
        "fates": [
            {
                "label": label(fact.code),
                "state": fact.state,
                "fate": Fate(fact.state).label,
                "reason": reason(fact.reason),
            }
            for fact in facts
        ],
    }


@bp.route("/contributions/new", methods=["GET", "POST"])
@allow(Permission.CONTRIBUTION_WRITE)
def contribute() -> ResponseReturnValue:
    """Write facts down. From a card, about that customer; else about the one that is named."""
    if request.method != "POST":
        if card := _card(request.args.get("customer", "")):
            log.named(card.customer.id, "contributing")
        return _form(card)
    unit.current().write()
    card = _card(request.form.get("customer", ""))
    form = request.form.copy()
    if card:
        form["name"] = card.customer.name
    told = reading.read(form, COMPANY, PERSON)
    if told.errors:
        return _form(card, told), 422
    try:
        once = id_of(form.get("once", ""))
        taking.from_person(g.viewer, told, card.customer.id if card else None, once)
    except OverQuota as over:
        told.errors[""] = over.sentence
        return _form(card, told), over.status
    flash(_("已收到，谢谢。由负责人或市场主管确认后，结果会出现在这里。"), "ok")
    if told.stripped:
        which = _("、").join(sorted(told.stripped))
        flash(_("已去掉看不见的字符：%(which)s", which=which), "warn")
    return redirect("/contributions", 303)


def _card(text: str) -> Card | None:
    """The card that the form was opened from. Raises Missing for one that is not this person's."""
    if not text:
        return None
    if (customer_id := id_of(text)) is None:
        raise Missing
    return cards.get(customer_id, g.viewer)


def _form(card: Card | None, told: Told | None = None) -> str:
    people = [reading.slots(PERSON, at, request.form, told) for at in range(1, MOST_PEOPLE + 1)]
    return render_template(
        "contributions/new.html",
        card=card,
        name=request.form.get("name", ""),
        source=request.form.get("source", ""),
        sources=list(SOURCE_TITLES.items()),
        company=reading.slots(COMPANY, 0, request.form, told),
        people=people,
        errors=told.errors if told else {},
    )
