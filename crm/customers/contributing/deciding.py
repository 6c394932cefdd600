"""Deciding: what was contributed goes onto the card, fact by fact, or is turned down with a reason.

A decided fact's box is emptied: accepted, it stands on the card with its source and day; rejected,
there is no reason to keep it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _

from crm import clock
from crm.access import law
from crm.access.fields import FIELDS, Shows
from crm.access.permissions import Permission
from crm.audit import log
from crm.customers import cards, contacts, pointing
from crm.customers.cards import Customer
from crm.customers.contacts import Contact
from crm.customers.contributing import consents
from crm.customers.contributing.comparing import Weighed, weigh
from crm.customers.contributing.records import Contribution, Fate
from crm.customers.contributing.table import PROSE, REASONS
from crm.customers.editing import apply
from crm.customers.editing.typed import READ, Typed
from crm.db import db, uuid7
from crm.errors import Denied, Invalid, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.accounts.people import Viewer
    from crm.customers.contributing.records import ContributedFact


class DecidedMeanwhile(Trouble):
    """Somebody else decided since the page was read."""

    status = 409


@dataclass(slots=True)
class Decision:
    """What somebody says about a contribution: facts to accept, and facts to reject and why."""

    version: int
    accepted: set[UUID] = field(default_factory=set)
    rejected: dict[UUID, str] = field(default_factory=dict)


def read(form: Mapping[str, str], facts: Sequence[ContributedFact], version: int) -> Decision:
    """Read a form's decisions on these facts. Raises Invalid for one that is no decision."""
    said = Decision(version)
    everything = form.get("all", "")
    for fact in facts:
        if fact.state != Fate.WAITING:
            continue
        chosen = everything or form.get(f"fact.{fact.id}", "")
        if chosen == "accept":
            said.accepted.add(fact.id)
        elif chosen == "reject":
            why = form.get("reason" if everything else f"fact.{fact.id}.reason", "")
            if why not in REASONS:
                raise Invalid(_("不采纳请选一个原因。"), f"fact.{fact.id}.reason")
            said.rejected[fact.id] = why
        elif chosen not in {"", "later"}:
            raise Invalid(_("每一项只能选采纳、不采纳或先放着。"))
    if not (said.accepted or said.rejected):
        raise Invalid(_("还没有选：至少决定一项。"))
    return said


def unchanged(contribution: Contribution, version: int) -> None:
    """Raises DecidedMeanwhile when the page that was decided on is no longer what stands here."""
    if contribution.state != Fate.WAITING or contribution.version != version:
        raise DecidedMeanwhile(
            _("别人刚刚处理过这条补充信息，下面是现在的样子；您的选择没有生效。")
        )


def decide(  # noqa: PLR0913, PLR0917 - whose decision, on what, as it was read
    viewer: Viewer,
    contribution: Contribution,
    customer: Customer | None,
    facts: Sequence[ContributedFact],
    texts: Mapping[UUID, str],
    said: Decision,
) -> None:
    """Carry out a decision in the running unit. Raises DecidedMeanwhile, Invalid or Denied."""
    unchanged(contribution, said.version)
    accepted = [fact for fact in facts if fact.id in said.accepted]
    if accepted:
        if customer is None:
            raise Invalid(_("还没有对上客户：先建新客户，或归到已有的客户。"), "name")
        _merge(viewer, contribution, customer.id, accepted, facts, texts)
    for fact in facts:
        if fact.id in said.accepted:
            _over(fact, Fate.ACCEPTED)
        elif why := said.rejected.get(fact.id):
            _over(fact, Fate.REJECTED, why)
    contribution.version += 1
    if all(fact.state != Fate.WAITING for fact in facts):
        contribution.state, contribution.decided_at = Fate.DECIDED.value, clock.now()
    db.session.flush()
    _say(contribution, accepted, said)


def _over(fact: ContributedFact, fate: Fate, why: str = "") -> None:
    fact.state, fact.reason, fact.value = fate.value, why, None


def _say(contribution: Contribution, accepted: Sequence[ContributedFact], said: Decision) -> None:
    log.say(
        "contribution_decided",
        subject_type="contribution",
        subject_ids=(contribution.id,),
        fields=tuple(dict.fromkeys(one.code for one in accepted if one.code in FIELDS)),
        detail={"accepted": len(said.accepted), "rejected": len(said.rejected)},
        indexed=True,
    )


def _merge(  # noqa: PLR0913, PLR0917 - the same facts
    viewer: Viewer,
    contribution: Contribution,
    customer_id: UUID,
    accepted: Sequence[ContributedFact],
    facts: Sequence[ContributedFact],
    texts: Mapping[UUID, str],
) -> None:
    """Put accepted facts onto the card with their source, its history and today as their day."""
    card = cards.get(customer_id, viewer, Permission.CUSTOMER_EDIT)
    weighed = weigh(card.customer, facts, texts)
    people = _people(card.customer, accepted, facts, weighed)
    typed = Typed(company={"name": None})
    for fact in accepted:
        _type(typed, fact, texts[fact.id], people.get(fact.person), contribution.source)
    apply.update(viewer, card.customer, typed)
    for fact in accepted:
        if contact := people.get(fact.person):
            consents.settle(contribution.id, fact.person, fact.code, contact)


def _type(
    typed: Typed, fact: ContributedFact, text: str, contact: Contact | None, source: str
) -> None:
    """Say in the edit form's own words what is accepted."""
    code = "traits" if fact.code == PROSE else fact.code
    spec = FIELDS[code]
    name = f"contact.{contact.id}.{spec.column}" if contact else code
    typed.sources[name] = source
    typed.verified.add(name)
    if spec.shows is Shows.PROSE and code != "shareholders":
        typed.added[name] = READ[code].limit
    if contact:
        typed.contacts.setdefault(str(contact.id), {})[spec.column] = text
    elif code == "shareholders":
        typed.shareholders = text
    elif fact.code == PROSE and code in typed.company:
        typed.company[code] = f"{typed.company[code]}\n{text}"
    else:
        typed.company[code] = text


def _people(
    customer: Customer,
    accepted: Sequence[ContributedFact],
    facts: Sequence[ContributedFact],
    weighed: Weighed,
) -> dict[int, Contact]:
    """The contacts that accepted facts are about; who is not there yet is added, by name."""
    people = dict(weighed.people)
    for number in sorted({fact.person for fact in accepted} - {0}):
        if number not in people:
            codes = {fact.code for fact in accepted if fact.person == number}
            if "contact.name" not in codes:
                raise Invalid(_("新联系人要先采纳姓名，才能采纳他的其他信息。"))
            people[number] = _new_contact(customer)
        for fact in facts:
            if fact.person == number:
                fact.contact_id = people[number].id
    db.session.flush()
    return people


def _new_contact(customer: Customer) -> Contact:
    position = len(contacts.of(customer.id))
    contact = Contact(id=uuid7(), customer_id=customer.id, position=position, facts={})
    db.session.add(contact)
    db.session.flush()
    return contact


def new_card(viewer: Viewer, contribution: Contribution, name: str, owner: str) -> Customer:
    """Make the card that a contribution about an unknown customer asks for.

    Raises Invalid when the name is taken – saying only who is responsible – or Denied.
    """
    if law.scope(viewer, Permission.CUSTOMER_CREATE) is None:
        raise Denied(_("您的岗位不新建客户，请转给市场主管。"))
    typed = Typed(company={"name": name, "source": contribution.source}, owner=owner)
    customer = apply.create(viewer, typed)
    contribution.customer_id = customer.id
    db.session.flush()
    return customer


def attach(contribution: Contribution, name: str) -> None:
    """It is about a customer that is there under this name: whose it is decides now."""
    found = pointing.meant(name)
    if found is None:
        raise Invalid(_("没有叫这个名称的客户；请写全称，或建新客户。"), "name")
    contribution.customer_id, contribution.version = found, contribution.version + 1
    db.session.flush()
    log.say(
        "contribution_decided",
        subject_type="contribution",
        subject_ids=(contribution.id, found),
        detail={"attached": True},
        indexed=True,
    )
