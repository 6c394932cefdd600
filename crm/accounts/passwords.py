"""Passwords: Argon2id, and what is refused as too weak."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext as _

from crm.errors import Invalid

SHORTEST, LONGEST = 10, 128
VARIED = 5
"""Different characters that a password has at least."""
COMMON = frozenset(
    {
        "1234567890",
        "0123456789",
        "qwertyuiop",
        "password123",
        "admin12345",
        "woaini1314",
        "a123456789",
    }
)


@cache
def _hasher(*, cheap: bool) -> PasswordHasher:
    """Argon2id, RFC 9106's second recommended choice (64 MiB, t=3); cheap only in tests."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if cheap else PasswordHasher()


def hasher() -> PasswordHasher:
    """The hasher this application uses."""
    return _hasher(cheap=bool(current_app.config.get("TESTING")))


def hashed(password: str) -> str:
    """A salted Argon2id hash in PHC form."""
    return hasher().hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether the password is the one that was hashed."""
    try:
        return hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return hasher().hash("nobody has this password")


def waste(password: str) -> None:
    """Spend the time of a check for a login that does not exist, so that timing tells nothing."""
    matches(_nobody(), password)


def check(password: str, login: str) -> None:
    """Refuse a weak password. Raises Invalid with what to do."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(_("密码至少 %(n)s 位，例如四个不相干的词。", n=SHORTEST))
    folded = password.lower()
    if folded in COMMON or login in folded or len(set(password)) < VARIED:
        raise Invalid(_("这个密码太容易猜到，请换一个。"))
