"""Drawing: every character of the national table, no silent boxes, the faint line, small files."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from crm.marks import glyphs, pictures

CHARACTERS = Path(__file__).with_name("characters.txt")
"""通用规范汉字表 (2013), its three levels apart by a blank line; facts of a table, in its order."""
LINE = pictures.signed("赵小外", datetime(2026, 11, 30, 9, 5), "K3F9ABCDEF")  # noqa: DTZ001 - the wall clock's
RARE = "𬭎㛃䶮镕喆堃犇垚昇頔玥赟翀"
"""Of people's names; most systems lack some of them."""


def levels() -> list[str]:
    return ["".join(level.split()) for level in CHARACTERS.read_text("utf-8").split("\n\n")]


def ink(png: bytes) -> list[int]:
    """How much ink is in each pixel."""
    return list(Image.open(BytesIO(png)).tobytes())


def test_the_table_has_its_three_levels():
    assert [len(level) for level in levels()] == [3500, 3000, 1605]
    assert len(set("".join(levels()))) == 8105


def test_the_font_has_every_character_of_the_table_and_rare_names():
    assert [one for one in "".join(levels()) + RARE if not glyphs.has(one)] == []


def test_every_character_of_the_table_is_drawn_as_itself():
    """None is blank and none is the font's empty box."""
    face = glyphs.face(pictures.TEXT)
    tofu = bytes(face.getmask("\U000e0fff"))
    for one in "".join(levels()):
        drawn = bytes(face.getmask(one))
        assert any(drawn), one
        assert drawn != tofu, one


def test_what_we_read_of_the_fonts_map_is_what_it_says():
    says = set(TTFont(glyphs.FONT).getBestCmap())
    asked = [*range(0x20, 0x3000, 7), *range(0x3400, 0xA000, 11), *range(0x20000, 0x32000, 13)]
    assert [one for one in asked if glyphs.has(chr(one)) != (one in says)] == []


def test_one_dot_or_two_a_pixel_as_large_as_the_page_was_told():
    for text in ("13912345678", "浙江省杭州市西湖区文三路九百九十九号东部软件园", "甲", ""):
        wide, high = pictures.size(text, LINE)
        for scale in pictures.SCALES:
            image = Image.open(BytesIO(pictures.drawn(text, LINE, scale)))
            assert image.size == (wide * scale, high * scale)
            assert image.mode == "P"


def test_long_values_are_broken_and_none_of_them_is_lost():
    text = "浙江省杭州市西湖区文三路" * 6
    broken = pictures._broken(text)
    assert "".join(broken) == text
    assert len(broken) == 6
    assert pictures.size(text, LINE) == (pictures.WIDEST, 6 * pictures.LINE)
    assert pictures._broken("甲\n乙") == ["甲", "乙"]


def test_a_number_is_not_broken_unless_it_fills_a_line():
    assert pictures._broken("望川商业银行无锡支行 9091613882421863") == [
        "望川商业银行无锡支行 ",
        "9091613882421863",
    ]
    broken = pictures._broken("9" * 60)
    assert "".join(broken) == "9" * 60
    assert len(broken) == 3


def test_edges_are_smooth():
    """Between no ink and full ink there are many shades: on a coarse screen too."""
    assert len(set(ink(pictures.drawn("曾国强", ""))) - {0, pictures.FULL}) > 20


def test_a_faint_line_stands_beneath_every_line():
    empty = ink(pictures.drawn("", LINE))
    assert 0 < max(empty) <= pictures.FAINT
    other = pictures.signed("赵小外", datetime(2026, 11, 30, 9, 6), "K3F9ABCDEF")  # noqa: DTZ001 - the same
    assert ink(pictures.drawn("", other)) != empty
    wide = pictures.WIDEST
    two = ink(pictures.drawn("浙江省杭州市西湖区文三路" * 2, LINE))
    under = [two[wide * row : wide * (row + 1)] for row in (20, 20 + pictures.LINE)]
    assert all(any(row) for row in under)


@pytest.mark.parametrize("character", ["\U00020001", "\U0001f600", "\ue000", "\u0e01"])
def test_a_character_that_the_font_lacks_is_a_box_with_its_number(character: str):
    if glyphs.has(character):
        pytest.fail("choose a character that the font lacks")
    drawn = ink(pictures.drawn(character, "", 2))
    assert sum(one == pictures.FULL for one in drawn) > 100, "a box is there"
    other = ink(pictures.drawn(chr(ord(character) + 1), "", 2))
    assert drawn != other, "and its number tells it from its neighbour"


def test_a_box_stands_where_its_character_stands():
    assert pictures.size("甲\U0001f600乙" * 6, "") == pictures.size("甲丙乙" * 6, "")


@pytest.mark.parametrize("character", ["\u200b", "\ufe0f", "\U000e0101"])
def test_what_only_chooses_a_variant_takes_no_room(character: str):
    assert ink(pictures.drawn(f"葛{character}", LINE)) == ink(pictures.drawn("葛", LINE))


def test_a_word_is_as_large_as_its_title():
    titles = {"硕士": "A master of science"}
    assert pictures.size("硕士", "", titles) == pictures.size(titles["硕士"], "")


def test_a_picture_is_small():
    assert len(pictures.drawn("13912345678", LINE, 2)) < 6_000
    assert glyphs.FONT.stat().st_size < 8_000_000
    assert "SIL OPEN FONT LICENSE" in glyphs.FONT.with_name("OFL.txt").read_text()


def test_nothing_is_drawn_where_there_is_nothing_to_draw():
    assert not any(ink(pictures.drawn(" ", "")))
