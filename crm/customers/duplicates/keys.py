"""Keys: names that may be near share at least one, so that only those are ever compared."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.customers.duplicates.shape import Shape

SHORT_FORM = 4
"""Characters of the longest core that may be a short form of another."""
LEAST = 3
"""Syllables of a core from which one may be left out and still say something."""


def of(shape: Shape) -> set[int]:
    """The numbers under which a name meets those it may be confused with."""
    return {_number(word) for word in _words(shape)}


def _words(shape: Shape) -> Iterable[str]:
    sounds = shape.sounds
    yield " ".join(sounds)
    yield "brand " + " ".join(sounds[: len(shape.brand)])
    if len(sounds) >= LEAST:  # one wrong, missing or doubled: what is left is the same
        for at in range(len(sounds)):
            yield " ".join((*sounds[:at], *sounds[at + 1 :]))
    yield " ".join(shape.whole_sounds)
    for at in range(shape.prefix):
        yield " ".join((*shape.whole_sounds[:at], *shape.whole_sounds[at + 1 :]))
    if LEAST <= len(shape.core) <= SHORT_FORM:
        yield "short " + shape.core[0] + shape.core[-1]
    if len(shape.core) > SHORT_FORM:
        yield from ("short " + shape.core[0] + one for one in set(shape.core[2:]))


def _number(word: str) -> int:
    """63 bits of a hash: fits a BIGINT."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") >> 1
