"""What each column may hold, in the ways people write it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from crm.customers.imports import Cell
from crm.customers.imports.columns import BY_TITLE, COLUMNS
from crm.customers.imports.values import Reading, Refused

TODAY = date(2026, 11, 22)


def reading(epoch: datetime = WINDOWS_EPOCH) -> Reading:
    return Reading({"zhangsan", "li.si"}.__contains__, TODAY, epoch)


def value(title, text, kind="text", epoch=WINDOWS_EPOCH):
    taken, _stripped = reading(epoch).value(BY_TITLE[title], Cell(text, kind))
    return taken


def refused(title, text, kind="text") -> str:
    with pytest.raises(Refused) as refusal:
        value(title, text, kind)
    assert "%%" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize(
    "typed",
    ["13812345678", "138 1234 5678", "138-1234-5678", "+86 13812345678", "+86-138-1234-5678",
     "008613812345678", "8613812345678", "１３８１２３４５６７８", "138—1234—5678"],
)  # fmt: skip
def test_a_mobile_is_eleven_digits_however_it_was_grouped(typed):
    assert value("手机", typed) == "13812345678"


@pytest.mark.parametrize(
    "typed", ["1381234567", "138123456789", "12812345678", "0571-88888888", "138x2345678", "电话"]
)
def test_what_is_no_mobile_is_refused(typed):
    assert refused("手机", typed) == "不是 11 位手机号"


@pytest.mark.parametrize("title", ["手机", "公司电话", "统一社会信用代码"])
def test_digits_lost_to_scientific_notation_are_told_as_what_they_are(title):
    assert "科学计数" in refused(title, "1.38123E+10")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0571-33421809", "0571-33421809"),
        ("(0571)33421809", "0571-33421809"),
        ("（０５７１）３３４２１８０９", "0571-33421809"),
        ("+86 0571 33421809", "057133421809"),
        ("400-800-1234", "400-800-1234"),
        ("0571-33421809 转 801", "0571-33421809转801"),
        ("0571-33421809 分机801", "0571-33421809转801"),
        ("0571-33421809-转801", "0571-33421809转801"),
        ("0571-33421809 ext.801", "0571-33421809转801"),
        ("0571-33421809X801", "0571-33421809转801"),
        ("0571-33421809-801", "0571-33421809-801"),
        ("95588", "95588"),
        ("13812345678", "13812345678"),
    ],
)
def test_a_company_telephone_is_digits_dashes_and_an_extension(typed, kept):
    assert value("公司电话", typed) == kept


@pytest.mark.parametrize(
    "typed", ["1234", "0571-33421809/33421810", "总机", "123456789012345678901", "转801", "0571转"]
)
def test_what_is_no_single_telephone_is_refused(typed):
    assert "电话号码" in refused("公司电话", typed)


@pytest.mark.parametrize(
    "typed",
    ["1987-12-04", "1987-12-4", "1987/12/4", "1987.12.04", "1987年12月4日", "1987 年 12 月 4 日",
     "19871204", "１９８７－１２－０４", "1987/12/4 0:00", "1987-12-04 00:00:00", "1987—12—04"],
)  # fmt: skip
def test_a_birth_date_is_read_in_the_ways_people_write_it(typed):
    assert value("出生日期", typed) == date(1987, 12, 4)


def test_a_birth_date_may_be_a_spreadsheets_date_or_its_day_number():
    assert value("出生日期", "1987-12-04", "date") == date(1987, 12, 4)
    assert value("出生日期", "1987-12-04 08:30", "date") == date(1987, 12, 4)
    assert value("出生日期", "32115", "number") == date(1987, 12, 4)
    assert value("出生日期", "30653", "number", MAC_EPOCH) == date(1987, 12, 4)
    assert value("出生日期", "19871204", "number") == date(1987, 12, 4)


@pytest.mark.parametrize(
    ("typed", "kind", "said"),
    [
        ("1987-02-30", "text", "没有这一天"),
        ("1899-12-31", "text", "早于 1900 年"),
        ("2026-11-23", "text", "晚于今天"),
        ("99999", "number", "晚于今天"),
        ("1987", "text", "不是日期"),
        ("1987", "number", "不是日期"),
        ("32115", "text", "不是日期"),
        ("四月", "text", "不是日期"),
        ("87-12-4", "text", "不是日期"),
    ],
)
def test_impossible_birth_dates_are_refused(typed, kind, said):
    assert said in refused("出生日期", typed, kind)


def test_today_is_the_last_day_one_can_be_born():
    assert value("出生日期", "2026-11-22") == TODAY


@pytest.mark.parametrize(
    "typed",
    ["甲:60%;乙:25.5%", "甲：60％；乙：25.5％；", " 甲 : 60 % ;乙: 25.5%", "甲:60%\n乙:25.5%"],
)
def test_shareholders_are_names_with_their_share(typed):
    assert value("主要股东", typed) == (("甲", Decimal(60)), ("乙", Decimal("25.5")))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("甲:60%;乙:41%", "之和超过 100%"),
        ("甲:0%", "大于 0"),
        ("甲:101%", "不超过 100%"),
        ("甲:60", "名称:比例%"),
        ("甲60%", "名称:比例%"),
        (":60%", "名称:比例%"),
        ("甲:-5%", "名称:比例%"),
        ("甲:60% 乙:40%", "名称:比例%"),
    ],
)
def test_shares_that_cannot_be_are_refused(typed, said):
    assert said in refused("主要股东", typed)


def test_shares_up_to_the_whole_are_taken():
    assert value("主要股东", "甲:33.3333%;乙:66.6667%") is not None


@pytest.mark.parametrize("typed", ["重点、展会", "重点,展会,重点", "重点；展会 ", "|重点 展会"])
def test_tags_are_separated_as_people_separate_them_and_count_once(typed):
    assert value("标签", typed) == ("重点", "展会")


def test_tags_too_many_or_too_long_are_refused_and_separators_alone_are_nothing():
    assert "20 个标签" in refused("标签", ",".join(f"标签{n}" for n in range(21)))
    assert "20 字" in refused("标签", "长" * 21)
    assert value("标签", "、,") is None


def test_levels_are_read_in_any_case_and_width():
    assert [value("等级", typed) for typed in ("A", "b", "Ｃ", "ｄ")] == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("title", "good", "bad", "said"),
    [
        ("等级", "A", "E", "A、B、C、D"),
        ("来源", "客户自填", "朋友介绍", "市场调查、客户拜访、客户自填"),
        ("角色", "影响人", "老板", "决策人、影响人、经办人"),
        ("性别", "女", "未知", "男、女"),
    ],
)
def test_choices_are_taken_from_their_lists_only(title, good, bad, said):
    assert value(title, good) == good
    reason = refused(title, bad)
    assert said in reason or "超过" in reason
    assert bad not in reason


def test_an_owner_is_a_known_login_asked_for_once():
    asked = []

    def known(login: str) -> bool:
        asked.append(login)
        return login == "zhangsan"

    one = Reading(known, TODAY, WINDOWS_EPOCH)
    for _time in range(3):
        assert one.value(BY_TITLE["负责人"], Cell("ｚｈａｎｇｓａｎ"))[0] == "zhangsan"
        with pytest.raises(Refused, match="登录名"):
            one.value(BY_TITLE["负责人"], Cell("wangwu"))
    with pytest.raises(Refused, match="登录名"):
        one.value(BY_TITLE["负责人"], Cell("张三"))
    assert asked == ["zhangsan", "wangwu"]


def test_a_credit_code_is_checked():
    assert value("统一社会信用代码", "91330100ma0examp08") == "91330100MA0EXAMP08"
    assert value("统一社会信用代码", "９１３３０１００ MA0EXAMP08") == "91330100MA0EXAMP08"
    assert "校验不通过" in refused("统一社会信用代码", "91330100MA0EXAMP09")
    assert "校验不通过" in refused("统一社会信用代码", "①②③")


def test_an_address_for_mail_is_checked():
    assert value("邮箱", "Ａ.b+c@example.com") == "A.b+c@example.com"
    for typed in ("a@b", "a b@example.com", "@example.com", "甲@example.com"):
        assert refused("邮箱", typed) == "不是邮箱地址"


def test_a_name_that_folds_to_nothing_or_beyond_its_key_is_refused():
    assert refused("客户名称", "ﷺ" * 90) == "不是可用的客户名称"


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.code)
def test_two_thousand_characters_are_too_many_for_every_column(column):
    assert refused(column.title, "长" * 2_000) == f"超过 {column.limit} 字，请缩短"


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.code)
def test_formulas_and_error_values_are_refused_in_every_column(column):
    assert refused(column.title, "=1+1", "formula") == "是公式，请粘贴为数值"
    assert "错误值" in refused(column.title, "#N/A", "error")


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.code)
@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=60), kind=st.sampled_from(["text", "number", "date"]))
def test_any_text_is_taken_or_refused(column, text, kind):
    try:
        reading().value(column, Cell(text, kind))
        said = "taken"
    except Refused as reason:
        said = str(reason)
    assert said
