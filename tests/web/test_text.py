"""Text as people send it: what is kept, what is dropped and told, what is only measured."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.web.text import clean, clean_line, halfwidth


@pytest.mark.parametrize("name", ["𬘭", "㛃", "镕", "陈𬘭", "葛󠄀城", "é", "Ｔ恤", "㈱", "①"])
def test_rare_characters_and_compatibility_forms_survive(name):
    assert clean_line(name, 10).text == unicodedata.normalize("NFC", name)
    assert clean_line(name, 10).stripped == ()


def test_composed_and_decomposed_letters_become_one_text():
    assert clean("Ame\u0301lie", 10).text == "Am\u00e9lie"


def test_zero_width_direction_and_control_characters_are_dropped_and_told():
    cleaned = clean("张\u200b三\u202e李\x07四\u200b", 10)
    assert cleaned.text == "张三李四"
    assert cleaned.stripped == ("U+200B 零宽字符", "U+202E 方向控制符", "U+0007 控制字符")


@pytest.mark.parametrize(
    "unseen",
    ["\u200c", "\u200d", "\u2060", "\ufeff", "\xad", "\u3164", "\u2066", "\x00", "\x9f",
     "\ud800", "\uffff", "\U000e0041"],
)  # fmt: skip
def test_nothing_unseen_remains(unseen):
    cleaned = clean_line(f"客{unseen}户", 10)
    assert cleaned.text == "客户"
    assert cleaned.stripped[0].startswith(f"U+{ord(unseen):04X} ")


@pytest.mark.parametrize("emoji", ["😀", "👍🏽", "👨‍👩‍👧", "❤️", "🏳️‍🌈"])
def test_emoji_stay_whole(emoji):
    assert clean(f"好{emoji}", 20) == (f"好{emoji}", (), 0)


def test_a_joiner_that_joins_no_emoji_is_dropped():
    assert clean("👍\u200d三", 20).text == "👍三"
    assert clean("\u200d👍", 20).text == "👍"


def test_prose_keeps_its_lines_with_one_kind_of_line_end():
    assert clean(" 一\r\n二\r三\u2028四\x85五\v六 ", 20).text == "一\n二\n三\n四\n五\n六"


def test_a_line_has_single_spaces_and_no_line_end():
    assert clean_line("\u3000浙江省\r\n杭州市\t\t西湖区\u00a0 ", 20).text == "浙江省 杭州市 西湖区"


def test_too_long_a_text_is_measured_and_not_cut():
    cleaned = clean("客" * 12, 10)
    assert cleaned.over == 2
    assert len(cleaned.text) == 12


def test_what_was_stripped_does_not_count_towards_the_limit():
    assert clean("\u200b" * 50 + "客户", 2).over == 0


def test_full_width_telephones_and_codes_become_half_width():
    assert halfwidth("１３８－１２３４　５６７８") == "138-1234 5678"
    assert halfwidth("ＭＡ０（转）") == "MA0(转)"
    assert halfwidth("abc 123") == "abc 123"


@given(st.text(alphabet=st.characters(codec=None)))
def test_cleaning_twice_changes_nothing_the_second_time(typed):
    for variant in (clean, clean_line):
        once = variant(typed, 100).text
        assert variant(once, 100).text == once
        assert variant(once, 100).stripped == ()
        once.encode()
