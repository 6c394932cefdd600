"""Asking: anyone asks for access, for a need of the work and the customers concerned (6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import func, insert, select

from crm import clock, numbering
from crm.access.grants import Grant, GrantCustomer, State
from crm.audit import log
from crm.authority import deciding, slips, terms
from crm.customers import pointing
from crm.customers.narrowing import OF_A_CARD
from crm.db import db, uuid7
from crm.errors import Invalid, Missing
from crm.notices import inbox
from crm.web.forms import id_of
from crm.web.text import clean, clean_line

if TYPE_CHECKING:
    from uuid import UUID

    from werkzeug.datastructures import MultiDict

    from crm.accounts.people import Viewer
    from crm.authority.terms import Terms

MOST_CUSTOMERS = 500
MOST_NAMES = 100
MOST_WAITING = 20
"""Requests of one person that may wait at the same time."""
REASON, NAME = 500, 120


@dataclass(slots=True)
class Wanted:
    """A request as it was typed: the terms, the customers, the reason."""

    terms: Terms
    customers: list[UUID] = field(default_factory=list)
    names: str = ""
    """The names as they were written, one a line."""
    meant: int = 0
    """How many they are for the asker, who is not told which of the names are there."""
    filters: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    errors: dict[str, str] = field(default_factory=dict)


def read(viewer: Viewer, form: MultiDict[str, str]) -> Wanted:
    """The form of a request, with a sentence for whatever is wrong."""
    told = terms.read(form)
    wanted = Wanted(told, errors=told.errors)
    reason = clean(form.get("reason", ""), REASON)
    wanted.reason = reason.text
    if not wanted.reason:
        wanted.errors["reason"] = _("请写一句为什么需要。")
    elif reason.over:
        wanted.errors["reason"] = _("最多 %(n)s 字。", n=REASON)
    _customers(viewer, wanted, form)
    return wanted


def _customers(viewer: Viewer, wanted: Wanted, form: MultiDict[str, str]) -> None:
    """By id where one has the card, by name where one has not, by filter within what one sees."""
    ids = [one for text in form.getlist("customer")[:MOST_CUSTOMERS] if (one := id_of(text))]
    seen = dict.fromkeys(pointing.seen(viewer, ids))
    lines = [clean_line(line, NAME).text for line in form.get("names", "").splitlines()]
    names = list(dict.fromkeys(line for line in lines if line))
    wanted.names = "\n".join(names)
    found: dict[UUID, None] = {}
    if len(names) > MOST_NAMES:
        wanted.errors["names"] = _("一次最多写 %(n)s 家。", n=MOST_NAMES)
    else:
        found = dict.fromkeys(one for one in pointing.named(names).values() if one)
    wanted.filters = filters(form)
    if wanted.filters:
        fit = pointing.fitting(viewer, wanted.filters, MOST_CUSTOMERS)
        if len(fit) > MOST_CUSTOMERS:
            wanted.errors["filter"] = _("超过 %(n)s 家，请缩小条件。", n=MOST_CUSTOMERS)
        seen |= dict.fromkeys(fit)
    wanted.customers = list(seen | found)
    wanted.meant = len(seen) + len(names)
    if not wanted.meant and "filter" not in wanted.errors:
        wanted.errors["names"] = _("请写明是哪些客户。")


def filters(form: MultiDict[str, str]) -> dict[str, str]:
    """The filters of a form, those that say something."""
    read_ = {name: clean_line(form.get(name, ""), 60).text[:60] for name in OF_A_CARD}
    return {name: text for name, text in read_.items() if text}


def ask(viewer: Viewer, wanted: Wanted, once: UUID | None) -> Grant:
    """File a request; the same form sent twice is one request. Raises Invalid for too many.

    Needs a writing unit, and a request that was read without errors.
    """
    if once and (there := db.session.get(Grant, once)):
        if there.holder_id != viewer.id:
            raise Missing
        return there
    waiting = select(func.count()).where(
        Grant.holder_id == viewer.id, Grant.state == State.ASKED.value
    )
    if (db.session.scalar(waiting) or 0) >= MOST_WAITING:
        raise Invalid(_("您已有 %(n)s 份申请在等审批，先等一等。", n=MOST_WAITING))
    grant = _filed(viewer, wanted, once or uuid7())
    for person in deciding.deciders(grant.holder_id):
        inbox.tell(person.id, inbox.Kind.GRANT_ASKED, number=wanted.meant, other_id=viewer.id)
    return grant


def _filed(viewer: Viewer, wanted: Wanted, grant_id: UUID) -> Grant:
    told = wanted.terms
    grant = Grant(
        id=grant_id, number=numbering.take(slips.PREFIX), standing=False, holder_id=viewer.id,
        meant=wanted.meant, purpose=told.purpose,
        acts=" ".join(told.acts), fields=" ".join(told.fields),
        level=told.level, every=False, by_task=False, days=told.days, most=told.most, used=0,
        state=State.ASKED.value, asked_at=clock.now(),
        reason=slips.sealed(viewer.id, grant_id, "reason", wanted.reason),
        named=slips.sealed(viewer.id, grant_id, "named", wanted.names),
    )  # fmt: skip
    db.session.add(grant)
    db.session.flush()
    rows = [{"grant_id": grant.id, "customer_id": one} for one in wanted.customers]
    if rows:
        db.session.execute(insert(GrantCustomer), rows)
    log.say(
        "grant_asked",
        subject_type="grant",
        subject_ids=(grant.id,),
        fields=tuple(told.fields),
        purpose=told.purpose,
        grant_id=grant.id,
        detail=slips.detail(grant) | {"customers": len(rows)},
    )
    return grant
