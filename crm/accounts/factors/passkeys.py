"""Passkeys (WebAuthn): a key that never leaves its device, bound to the address of this program.

A challenge lies on the session that asked for it, is good for five minutes and for one answer.
What the authenticator signed is checked by py_webauthn: origin, challenge, counter, signature.
"""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from flask import current_app
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, mapped_column
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from crm import clock
from crm.accounts.sessions import SignIn
from crm.db import Base, Identified, Moment, db, uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.accounts.people import Viewer

GOOD_FOR = timedelta(minutes=5)
"""How long a challenge waits for its answer."""
NAME, MOST = 40, 10
"""Characters of a passkey's name, and passkeys that one person may have."""
LONGEST = 16_384
"""Characters of an answer: an authenticator's is a tenth of this."""
PORTS = {"https": 443, "http": 80}
RP_NAME = "Kedang"
PREFERRED = UserVerificationRequirement.PREFERRED


class Passkey(Base, Identified):
    """One passkey's public half."""

    __tablename__ = "passkeys"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(NAME))
    made_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


def host() -> str:
    """The name that passkeys are bound to: the public address's."""
    return (urlsplit(_public_url()).hostname or "").lower()


def origin() -> str:
    """The public address as a browser names its origin: without a port that goes by itself."""
    parts = urlsplit(_public_url())
    port = f":{parts.port}" if parts.port and parts.port != PORTS.get(parts.scheme) else ""
    return f"{parts.scheme}://{host()}{port}"


def usable() -> bool:
    """Whether browsers offer passkeys here: at a name over HTTPS, or on this very machine."""
    try:
        ipaddress.ip_address(host())
    except ValueError:
        return origin().startswith("https://") or host() == "localhost"
    return False


def of(person_id: UUID) -> Sequence[Passkey]:
    """A person's passkeys, the oldest first."""
    mine = select(Passkey).where(Passkey.person_id == person_id)
    return db.session.scalars(mine.order_by(Passkey.id)).all()


def ask_new(viewer: Viewer, session_id: UUID) -> str:
    """What a browser needs to make a passkey, as JSON; its challenge waits on the session."""
    options = webauthn.generate_registration_options(
        rp_id=host(),
        rp_name=RP_NAME,
        user_id=viewer.id.bytes,
        user_name=viewer.login,
        user_display_name=viewer.name,
        challenge=_challenge(session_id),
        exclude_credentials=_descriptors(viewer.id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=PREFERRED
        ),
    )
    return webauthn.options_to_json(options)


def ask(person_id: UUID, session_id: UUID) -> str:
    """What a browser needs to sign with a passkey of this person's, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=host(),
        challenge=_challenge(session_id),
        allow_credentials=_descriptors(person_id),
        user_verification=PREFERRED,
    )
    return webauthn.options_to_json(options)


def add(person_id: UUID, session_id: UUID, answer: str, name: str) -> bool:
    """Keep the passkey that a browser has made; False where its answer proves nothing."""
    challenge = _take_challenge(session_id)
    if challenge is None or not answer or len(answer) > LONGEST:
        return False
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=host(),
            expected_origin=origin(),
        )
    except Exception:  # noqa: BLE001 - whatever a stranger's bytes raise, they prove nothing
        return False
    taken = select(Passkey.id).where(Passkey.credential_id == made.credential_id)
    if db.session.scalar(taken) or len(of(person_id)) >= MOST:
        return False
    row = Passkey(
        id=uuid7(),
        person_id=person_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        made_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return True


def check(person_id: UUID, session_id: UUID, answer: str) -> bool:
    """Whether one of this person's passkeys signed this session's challenge, here and now."""
    challenge = _take_challenge(session_id)
    if challenge is None or len(answer) > LONGEST:
        return False
    try:
        said = parse_authentication_credential_json(answer)
        mine = Passkey.person_id == person_id, Passkey.credential_id == said.raw_id
        row = db.session.scalars(select(Passkey).where(*mine)).one()
        proved = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=host(),
            expected_origin=origin(),
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
        )
    except Exception:  # noqa: BLE001 - whatever a stranger's bytes raise, they prove nothing
        return False
    row.sign_count, row.used_at = proved.new_sign_count, clock.now()
    db.session.flush()
    return True


def _descriptors(person_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one.credential_id) for one in of(person_id)]


def _challenge(session_id: UUID) -> bytes:
    """A new challenge on a session; the one before is no longer answered."""
    made = secrets.token_bytes(32)
    mine = update(SignIn).where(SignIn.id == session_id)
    db.session.execute(mine.values(challenge=made, challenge_at=clock.now()))
    return made


def _take_challenge(session_id: UUID) -> bytes | None:
    """The challenge that a session was given, taken away: it is answered once or never."""
    wanted = select(SignIn.challenge, SignIn.challenge_at).where(SignIn.id == session_id)
    row = db.session.execute(wanted).first()
    mine = update(SignIn).where(SignIn.id == session_id)
    db.session.execute(mine.values(challenge=None, challenge_at=None))
    if row is None or row.challenge is None or row.challenge_at is None:
        return None
    waited = clock.now() - row.challenge_at
    return bytes(row.challenge) if timedelta() <= waited <= GOOD_FOR else None


def _public_url() -> str:
    url: str = current_app.extensions["kedang.settings"].public_url
    return url
