"""Masks: what a person who has not opened a value learns of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.access import masks

DIGITS = st.text("0123456789", max_size=20)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812345678", "138****5678"),
        ("8613812345678", "861****5678"),
        ("1381234567", "****"),
        ("95588", "****"),
        ("", "****"),
    ],
)
def test_a_mobile_shows_three_and_four_digits(text, masked):
    assert masks.mobile(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("0311-88887788", "0311-****7788"),
        ("010-88887788", "010-****7788"),
        ("400-123-4567", "400-****4567"),
        ("031188887788", "031****7788"),
        ("0311-7788", "****"),
        ("88887788", "****"),
        ("13812345678", "138****5678"),
        ("13812345678-80123", "138****0123"),
        ("8888-123456", "8888-****3456"),
    ],
)
def test_a_telephone_shows_its_area_and_four_digits(text, masked):
    assert masks.telephone(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("张伟", "张*"),
        ("曾国强", "曾**"),
        ("欧阳娜娜", "欧阳**"),
        ("欧阳", "欧*"),
        ("龚", "龚*"),
        ("𬘭", "𬘭*"),
        ("Mary Smith", "M*********"),
    ],
)
def test_a_name_shows_its_surname(text, masked):
    assert masks.name(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("河北省石家庄市裕华区翟营大街1号", "河北省石家庄市裕华区****"),
        ("上海市浦东新区世纪大道100号", "上海市浦东新区****"),
        ("内蒙古自治区呼和浩特市赛罕区大学街2号", "内蒙古自治区呼和浩特市赛罕区****"),
        ("延边朝鲜族自治州延吉市河南街", "延边朝鲜族自治州延吉市****"),
        ("福建省福州市鼓楼区五四路8号", "福建省福州市鼓楼区****"),
        ("浙江省义乌市稠州北路", "浙江省义乌市****"),
        ("杭州市绿城小区5栋201", "杭州市****"),
        ("永辉超市二楼", "****"),
        ("建设大街7号", "****"),
        ("", "****"),
    ],
)
def test_an_address_shows_its_district(text, masked):
    assert masks.address(text) == masked


@pytest.mark.parametrize(("text", "masked"), [("1979-03-07", "19**-**-**"), ("", "**-**-**")])
def test_a_birth_date_shows_its_century(text, masked):
    assert masks.birth_date(text) == masked


@given(DIGITS)
def test_no_number_shows_more_than_seven_of_its_digits(text):
    assert sum(one.isdigit() for one in masks.mobile(text)) <= 7


@given(st.lists(DIGITS, min_size=1, max_size=4).map("-".join))
def test_no_telephone_shows_more_than_eight_of_its_digits(text):
    assert sum(one.isdigit() for one in masks.telephone(text)) <= 8


@given(st.text(min_size=1))
def test_no_name_shows_more_than_two_characters(text):
    shown = masks.name(text).rstrip("*")
    assert text.startswith(shown.rstrip("*"))
    assert len(shown) <= 2


@given(st.text())
def test_an_address_shows_its_beginning_and_no_number(text):
    masked = masks.address(text)
    assert masked.endswith(masks.STARS)
    kept = masked.removesuffix(masks.STARS)
    assert text.startswith(kept)
    assert not any(one.isdecimal() for one in kept)
