"""Correcting: with a code, whoever filled in the form replaces or withdraws it while undecided."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from crm.audit import log
from crm.crypto.keyring import DataKey
from crm.customers.contributing import consents, taking
from crm.customers.contributing.links import hashed
from crm.customers.contributing.records import ContributedFact, Contribution, Fate
from crm.db import db

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.customers.contributing.reading import Told

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without what looks alike on paper."""
SIGNS, A_GROUP = 16, 4
"""Sixteen signs of 32: 80 bits, few enough to be copied by hand."""
LONGEST = 64
MOST = 5
"""Corrections of one contribution: who sends it again and again is comparing, not correcting."""


def give(made: Contribution) -> str:
    """A code for what was just sent; it is told this once, its hash is kept."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(SIGNS))
    made.correction_hash = hashed(code)
    db.session.flush()
    return written(code)


def written(code: str) -> str:
    """A code as it is shown, however it was typed."""
    bare = _bare(code)
    return "-".join(bare[at : at + A_GROUP] for at in range(0, len(bare), A_GROUP))


def _bare(code: str) -> str:
    """A code as its hash knows it, however it was typed."""
    return "".join(sign for sign in code.upper() if sign in ALPHABET)


def find(code: str) -> Contribution | None:
    """What was sent with this code; for a guessed one nothing."""
    if len(code) > LONGEST:
        return None
    wanted = select(Contribution).where(Contribution.correction_hash == hashed(_bare(code)))
    return db.session.scalar(wanted)


def may_change(made: Contribution) -> bool:
    """Whether nobody has decided on any of it yet."""
    facts = select(ContributedFact.id).where(
        ContributedFact.contribution_id == made.id, ContributedFact.state != Fate.WAITING.value
    )
    return made.state == Fate.WAITING and db.session.scalar(facts.limit(1)) is None


def is_used_up(made: Contribution) -> bool:
    """Whether it was corrected as often as it may be: each correction raises its version."""
    return made.version > MOST


def replace(made: Contribution, told: Told, agreed: Iterable[tuple[int, str]]) -> None:
    """What is told now stands in place of what was; whoever had it before them notices."""
    _empty(made)
    taking.again(made, told)
    consents.by_intake(made.id, agreed)


def withdraw(made: Contribution) -> None:
    """Nothing of it is kept: its boxes go, and the only key that opens them."""
    _empty(made)
    db.session.execute(delete(DataKey).where(DataKey.owner_id == made.id))
    db.session.delete(made)
    db.session.flush()
    log.say(
        "intake_withdrawn", subject_type="contribution", subject_ids=(made.id,), indexed=True
    )  # fmt: skip


def _empty(made: Contribution) -> None:
    facts = ContributedFact.contribution_id == made.id
    db.session.execute(delete(ContributedFact).where(facts))
    consents.drop(made.id)
