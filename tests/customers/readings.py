"""`python -m tests.customers.readings`: writes crm/customers/readings.txt from pypinyin's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

from crm.customers.sounds import READINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 3
"""Characters: longer words are proverbs, which no company is called."""


def derived() -> str:
    """The words that are not read as each of their characters is first read."""
    return "".join(f"{word} {' '.join(sounds)}\n" for word, sounds in sorted(_different()))


def _different() -> Iterator[tuple[str, list[str]]]:
    for word, readings in phrases_dict.items():
        sounds = [one[0] for one in readings]
        if len(word) <= LONGEST and sounds != [_first(one) for one in word]:
            yield word, sounds


def _first(character: str) -> str:
    return pinyin_dict.get(ord(character), "").partition(",")[0]


if __name__ == "__main__":
    READINGS.write_text(derived(), "utf-8")
