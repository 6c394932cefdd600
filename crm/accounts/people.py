"""People: accounts and teams, and the rules by which an account is made and changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from flask_login import UserMixin
from sqlalchemy import Boolean, ForeignKey, Integer, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.accounts import passwords
from crm.accounts.roles import Role
from crm.audit import log
from crm.audit.entry import Actor
from crm.crypto import keyring
from crm.db import Base, Identified, Moment, db
from crm.errors import Invalid
from crm.web.text import clean_line

LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")
NAME, NUMBER = 40, 20
"""Characters of a person's or team's name, and of an employee number."""


class Team(Base, Identified):
    """A sales team; a card belongs to the team of who is responsible for it."""

    __tablename__ = "teams"

    name: Mapped[str] = mapped_column(String(40), unique=True)


class Person(Base, Identified):
    """An account: one human being, one post."""

    __tablename__ = "people"

    login: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    """Employee number 工号: unique, so that one human being has one account."""
    role: Mapped[str] = mapped_column(String(24))
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(Boolean, default=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    language: Mapped[str] = mapped_column(String(2), default="zh")
    columns: Mapped[str] = mapped_column(String(200), default="")
    """The list columns this person chose, codes separated by blanks."""
    unseen: Mapped[int] = mapped_column(Integer, default=0)
    """Notices not seen yet; kept by crm.notices, so that every page's bell costs nothing."""
    granted_until: Mapped[datetime | None] = mapped_column(Moment)
    """When the last of this person's grants ends; kept by grants, so that others ask for none."""
    second_factor: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether there is one; kept by accounts.factors.keeping, so that no page has to ask for it."""
    leaving_since: Mapped[datetime | None] = mapped_column(Moment)
    """When the handover period began; kept by the departure, so that others ask for none."""
    pledged_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the pledge was last acknowledged: see accounts.pledge."""
    made_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    def actor(self) -> Actor:
        """How the log names this person."""
        return Actor(self.id, self.login, self.role)


@dataclass(frozen=True, slots=True)
class Viewer(UserMixin):
    """Who is signed in, as one request sees them. Loaded in one query, never changed."""

    id: UUID
    login: str
    name: str
    number: str | None
    role: Role
    team_id: UUID | None
    language: str
    columns: str
    must_change: bool
    session_id: UUID | None = None
    purpose: str | None = None
    """A purpose kept for this session (经营管理), for the posts that may keep one."""
    unseen: int = 0
    """Notices not seen yet."""
    granted: bool = False
    """Whether any grant of theirs may be in force: only then are grants looked for."""
    proved_at: datetime | None = None
    """When this session last proved who it is: see accounts.fresh."""
    second_factor: bool = False
    """Whether this person has one."""
    law: UUID | None = None
    """The newest version of the law when this request began; None: as shipped."""
    worded: datetime | None = None
    """When the company last changed the wording of a clause; None: never."""
    leaving: bool = False
    """Whether they are in their handover period: the law then gives less."""
    pledged: bool = True
    """Whether the pledge was acknowledged within the year before this session began."""

    def get_id(self) -> str:
        """Flask-Login keeps the session's token, never a person's id: see sessions."""
        raise NotImplementedError("sessions are opened by accounts.sessions")

    @property
    def initial(self) -> str:
        """The one character shown in the round badge."""
        return self.name[:1]

    def actor(self) -> Actor:
        """How the log names this person."""
        return Actor(self.id, self.login, self.role.value)


def viewer_of(person: Person) -> Viewer:
    """A person as the command line and jobs act for them."""
    return Viewer(
        id=person.id,
        login=person.login,
        name=person.name,
        number=person.number,
        role=Role(person.role),
        team_id=person.team_id,
        language=person.language,
        columns=person.columns,
        must_change=person.must_change,
        granted=still_granted(person.granted_until) and person.leaving_since is None,
        leaving=person.leaving_since is not None,
    )


def still_granted(until: datetime | None) -> bool:
    """Whether a person's grants reach beyond this moment."""
    return until is not None and until > clock.now()


def by_login(login: str) -> Person | None:
    """The account with this login name, whatever its case."""
    return db.session.scalar(select(Person).where(Person.login == login.strip().lower()))


def active() -> list[Person]:
    """Everyone who may still sign in, in order of login."""
    return list(
        db.session.scalars(
            select(Person).where(Person.disabled_at.is_(None)).order_by(Person.login)
        )
    )


def add(  # noqa: PLR0913 - the facts of an account
    login: str,
    name: str,
    role: Role,
    password: str,
    *,
    team: str | None = None,
    number: str | None = None,
    must_change: bool = True,
) -> Person:
    """Make an account, in the running unit. Raises Invalid with a sentence for what is wrong."""
    login, name, number = login.strip().lower(), _line(name, NAME), _line(number or "", NUMBER)
    if not name:
        raise Invalid(_("姓名要填写。"))
    if not LOGIN.fullmatch(login):
        raise Invalid(_("登录名用小写字母开头，可含数字、点、横线，2 到 32 位。"))
    if by_login(login):
        raise Invalid(_("已有登录名 %(login)s。", login=login))
    if number and db.session.scalar(select(Person.id).where(Person.number == number)):
        raise Invalid(_("工号 %(number)s 已有账号；一人只有一个账号。", number=number))
    passwords.check(password, login)
    person = Person(
        login=login,
        name=name,
        role=role.value,
        number=number or None,
        team_id=team_named(team).id if team else None,
        password_hash=passwords.hashed(password),
        must_change=must_change,
        pledged_at=None if must_change else clock.now(),  # `--no-change`: no pledge either
        language="zh",
        columns="",
    )
    db.session.add(person)
    db.session.flush()
    row, _key = keyring.current().new_data_key(person.id)
    db.session.add(row)
    about = {"subject_type": "person", "subject_ids": (person.id,)}
    log.say("person_added", **about, detail={"role": role.value})
    return person


def _line(text: str, most: int) -> str:
    """One line without unseen characters. Raises Invalid when it is too long."""
    line = clean_line(text, most)
    if line.over:
        raise Invalid(_("最多 %(n)s 字。", n=most))
    return line.text


def team_named(name: str) -> Team:
    """The team of this name, made when there is none. Raises Invalid when the name is too long."""
    name = _line(name, NAME)
    team = db.session.scalar(select(Team).where(Team.name == name))
    if team is None:
        team = Team(name=name)
        db.session.add(team)
        db.session.flush()
    return team


def how_many() -> int:
    """How many accounts there are."""
    return db.session.scalar(select(func.count()).select_from(Person)) or 0
