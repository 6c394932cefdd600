"""Glyphs: the font that comes with us – its sizes, how wide a text is in it, what it lacks."""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

FONT = Path(__file__).with_name("fonts") / "kedang-sans.otf"
"""Cut from Noto Sans CJK SC by tests/marks/cut_font.py; fonts/OFL.txt is its licence."""
SEGMENTED = 12
"""The format of the table that names characters beyond the first 65,536."""
SQUARE, HALF = 0x3400, 0xFF61
"""From here on characters are square, up to the half-width forms …"""
LAST = 0xFFFF
"""… and again beyond the first 65,536."""


@cache
def face(size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels, opened once a process; the file stays on the disk."""
    return ImageFont.truetype(str(FONT), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _covered() -> tuple[list[int], list[int]]:
    """Firsts and lasts of the runs of characters that the font has."""
    runs = list(_runs(FONT.read_bytes()))
    return [first for first, _last in runs], [last for _first, last in runs]


def _runs(font: bytes) -> Iterator[tuple[int, int]]:
    """The runs of the font's own character map: FreeType knows it, Pillow does not tell it."""
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4s3I", font, 12 + 16 * at) for at in range(tables))
    start = next(offset for tag, _sum, offset, _size in records if tag == b"cmap")
    (maps,) = struct.unpack_from(">H", font, start + 2)
    offsets = [struct.unpack_from(">I", font, start + 8 + 8 * at)[0] for at in range(maps)]
    kinds = {struct.unpack_from(">H", font, start + offset)[0]: offset for offset in offsets}
    groups = start + kinds[SEGMENTED] + 12
    (count,) = struct.unpack_from(">I", font, groups)
    for group in range(count):
        yield struct.unpack_from(">2I", font, groups + 4 + 12 * group)


def has(character: str) -> bool:
    """Whether the font draws this character."""
    firsts, lasts = _covered()
    at = bisect_right(firsts, ord(character)) - 1
    return at >= 0 and ord(character) <= lasts[at]


def silent(character: str) -> bool:
    """Whether a character is drawn as nothing: joiners, marks of direction, choices of variant."""
    return unicodedata.category(character) in {"Cf", "Mn", "Me"} and not has(character)


@lru_cache(maxsize=512)
def _narrow(character: str, size: int) -> float:
    return max(face(size).getlength(character), face(2 * size).getlength(character) / 2)


def width(character: str, size: int) -> float:
    """How far one character moves the pen, in CSS pixels, on whichever screen it takes more.

    Han and full-width ones are square.
    """
    return (
        size
        if SQUARE <= ord(character) < HALF or ord(character) > LAST
        else _narrow(character, size)
    )
