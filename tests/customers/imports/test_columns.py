"""The first row: which columns we know, how leniently they are read, what is said of the others."""

from __future__ import annotations

import pytest

from crm.access.fields import FIELDS
from crm.customers.contacts import GENDERS, ROLES
from crm.customers.imports import Cell, RawRow, Unreadable, values
from crm.customers.imports.columns import COLUMNS, STANDARD, header
from crm.customers.status import LEVELS, SOURCES

PUBLISHED = (
    "客户名称 行业 地区 等级 标签 来源 负责人 公司电话 公司地址 客户特征 业务状况 主要股东 联系人 "
    "角色 职务 性别 出生日期 学历 手机 住址 性格爱好 家庭状况 备注"
)


def first_row(*titles: str) -> RawRow:
    return RawRow(1, {place: Cell(title) for place, title in enumerate(titles, 1) if title})


def test_the_standard_columns_are_the_published_ones_in_their_order():
    assert " ".join(column.title for column in STANDARD) == PUBLISHED
    further = {column.title for column in COLUMNS} - {column.title for column in STANDARD}
    assert further == {"统一社会信用代码", "开票抬头", "微信", "邮箱"}


def test_every_column_holds_a_fact_of_the_catalogue():
    assert all(column.level is FIELDS[column.code].level for column in COLUMNS)
    assert [column.title for column in COLUMNS if column.required] == ["客户名称"]


def test_the_choices_are_those_that_cards_and_contacts_keep():
    assert values.LEVELS == LEVELS
    assert values.SOURCES == SOURCES
    assert values.ROLES == ROLES
    assert values.GENDERS == GENDERS


def test_titles_are_read_with_stars_spaces_full_width_and_traditional_characters():
    found = header(first_row("客户名称*", " 行 业 ", "＊手机", "\ufeff地區"))
    assert list(found.titles.values()) == ["客户名称", "行业", "手机", "地区"]
    assert found.notes == ()


def test_without_the_name_column_it_says_what_it_found_and_quotes_nothing_else():
    with pytest.raises(Unreadable) as refusal:
        header(first_row("张三", "手机", "行业", "13812345678"))
    assert "客户名称" in refusal.value.sentence
    assert "认出的列：手机、行业" in refusal.value.sentence
    assert "2 列不认识" in refusal.value.sentence
    assert "张三" not in refusal.value.sentence
    assert "13812345678" not in refusal.value.sentence


def test_unknown_columns_are_told_and_do_no_harm():
    found = header(first_row("客户名称", "传真", "\u200b", "QQ"))
    assert found.notes == ("不认识的列已忽略：B「传真」、D「QQ」",)


def test_of_a_column_given_twice_the_left_one_counts_and_it_is_told():
    found = header(first_row("客户名称", "手机", "手机"))
    assert found.titles == {1: "客户名称", 2: "手机"}
    assert found.notes == ("列名重复，只取左边的一列，已忽略：C",)


def test_a_corrected_error_workbook_comes_back_without_remarks():
    assert header(first_row("客户名称", "行号", "原因")).notes == ()


def test_a_hundred_unknown_columns_make_one_short_note():
    (note,) = header(first_row("客户名称", *(f"列{n}" for n in range(100)))).notes
    assert note.endswith("等 100 列")
    assert len(note) < 300
