"""Sounds: pinyin, with the readings of those words that their characters alone would get wrong.

pypinyin's own list has 47,000 words, in four fifths of which every character is read as it is
first read anywhere, and costs each process some 50 MiB. It is left out; `readings.txt` holds the
short words that make a difference in names (docs/adr/0073).
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # asked for when pypinyin is imported
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")

from pypinyin import Style, lazy_pinyin, load_phrases_dict, pinyin

__all__ = ["READINGS", "Style", "lazy_pinyin", "pinyin"]

READINGS = Path(__file__).with_name("readings.txt")
"""A word a line, then its sounds: 重庆 chóng qìng. Written by `tests/customers/readings.py`."""


def _load() -> None:
    one: dict[str, list[str]] = {}
    words = (line.split() for line in READINGS.read_text("utf-8").splitlines())
    load_phrases_dict(
        {word: [one.setdefault(sound, [sound]) for sound in sounds] for word, *sounds in words}
    )


_load()
