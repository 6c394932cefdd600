"""`python -m tests.marks.cut_font`: cuts the font of the pictures from Debian's fonts-noto-cjk.

The font comes with us because a server has none, or one that draws half of a rare name as boxes.
Of Noto Sans CJK SC we keep every Han character it has, Latin, digits, kana, punctuation and
full-width forms; hinting, layout tables and vertical metrics go, for pictures use none of them.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from crm.marks.glyphs import FONT

SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
SIMPLIFIED = 2
"""Which face of the collection draws characters as the mainland does."""
NAME = "Kedang Sans"
"""A cut font must not carry the reserved names of the one it was cut from (OFL, condition 3)."""
KEPT = (
    (0x20, 0x24F),  # Latin
    (0x370, 0x4FF),  # Greek, Cyrillic: names of people abroad
    (0x2010, 0x23FF),  # punctuation, currencies, numbers, arrows, mathematics
    (0x2460, 0x26FF),  # numbers in circles, boxes, signs
    (0x2E80, 0x33FF),  # radicals, CJK punctuation, kana, squared words
    (0x3400, 0x4DBF),  # Han: extension A
    (0x4E00, 0x9FFF),  # Han: URO
    (0xF900, 0xFAFF),  # Han: compatibility
    (0xFE30, 0xFE4F),  # vertical punctuation, as some sheets have it
    (0xFF00, 0xFFEF),  # full-width forms
    (0x20000, 0x323AF),  # Han: extensions B to H, as far as the font has them
)
GONE = ["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx", "DSIG"]
NAMES = {1: NAME, 2: "Regular", 4: NAME, 6: "KedangSans-Regular"}


def cut() -> TTFont:
    """The font with what we keep, under its new name."""
    font = TTFont(SOURCE, fontNumber=SIMPLIFIED)
    has = font.getBestCmap()
    options = Options(
        hinting=False, layout_features=[], glyph_names=False, notdef_outline=True,
        name_IDs=[0, 1, 2, 4, 5, 6, 13, 14],
    )  # fmt: skip
    options.drop_tables += GONE
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[one for one in has if any(a <= one <= z for a, z in KEPT)])
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = NAMES[record.nameID]
    return font


if __name__ == "__main__":
    cut().save(FONT)
