"""Sessions: kept on the server, listed, and ended at once – by their owner or an administrator."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Response, g, request, session
from flask_login import LoginManager
from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    String,
    bindparam,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.accounts import newest, pledge
from crm.accounts.agents import device_name
from crm.accounts.factors import devices
from crm.accounts.people import Person, Viewer, still_granted
from crm.accounts.roles import Role
from crm.audit import log
from crm.audit.entry import Actor
from crm.db import Base, Identified, Moment, db, run, uuid7
from crm.web import unit

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
SECOND_STEP = timedelta(minutes=10)
"""How long a session whose password was right waits for the second step."""
COOKIE_KEY = "_user_id"
"""Where Flask-Login keeps what it hands to the loader: for us, the session's token."""


class SignIn(Base, Identified):
    """One session of one person. Only a hash of its token is stored."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    started_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str | None] = mapped_column(String(16))
    pending: Mapped[bool] = mapped_column(Boolean, default=False)
    """The password was right, the second step is still owed: nobody is signed in by it."""
    proved_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its person last proved who they are with everything they have."""
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """What a passkey is to sign; it is answered once."""
    challenge_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_sign_ins_person_id_ended_at", "person_id", "ended_at"),)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whose password was right and who owes the second step. Not a viewer: the law knows nobody."""

    session_id: UUID
    person_id: UUID
    actor: Actor


def start(person: Person, *, device: str = "") -> bool:
    """Open a session for a person whose password was right; False while it owes the second step.

    The second step is owed by whoever has a factor, unless this device is trusted: then the session
    counts, but not as proved just now. The old cookie's content is dropped.
    """
    trusted = person.second_factor and devices.knows(person.id, device)
    row = SignIn(
        id=uuid7(),
        token_hash=_new_token(),
        person_id=person.id,
        started_at=clock.now(),
        seen_at=clock.now(),
        address=unit.current().address,
        device=device_name(request.user_agent.string),
        pending=person.second_factor and not trusted,
        proved_at=None if person.second_factor else clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return not row.pending


def prove(session_id: UUID) -> None:
    """The second step is done. The token is another one: the first step's opens nothing."""
    now = clock.now()
    mine = update(SignIn).where(SignIn.id == session_id, SignIn.ended_at.is_(None))
    db.session.execute(
        mine.values(token_hash=_new_token(), pending=False, proved_at=now, seen_at=now)
    )


def renew(session_id: UUID) -> None:
    """Its person has proved anew who they are."""
    mine = update(SignIn).where(SignIn.id == session_id)
    db.session.execute(mine.values(proved_at=clock.now()))


def waits(waiting: Waiting) -> bool:
    """Whether a session still waits for its second step; asked again under the writer's lock."""
    row = db.session.get(SignIn, waiting.session_id)
    return row is not None and row.pending and row.ended_at is None


def _new_token() -> bytes:
    """Put a new token into the cookie, and nothing else with it; its hash."""
    token = secrets.token_urlsafe(32)
    session.clear()
    session[COOKIE_KEY] = token
    session["_fresh"] = True
    return _hash(token)


HOLDER = (
    select(
        SignIn.id.label("session_id"), SignIn.seen_at, SignIn.started_at, SignIn.purpose,
        SignIn.pending, SignIn.proved_at,
        Person.id, Person.login, Person.name, Person.number, Person.role, Person.team_id,
        Person.language, Person.columns, Person.must_change, Person.unseen, Person.second_factor,
        Person.granted_until, Person.leaving_since, Person.pledged_at, newest.LAW, newest.WORDED,
    )
    .join(Person, Person.id == SignIn.person_id)
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.ended_at.is_(None),
        Person.disabled_at.is_(None),
    )
)  # fmt: skip


def load(token: str) -> Viewer | None:
    """Who holds this token, unless the session has ended, idled out or grown too old.

    Who still owes the second step is nobody: no page can forget to ask for it.
    """
    row = run(HOLDER, {"token_hash": _hash(token)}).first()
    if row is None:
        return None
    now = clock.now()
    if now - row.seen_at > IDLE or now - row.started_at > ABSOLUTE:
        return None
    if row.pending:
        if now - row.started_at <= SECOND_STEP:
            g.waiting = Waiting(row.session_id, row.id, Actor(row.id, row.login, row.role))
        return None
    if now - row.seen_at > SEEN_EVERY:
        g.session_seen = row.session_id
    return _viewer(row)


def _viewer(row: Row[*tuple[Any, ...]]) -> Viewer:
    return Viewer(
        id=row.id,
        login=row.login,
        name=row.name,
        number=row.number,
        role=Role(row.role),
        team_id=row.team_id,
        language=row.language,
        columns=row.columns,
        must_change=row.must_change,
        session_id=row.session_id,
        purpose=row.purpose,
        unseen=row.unseen,
        granted=still_granted(row.granted_until) and row.leaving_since is None,
        proved_at=row.proved_at,
        second_factor=row.second_factor,
        law=row.law,
        worded=row.worded,
        leaving=row.leaving_since is not None,
        pledged=pledge.holds(row.pledged_at, row.started_at),
    )


def end(session_id: UUID, *, by: str) -> None:
    """End one session at once; `by` says how: out, owner, administrator."""
    viewer: Viewer | None = g.get("viewer")
    if viewer and viewer.session_id == session_id:
        unit.current().standing = None  # ending one's own is no surprise
    ended = update(SignIn).where(SignIn.id == session_id, SignIn.ended_at.is_(None))
    if db.session.execute(ended.values(ended_at=clock.now())).rowcount:  # type: ignore[attr-defined] # SQLAlchemy types an UPDATE as rows
        log.say(
            "session_ended", subject_type="session", subject_ids=(session_id,), detail={"by": by}
        )


def end_all(person_id: UUID, *, by: str, but: UUID | None = None) -> None:
    """End every session of a person, except one when it is named; no device is trusted any more."""
    devices.forget(person_id)
    wanted = select(SignIn.id).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    for session_id in db.session.scalars(wanted).all():
        if session_id != but:
            end(session_id, by=by)


def open_ones(person_id: UUID) -> list[SignIn]:
    """The sessions a person could use now, newest first."""
    now = clock.now()
    wanted = select(SignIn).where(
        SignIn.person_id == person_id,
        SignIn.ended_at.is_(None),
        SignIn.seen_at > now - IDLE,
        SignIn.started_at > now - ABSOLUTE,
    )
    return list(db.session.scalars(wanted.order_by(SignIn.seen_at.desc())))


def touch(response: Response) -> Response:
    """Note that the session is in use, once a minute, after everything else: the lock is short."""
    session_id = g.pop("session_seen", None)
    if session_id and not unit.current().raised:
        unit.current().write()
        run(update(SignIn).where(SignIn.id == session_id).values(seen_at=clock.now()))
    return response


def keep_purpose(session_id: UUID, purpose: str | None) -> None:
    """Keep a purpose for the rest of a session, or let it go."""
    db.session.execute(update(SignIn).where(SignIn.id == session_id).values(purpose=purpose))


def install(app: Flask) -> None:
    """Let Flask-Login find the person of a request."""
    app.config["SESSION_PROTECTION"] = None  # the server-side session holds what matters
    LoginManager(app).user_loader(load)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
