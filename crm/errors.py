"""The few errors that mean something to a person; each becomes one page with a next step."""

from __future__ import annotations


class Trouble(Exception):
    """Something a person can be told in a sentence. `status` is the HTTP status it answers with."""

    status = 400

    def __init__(self, sentence: str = "", *, status: int | None = None) -> None:
        """Keep the sentence that the page will show; it must never quote a sealed value."""
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status or self.status


class Denied(Trouble):
    """The person has no right to this area or act."""

    status = 403


class Missing(Trouble):
    """There is no such record for this person: also the answer for a stranger's record."""

    status = 404


class Invalid(Trouble):
    """What was sent cannot be taken as it is. `field` names the form's field when it is one."""

    status = 422

    def __init__(self, sentence: str = "", field: str = "") -> None:
        """Keep the sentence, and which field it is about."""
        super().__init__(sentence)
        self.field = field


class NotFresh(Trouble):
    """The session has not proved lately who it is; it is asked to, and then comes back."""

    status = 403


class OverQuota(Trouble):
    """The day's number of customers has been looked at."""

    status = 429


class SignedOut(Exception):
    """The session ended, or its person's post changed, while the request was being answered."""


class CannotOpen(Exception):
    """A sealed box does not open here: altered, moved from its place, or its key is gone."""


class KeyMissing(Exception):
    """A key that is needed is not there: no master key, a wrong one, or an unknown version."""
