"""Changes of the law: proposing one and deciding on it, for authority's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crm.authority.proposals import LawProposal
from crm.db import db

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PROPOSALS = "/admin/policy/proposals"


def propose(client: FlaskClient, knob: str, value: object) -> TestResponse:
    """Send a proposal."""
    return client.post(PROPOSALS, data={"knob": knob, "value": str(value)})


def proposed(app: Flask, client: FlaskClient, knob: str, value: object) -> UUID:
    """A proposal that was taken: its id."""
    answer = propose(client, knob, value)
    assert answer.status_code == 303, answer.text
    with app.app_context():
        newest = select(LawProposal.id).order_by(
            LawProposal.proposed_at.desc(), LawProposal.id.desc()
        )
        return db.session.scalars(newest).first()  # type: ignore[return-value] # there is one


def word(client: FlaskClient, proposal_id: UUID, verb: str = "approve") -> int:
    """Approve, refuse or withdraw: the answer's status."""
    return client.post(f"{PROPOSALS}/{proposal_id}/{verb}").status_code


def changed(app: Flask, an: FlaskClient, approver: FlaskClient, knob: str, value: object) -> UUID:
    """A change that was proposed and approved."""
    proposal_id = proposed(app, an, knob, value)
    assert word(approver, proposal_id) == 303
    return proposal_id


def state(app: Flask, proposal_id: UUID) -> str:
    """Where a proposal stands."""
    with app.app_context():
        return db.session.get_one(LawProposal, proposal_id).state


def some_of_each(app: Flask, an: FlaskClient, approver: FlaskClient) -> None:
    """Changes that are in force, and some that wait, one of them for both approvers."""
    for knob, value in (("sales.reach", 2), ("executives.quota", 20)):
        changed(app, an, approver, knob, value)
    for knob, value in (("assistant.reach", 1), ("executives.quota", 21)):
        proposed(app, an, knob, value)
