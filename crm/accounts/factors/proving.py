"""Proving: one of a person's factors is shown – a code, a passkey or a recovery code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm.accounts.factors import passkeys, recovery, totp

if TYPE_CHECKING:
    from uuid import UUID

TOTP, PASSKEY, RECOVERY = "totp", "passkey", "recovery"
"""What a factor is called in the log."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was sent as a proof; the first that is filled in counts."""

    passkey: str = ""
    """What an authenticator signed, as the browser's JSON."""
    recovery: str = ""
    code: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was sent: that is no attempt."""
        return not (self.passkey or self.recovery or self.code.strip())

    @property
    def kind(self) -> str:
        """Which factor it is meant to show."""
        return PASSKEY if self.passkey else RECOVERY if self.recovery else TOTP


def wrong(person_id: UUID, session_id: UUID, proof: Proof) -> str | None:
    """Why a proof does not count, or None; one that counts is used up. Needs the writer's lock."""
    if proof.kind == PASSKEY:
        return None if passkeys.check(person_id, session_id, proof.passkey) else PASSKEY
    if proof.kind == RECOVERY:
        return None if recovery.take(person_id, proof.recovery) else RECOVERY
    return totp.check(person_id, proof.code)
