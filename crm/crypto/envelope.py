"""The envelope: the master key on paper, in groups that tell which of them was typed wrongly.

32 bytes are 52 letters of 32 (no 0, O, 1, I), four a group, each group closed by a check letter:
a sum over GF(32) with a different weight for each place, and the group's own number. So it finds
every single wrong letter, every two that changed places, and groups that did. The last group is the
beginning of a hash of the whole.
"""

from __future__ import annotations

import hashlib

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SIZE = 4
"""Letters of a group before its check letter."""
GROUPS = 13
KEY_BYTES = 32
SPARE = 5 * SIZE * GROUPS - 8 * KEY_BYTES
"""Bits of the last letter that carry nothing."""


class Mistyped(ValueError):
    """What was typed is no key: `groups` are the numbers of the groups to look at again."""

    def __init__(self, sentence: str, groups: tuple[int, ...] = ()) -> None:
        """Keep which groups, and never what was typed."""
        super().__init__(sentence)
        self.groups = groups


def written(key: bytes) -> list[str]:
    """A master key as fourteen groups of five letters."""
    number = int.from_bytes(key, "big") << SPARE
    places = range(SIZE * GROUPS - 1, -1, -1)
    letters = [number >> 5 * place & 31 for place in places]
    cut = [letters[at : at + SIZE] for at in range(0, len(letters), SIZE)]
    whole = int.from_bytes(hashlib.sha256(b"kedang envelope" + key).digest()[:3], "big") >> 4
    cut.append([whole >> 5 * place & 31 for place in range(SIZE - 1, -1, -1)])
    return ["".join(LETTERS[one] for one in (*group, _check(group, n))) for n, group in _told(cut)]


def read(text: str) -> bytes:
    """The master key that somebody typed. Raises Mistyped, naming groups by their number."""
    typed = "".join(text.upper().split()).replace("-", "")
    if strange := sorted({at // (SIZE + 1) + 1 for at, one in _odd(typed)}):
        raise Mistyped(_sentence("letters that are not used", strange), tuple(strange))
    if len(typed) != (GROUPS + 1) * (SIZE + 1):
        raise Mistyped(f"the key has {GROUPS + 1} groups of {SIZE + 1}; {len(typed)} letters came")
    values = [LETTERS.index(one) for one in typed]
    groups = [values[at : at + SIZE + 1] for at in range(0, len(values), SIZE + 1)]
    wrong = tuple(n for n, group in _told(groups) if _check(group[:SIZE], n) != group[SIZE])
    if wrong:
        raise Mistyped(_sentence("a mistake", wrong), wrong)
    number = 0
    for one in (one for group in groups[:GROUPS] for one in group[:SIZE]):
        number = number << 5 | one
    key = (number >> SPARE).to_bytes(KEY_BYTES, "big")
    if written(key) != [typed[at : at + SIZE + 1] for at in range(0, len(typed), SIZE + 1)]:
        raise Mistyped("each group fits, but not all of them together: compare every letter")
    return key


def _told(groups: list[list[int]]) -> list[tuple[int, list[int]]]:
    return list(enumerate(groups, 1))


def _odd(typed: str) -> list[tuple[int, str]]:
    return [(at, one) for at, one in enumerate(typed) if one not in LETTERS]


def _sentence(what: str, groups: list[int] | tuple[int, ...]) -> str:
    return f"{what} in group {', '.join(map(str, groups))}: compare with the paper and type again"


def _check(group: list[int], number: int) -> int:
    """Σ αⁱ·vᵢ over GF(32), plus the group's number."""
    total = number
    for place, value in enumerate(group, 1):
        total ^= _times(value, place)
    return total & 31


def _times(value: int, power: int) -> int:
    """A value of GF(32) times α^power; its polynomial is x⁵ + x² + 1."""
    for _ in range(power):
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return value
