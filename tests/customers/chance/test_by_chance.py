"""Thirty-two people at random: every card always has a lawful owner, nothing is lost, all is told.

Three hundred steps in the quick suite, on each database; KEDANG_STEPS=10000 is the whole proof.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import event

from crm.db import db
from tests.customers.chance import comparing
from tests.customers.chance.belief import Belief
from tests.customers.chance.machine import CLAIMS, COOL_DOWN
from tests.customers.chance.town import Town
from tests.customers.chance.writing import WritingCompany
from tests.customers.house import pool_on

STEPS = int(os.environ.get("KEDANG_STEPS", "300"))
ACTS = {
    "create", "claim", "assign", "pool_release", "pool_fall", "handover", "merge", "unmerge", "bin",
    "restore", "shred", "contribute", "contribution_decided", "intake_link", "intake",
    "intake_withdrawn", "follow_up", "person_changed",
}  # fmt: skip
"""What must have come about, or the run proves nothing."""
MAY_BE_MISSING = 0 if STEPS >= 1000 else 2
RULES = {
    "pool.claims": str(CLAIMS), "pool.cool_down": str(COOL_DOWN),
    "pool.days.A": "3", "pool.days.B": "6", "pool.days.C": "12", "pool.days.D": "40",
}  # fmt: skip
QUICK, AT_A_TIME = 300, 50
ON = settings(
    max_examples=QUICK // AT_A_TIME,
    stateful_step_count=AT_A_TIME,
    derandomize=STEPS <= QUICK,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # each example goes on from the last: none can be made smaller
    suppress_health_check=list(HealthCheck),
)


def test_whatever_people_do_every_card_has_a_lawful_owner_and_nothing_is_lost(app):
    pool_on(app, **RULES)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":  # thousands of steps need no disk that keeps them
            event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
            db.engine.dispose()
    town, belief, steps = Town(app), Belief(), {"made": 0}
    facts = {"town": town, "belief": belief, "steps": steps, "waiting": {}, "sent": {}, "codes": {}}
    machine = type("Here", (WritingCompany,), facts)
    while steps["made"] < STEPS:
        run_state_machine_as_test(machine, settings=ON)
    with town.now():
        comparing.history_is_whole(belief, set(belief.cards))
        assert len(ACTS - comparing.done()) <= MAY_BE_MISSING
