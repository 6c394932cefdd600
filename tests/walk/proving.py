"""Proving: zhao's second factor, planted beside the sign-in; somebody waits to be let in again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from crm import clock
from crm.accounts.factors import devices
from crm.accounts.factors.devices import TrustedDevice
from crm.accounts.factors.passkeys import Passkey
from crm.accounts.factors.resetting import FactorRecovery
from crm.accounts.factors.totp import TotpSecret
from crm.accounts.people import Person
from crm.crypto import keyring
from crm.db import db, uuid7
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

    from tests.walk.planting import Plant

SECRET = "KEDANGMARKEROFCODES234567ABCDEFG"


def second_factors(app: Flask, plant: Plant) -> dict[str, UUID]:
    """Rows of every kind; zhao still signs in with the password, so that the walk goes on."""
    with app.test_request_context(), unit.work():
        zhao, xi, now = cast.viewer("zhao"), cast.viewer("xi"), clock.now()
        row = TotpSecret(id=uuid7(), person_id=zhao.id, last_step=0, made_at=now, confirmed_at=now)
        row.secret = keyring.current().record_key(zhao.id).seal(row.place(), SECRET)
        passkey = Passkey(
            id=uuid7(),
            person_id=zhao.id,
            credential_id=b"walked",
            public_key=b"none",
            sign_count=0,
            name="一把钥匙",
            made_at=now,
        )
        proposal = FactorRecovery(
            id=uuid7(), person_id=plant.ids["person"], proposed_by=xi.id, proposed_at=now
        )
        db.session.add_all([row, passkey, proposal])
        db.session.flush()
        devices.trust(zhao.id, "Linux Firefox")
        device = db.session.scalars(db.select(TrustedDevice.id)).one()
        spare = update(Person).where(Person.id == plant.ids["person"])
        db.session.execute(spare.values(second_factor=True))
        plant.mark(SECRET, "secret of codes", "totp.secret")
        plant.names.remove("totp.secret")
        return {"passkey": passkey.id, "device": device, "recovery": proposal.id}
