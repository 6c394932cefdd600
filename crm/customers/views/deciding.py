"""待我处理: contributions that wait for who is responsible, read through the door and decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from crm.access import law
from crm.access.fields import FIELDS, Level
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.customers import standing
from crm.customers.choices import title, titled
from crm.customers.contributing import deciding, reading, records
from crm.customers.contributing.comparing import Weighed, weigh
from crm.customers.contributing.deciding import DecidedMeanwhile
from crm.customers.contributing.records import Fate
from crm.customers.contributing.table import REASONS, label, reason
from crm.customers.editing.typed import MOST_EDITS
from crm.customers.views import bp
from crm.disclosure import door
from crm.disclosure.acts import Act, Purpose
from crm.disclosure.opened import Item
from crm.errors import Invalid
from crm.web import unit
from crm.web.forms import number_of
from crm.web.guard import allow
from crm.web.limits import CHECKS, limit, who

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.customers.cards import Customer
    from crm.customers.contributing.records import ContributedFact, Contribution
    from crm.disclosure.opened import Opened

    Found = tuple[Contribution, Customer | None, Subject]


@bp.get("/contributions/waiting")
@allow(Permission.CONTRIBUTION_DECIDE)
def waiting() -> ResponseReturnValue:
    """What waits for this person. One entry names the customers it showed."""
    found = records.waiting(g.viewer)
    known = [customer for _row, customer, _writer in found if customer]
    door.listing(g.viewer, [(_card(one), None, []) for one in known], view="contributions")
    facts = records.facts([row.id for row, _customer, _writer in found])
    return render_template(
        "contributions/waiting.html",
        rows=[
            {
                "id": row.id,
                "at": row.made_at,
                "customer": customer.name if customer else "",
                "writer": writer or "",
                "source": title("source", row.source),
                "labels": [label(one.code) for one in facts[row.id] if one.state == Fate.WAITING],
            }
            for row, customer, writer in found
        ],
    )


def _card(customer: Customer) -> Subject:
    return Subject("customer", customer.id, customer.owner_id, customer.team_id)


@bp.route("/contributions/<uuid:contribution_id>", methods=["GET", "POST"])
@allow(Permission.CONTRIBUTION_DECIDE)
@limit(CHECKS, key_func=who, methods=["POST"])  # a name to attach it to tells whether it is there
def contribution(contribution_id: UUID) -> ResponseReturnValue:
    """Read what was contributed and decide on it. Reading it is an act with its own entry."""
    unit.current().write()
    found = records.get(contribution_id, g.viewer)
    if request.method != "POST":
        return _page(found)
    try:
        return _carry_out(found)
    except (Invalid, DecidedMeanwhile) as trouble:
        unit.current().undo()
        found = records.get(contribution_id, g.viewer)
        return _page(found, trouble.sentence), trouble.status


def _carry_out(found: Found) -> ResponseReturnValue:
    row, customer, _subject = found
    form, here = request.form, f"/contributions/{row.id}"
    version = number_of(form.get("version", ""), MOST_EDITS) or 0
    deciding.unchanged(row, version)
    act = form.get("do", "")
    if act in {"make", "attach"} and customer is not None:
        raise Invalid(_("这条补充信息已经对上客户了。"))
    if act == "attach":
        deciding.attach(row, reading.checked("name", form.get("name", "")))
        flash(_("已归到这家客户，由它的负责人处理。"), "ok")
        everything = standing.may_assign(g.viewer)
        return redirect(here if everything else "/contributions/waiting", 303)
    if act == "make":
        name = reading.checked("name", form.get("name", ""))
        made = deciding.new_card(g.viewer, row, name, form.get("owner", "")[:64])
        flash(_("已建新卡「%(name)s」，下面逐项决定。", name=made.name), "ok")
        return redirect(here, 303)
    facts = records.facts([row.id])[row.id]
    said = deciding.read(form, facts, version)
    texts = {fact_id: one.text for fact_id, one in _opened(found, facts)[1].items()}
    deciding.decide(g.viewer, row, customer, facts, texts, said)
    flash(
        _(
            "已处理：采纳 %(yes)s 项，不采纳 %(no)s 项。",
            yes=len(said.accepted),
            no=len(said.rejected),
        ),
        "ok",
    )
    return redirect(here if row.state == Fate.WAITING else "/contributions/waiting", 303)


def _opened(found: Found, facts: list[ContributedFact]) -> tuple[Opened | None, dict[UUID, Opened]]:
    """The name and the undecided facts as they were written, through the door."""
    row, _customer, subject = found
    open_ones = [fact for fact in facts if fact.value is not None]
    if not open_ones:
        return None, {}
    name = Item(f"contribution.{row.id}.name", FIELDS["contribution.name"], row.id, row.name)
    asked = {one.id: _item(one) for one in open_ones}
    opened = door.disclose(
        g.viewer, Act.JUDGE, subject, [name, *asked.values()], Purpose.MAINTAIN.value
    )
    return opened[name.name], {one: opened[item.name] for one, item in asked.items()}


def _item(fact: ContributedFact) -> Item:
    return Item(f"fact.{fact.id}.{fact.code}", FIELDS["contribution.value"], fact.id, fact.value)


def _page(found: Found, problem: str = "") -> str:
    row, customer, _subject = found
    facts = records.facts([row.id])[row.id]
    name, opened = _opened(found, facts)
    weighed = _weighed(found, facts, opened)
    if customer:
        door.glance(g.viewer, _card(customer), [], None, view="contribution")
    return render_template(
        "contributions/decide.html",
        row=row,
        customer=customer,
        name=request.form.get("name") or name or "",
        source=title("source", row.source),
        groups=_groups(facts, opened, weighed),
        reasons=[(code, str(words)) for code, words in REASONS.items()],
        owners=_owners(),
        may_make=law.scope(g.viewer, Permission.CUSTOMER_CREATE) is not None,
        over=row.state != Fate.WAITING,
        compared=weighed is not None,
        problem=problem,
        form=request.form,
    )


def _weighed(
    found: Found, facts: list[ContributedFact], opened: dict[UUID, Opened]
) -> Weighed | None:
    """相同 or 不同 beside each fact; not for one's own words about a card one may not read.

    Otherwise whoever may not look at a card could guess at it, one contribution after another.
    What came by a link may be one's own words too: whoever made the link could have filled it in.
    """
    row, customer, _subject = found
    if customer is None:
        return None
    reads = law.may(g.viewer, Permission.CUSTOMER_REVEAL, _card(customer))
    if row.writer_id in {None, g.viewer.id} and not reads:
        return None
    return weigh(customer, facts, {fact_id: one.text for fact_id, one in opened.items()})


def _groups(
    facts: list[ContributedFact], opened: dict[UUID, Opened], weighed: Weighed | None
) -> list[dict[str, Any]]:
    """The company's facts, then each person's."""
    return [
        {
            "person": number,
            "known": bool(weighed and number in weighed.people),
            "facts": [
                _fact(fact, opened.get(fact.id), weighed) for fact in facts if fact.person == number
            ],
        }
        for number in sorted({fact.person for fact in facts})
    ]


def _fact(fact: ContributedFact, value: Opened | None, weighed: Weighed | None) -> dict[str, Any]:
    spec = FIELDS.get(fact.code)
    verdict = weighed.verdicts.get(fact.id) if weighed else None
    return {
        "id": fact.id,
        "label": label(fact.code),
        "secret": bool(spec and spec.level is Level.SECRET),
        "value": titled(fact.code, value),
        "verdict": verdict.value if verdict else "",
        "verdict_label": verdict.label if verdict else "",
        "state": fact.state,
        "fate": Fate(fact.state).label,
        "reason": reason(fact.reason),
    }


def _owners() -> list[tuple[str, str]]:
    if not standing.may_assign(g.viewer):
        return []
    return [
        (login, _("%(name)s（%(login)s）", name=name, login=login))
        for login, name in standing.candidates()
    ]
