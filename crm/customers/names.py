"""Names: how a customer's name is folded, cut and spelt in initials so that it is found."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product

from opencc import OpenCC

from crm.customers.sounds import Style, pinyin

VARIANTS = 16
"""Readings kept of a name with characters of several readings: 曾国强 is zgq and cgq."""

_LETTERS = re.compile(r"[a-z0-9]{3,}")
RUNS = (3, 4)
"""Letters are few: two of them lead to half the archive, so that runs of them are kept too."""
PARTS = 24
"""Of a long search so many parts, spread over it, are compared by how rare they are."""

_simplified = OpenCC("t2s")


def fold(text: str) -> str:
    """NFKC, lower case, traditional to simplified, no blanks: what makes two spellings one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    simple: str = _simplified.convert("".join(plain.split()))
    return simple


@lru_cache(maxsize=20_000)
def _readings(character: str) -> tuple[str, ...]:
    """The distinct initials of one character: 重 → z, c."""
    sounds = pinyin(character, style=Style.FIRST_LETTER, heteronym=True, errors=str.lower)
    return tuple(dict.fromkeys(sound for group in sounds for sound in group if sound.isalnum()))


def initials(text: str) -> list[str]:
    """The pinyin initials of a name, in every reading: 重庆银行 → cqyh, zqyh, cqyx, zqyx."""
    letters = [readings for character in fold(text) if (readings := _readings(character))]
    return ["".join(one) for one in islice(product(*letters), VARIANTS)] if letters else []


def sounded(text: str) -> str:
    """The name in full pinyin, for sorting as a dictionary does."""
    sounds = pinyin(fold(text), style=Style.TONE3, errors="default", neutral_tone_with_five=True)
    return " ".join(group[0] for group in sounds)[:160]


def search_text(name: str, short_name: str = "", *former: str) -> str:
    """Everything a search may meet, one a line."""
    lines = [fold(name), fold(short_name), *initials(name), *initials(short_name)]
    for one in former:
        lines += [fold(one), *initials(one)]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def grams(text: str) -> set[str]:
    """Single characters and neighbouring pairs of each line of a search text; of letters longer."""
    found: set[str] = set()
    for line in text.split("\n"):
        found.update(line)
        found.update(_cut(line, 2))
        for letters in _LETTERS.findall(line):
            found.update(part for size in RUNS for part in _cut(letters, size))
    return found


def _cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(len(text) - size + 1)]


def parts(folded: str) -> list[str]:
    """The grams by which a search may be walked: the longest that are kept of it, a few of them."""
    runs = [
        run for letters in _LETTERS.findall(folded) for run in _cut(letters, min(4, len(letters)))
    ]
    found = runs or _cut(folded, 2) or [folded]
    distinct = list(dict.fromkeys(found))
    return distinct[:: 1 + (len(distinct) - 1) // PARTS]
