"""Pictures: a value drawn as PNG in the size of the text around it, a faint line beneath it.

The one byte of each pixel is how much ink is there, so that one palette makes it dark or light.
Nothing here remembers a value: what is kept between two pictures is the font.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from crm.marks.glyphs import face, has, silent, width

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TEXT, LINE, BASE = 14, 24, 15
"""In CSS pixels: the text's size, a line's height, and where its characters stand."""
SMALL, BENEATH = 7, 23
"""The faint line's size, and where it stands."""
WIDEST = 13 * TEXT
"""Longer values are broken: this fits a phone's screen beside its label."""
FAINT, FULL = 96, 255
"""Ink of the faint line and of the value."""
SHADES = 256
INKS = {False: bytes((29, 39, 51)) * SHADES, True: bytes((232, 230, 227)) * SHADES}
"""Dark on light, light on dark: the colour of the text around, in every shade the same."""
CODE, ROW = 5, 3
"""Of a character that the font lacks: its code point's size, and digits in a row."""
EDGE = 4
"""Room beyond the faint line: at two dots a pixel its characters are a trifle wider."""
SCALES = (1, 2)
KEPT: Mapping[Any, object] = MappingProxyType({})
"""Most values are drawn as they are kept."""


def signed(name: str, now: datetime, code: str) -> str:
    """The faint line: who looks, when by the office's clock, under which disclosure."""
    return f"{name} {now:%m-%d %H:%M} {code}"


def size(text: str, line: str, titles: Mapping[Any, object] = KEPT) -> tuple[int, int]:
    """Width and height in CSS pixels, as a page reserves them; of a word, under its title."""
    lines = _broken(str(titles.get(text, text)))
    widest = max(*map(_length, lines), sum(width(one, SMALL) for one in line) + EDGE)
    return ceil(min(widest, WIDEST)), LINE * len(lines)


def drawn(text: str, line: str, scale: int = 1, *, dark: bool = False) -> bytes:
    """The value as PNG at one or two dots a CSS pixel, its faint line beneath every line of it."""
    wide, high = size(text, line)
    image = Image.new("L", (wide * scale, high * scale), 0)
    pen = ImageDraw.Draw(image)
    lines = _broken(text)
    for at in range(len(lines)):
        _beneath(image, line, at * LINE, scale)
    for at, one in enumerate(lines):
        _write(pen, one, at * LINE + BASE, scale)
    image.putpalette(INKS[dark])
    made = BytesIO()
    image.save(made, "PNG", transparency=bytes(range(SHADES)), compress_level=1)
    return made.getvalue()


def _length(text: str) -> float:
    return sum(_step(one) for one in text)


def _step(character: str) -> float:
    """How far a character moves the pen; one that the font lacks takes a box."""
    if has(character):
        return width(character, TEXT)
    return 0.0 if silent(character) else TEXT


def _broken(text: str) -> list[str]:
    """The value in lines that are not too wide; its own line ends are kept."""
    lines = []
    for paragraph in text.splitlines() or [""]:
        begun, far = 0, 0.0
        for at, one in enumerate(paragraph):
            step = _step(one)
            if far + step > WIDEST:
                end = _word(paragraph, begun, at)
                lines.append(paragraph[begun:end])
                begun, far = end, _length(paragraph[end:at])
            far += step
        lines.append(paragraph[begun:])
    return lines


def _word(text: str, begun: int, at: int) -> int:
    """Where to break before `at`: a number or a Latin word that fits a line stays whole."""
    start = at
    while start > begun and text[start - 1].isascii() and not text[start - 1].isspace():
        start -= 1
    whole = text[at].isascii() and start > begun
    return start if whole else at


def _beneath(image: Image.Image, line: str, high: int, scale: int) -> None:
    """The faint line, again and again to the picture's edge: what is cut out still carries it."""
    strip = _strip(line, scale)
    for left in range(0, image.width, strip.width):
        image.paste(strip, (left, (high + BASE) * scale))


@lru_cache(maxsize=64)
def _strip(line: str, scale: int) -> Image.Image:
    """The faint line drawn once: a page's pictures share it. It tells who and when, no value."""
    font = face(SMALL * scale)
    strip = Image.new("L", (ceil(font.getlength(f"{line} ")) or 1, (LINE - BASE) * scale), 0)
    ImageDraw.Draw(strip).text((0, (BENEATH - BASE) * scale), line, FAINT, font, "ls")
    return strip


def _write(pen: ImageDraw.ImageDraw, text: str, high: int, scale: int) -> None:
    """One line of the value; what the font has in one go, the rest as code points in boxes."""
    far, run = 0.0, ""
    for one in text:
        if has(one):
            run += one
            continue
        far = _flush(pen, run, far, high, scale)
        run = ""
        if not silent(one):
            _box(pen, one, far, high, scale)
            far += TEXT
    _flush(pen, run, far, high, scale)


def _flush(pen: ImageDraw.ImageDraw, run: str, far: float, high: int, scale: int) -> float:
    pen.text((far * scale, high * scale), run, FULL, face(TEXT * scale), "ls")
    return far + _length(run)


def _box(pen: ImageDraw.ImageDraw, character: str, far: float, high: int, scale: int) -> None:
    """A box with the character's code point in it: nobody takes it for another character."""
    left, top = far * scale, (high - TEXT + 2) * scale
    pen.rectangle((left, top, left + (TEXT - 1) * scale, top + (TEXT - 1) * scale), outline=FULL)
    digits = f"{ord(character):04X}"
    rows = [digits[:-ROW], digits[-ROW:]]
    for at, row in enumerate(rows):
        place = (left + TEXT * scale / 2, top + (at * 6 + 6) * scale)
        pen.text(place, row, FULL, face(CODE * scale), "ms")
