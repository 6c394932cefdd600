"""Taking a contribution in: named by its words, sealed under its own key; nothing is given back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import clock
from crm.access.fields import FIELDS
from crm.audit import log
from crm.crypto import keyring
from crm.crypto.sealed import Place
from crm.customers import pointing
from crm.customers.contributing.records import ContributedFact, Contribution
from crm.db import db, uuid7
from crm.errors import OverQuota

if TYPE_CHECKING:
    from crm.accounts.people import Viewer
    from crm.crypto.sealed import RecordKey
    from crm.customers.contributing.links import IntakeLink
    from crm.customers.contributing.reading import Told

A_DAY = 20
"""Contributions of one person on one office day: enough for a fair, too few to guess with."""


def from_person(
    viewer: Viewer, told: Told, customer_id: UUID | None, once: UUID | None
) -> Contribution:
    """Keep what an employee wrote. `customer_id` is the card it was written from, if any.

    `once` is the form's own id: a form that arrives twice is kept once. Raises OverQuota.
    """
    kept = db.session.get(Contribution, once) if once else None
    if kept and kept.writer_id == viewer.id:
        return kept
    if _today(viewer) >= A_DAY:
        raise OverQuota(
            _("今天已补充 %(n)s 次，达到每日上限；请明天再写，或直接告诉市场主管。", n=A_DAY)
        )
    return _keep(
        told,
        Contribution(
            id=once if once and not keyring.current().has_key(once) else uuid7(),
            customer_id=customer_id or pointing.meant(told.name),
            writer_id=viewer.id,
        ),
    )


def from_customer(link: IntakeLink, told: Told) -> Contribution:
    """Keep what a customer wrote by a link; whoever made the link is asked to decide."""
    return _keep(
        told,
        Contribution(
            id=uuid7(),
            customer_id=link.customer_id,
            for_id=None if link.customer_id else link.maker_id,
            link_id=link.id,
        ),
    )


def again(made: Contribution, told: Told) -> None:
    """Keep what is told now under the same contribution; its facts before are gone already."""
    key = keyring.current().record_key(made.id)
    made.name = key.seal(Place("contributions", "name", made.id), told.name)
    made.version += 1
    db.session.add_all(_facts(told, made.id, key))
    db.session.flush()
    _say("intake_corrected", made, told)


def _keep(told: Told, made: Contribution) -> Contribution:
    row, key = keyring.current().new_data_key(made.id)
    made.source, made.made_at = told.source, clock.now()
    made.name = key.seal(Place("contributions", "name", made.id), told.name)
    db.session.add_all([made, row, *_facts(told, made.id, key)])
    db.session.flush()
    _say("contribute" if made.writer_id else "intake", made, told)
    return made


def _say(action: str, made: Contribution, told: Told) -> None:
    log.say(
        action,
        subject_type="contribution",
        subject_ids=(made.id,),
        fields=tuple(dict.fromkeys(one.code for one in told.facts if one.code in FIELDS)),
        indexed=True,
    )


def _facts(told: Told, contribution_id: UUID, key: RecordKey) -> list[ContributedFact]:
    made = []
    for position, said in enumerate(told.facts):
        fact = ContributedFact(
            id=uuid7(),
            contribution_id=contribution_id,
            position=position,
            person=said.person,
            code=said.code,
        )
        fact.value = key.seal(Place("contributed_facts", "value", fact.id), said.text)
        made.append(fact)
    return made


def _today(viewer: Viewer) -> int:
    wanted = select(func.count()).where(
        Contribution.writer_id == viewer.id,
        Contribution.made_at >= clock.start_of(clock.today()),
    )
    return db.session.scalar(wanted) or 0
