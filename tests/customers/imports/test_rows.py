"""Rows become customers: what is joined, what is refused, and that nothing good is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from crm.customers.imports import LIMITS, rows, sheet
from crm.customers.imports.columns import MOST_CONTACTS
from tests.customers.imports.files import TITLES, row, text, workbook

TODAY = date(2026, 11, 22)


def outcome(file, name: str = "customers.xlsx", owners=("zhangsan",)) -> rows.Outcome:
    found = sheet.read(file, name, LIMITS)
    return rows.drafts(found, set(owners).__contains__, today=TODAY)


def sentences(found: rows.Outcome) -> list[str]:
    return [problem.sentence for problem in found.problems]


def test_a_full_row_becomes_a_customer_with_a_contact():
    cells = {
        "客户名称": "云岫仪器", "行业": "仪器", "地区": "杭州", "等级": "b", "标签": "重点、展会",
        "来源": "客户拜访", "负责人": "zhangsan", "公司电话": "0571-00000000",
        "公司地址": "示例路 1 号", "客户特征": "重视售后\n决策慢", "业务状况": "平稳",
        "主要股东": "甲:60%", "联系人": "陈𬘭", "角色": "决策人", "职务": "总经理", "性别": "女",
        "出生日期": date(1987, 12, 4), "学历": "本科", "手机": 13800000000, "住址": "示例巷 2 号",
        "性格爱好": "钓鱼", "家庭状况": "已婚", "备注": "上午勿扰",
    }  # fmt: skip
    extra = {
        "统一社会信用代码": "91330100MA0EXAMP08", "开票抬头": "云岫", "微信": "yx",
        "邮箱": "a@b.cn",
    }  # fmt: skip
    file = workbook([*cells.values(), *extra.values()], titles=[*cells, *extra])
    found = outcome(file)
    assert found.problems == []
    (customer,) = found.drafts
    (contact,) = customer.contacts
    assert customer == rows.CustomerDraft(
        name="云岫仪器", credit_code="91330100MA0EXAMP08", industry="仪器", region="杭州",
        level="B", tags=("重点", "展会"), source="客户拜访", owner="zhangsan",
        phone="0571-00000000", address="示例路 1 号", traits="重视售后\n决策慢", business="平稳",
        shareholders=(("甲", Decimal(60)),), invoice_title="云岫", contacts=[contact], rows=[2],
    )  # fmt: skip
    assert contact == rows.ContactDraft(
        row=2, name="陈𬘭", role="决策人", title="总经理", gender="女",
        birth_date=date(1987, 12, 4), education="本科", mobile="13800000000",
        home_address="示例巷 2 号", hobbies="钓鱼", family="已婚", other="上午勿扰", wechat="yx",
        email="a@b.cn",
    )  # fmt: skip


def test_rows_of_one_name_are_one_customer_wherever_they_stand_and_the_first_filled_cell_counts():
    found = outcome(
        workbook(
            row(客户名称="云岫仪器ABC", 联系人="甲"),
            row(客户名称="远岑科技", 联系人="丙"),
            row(客户名称="云岫仪器ａｂｃ ", 地区="杭州", 联系人="乙"),
            row(客户名称="雲岫儀器 Abc", 地区="宁波", 行业="仪器"),
        )
    )
    first, second = found.drafts
    assert (first.name, first.region, first.industry) == ("云岫仪器ABC", "杭州", "仪器")
    assert [contact.name for contact in first.contacts] == ["甲", "乙"]
    assert (first.rows, second.rows) == ([2, 4, 5], [3])
    assert found.notes == ["第 5 行「地区」与前面的行不同，以前面的为准。"]


def test_a_customer_has_as_many_people_as_its_form_takes_and_the_others_come_back():
    crowd = [row(客户名称="云岫仪器", 联系人=f"第{at}位") for at in range(MOST_CONTACTS + 2)]
    again = row(客户名称="云岫仪器", 联系人="第0位", 职务="总经理")
    found = outcome(workbook(*crowd, again, row(客户名称="云岫仪器", 地区="杭州")))
    (customer,) = found.drafts
    assert len(customer.contacts) == MOST_CONTACTS
    assert (customer.contacts[0].title, customer.region) == ("总经理", "杭州")
    assert sentences(found) == [f"第 {at} 行一家客户最多 60 位联系人。" for at in (62, 63)]


def test_a_mobile_alone_is_a_contact_and_a_row_without_either_is_none():
    found = outcome(
        workbook(
            row(客户名称="云岫仪器", 手机="13800000000"),
            row(客户名称="远岑科技", 地区="杭州", 备注="从展会认识"),
        )
    )
    assert found.problems == []
    assert found.drafts[0].contacts[0].mobile == "13800000000"
    assert found.drafts[1].contacts == []
    assert found.drafts[1].remark == "从展会认识"


def test_facts_of_nobody_are_refused_rather_than_dropped():
    found = outcome(workbook(row(客户名称="云岫仪器", 职务="总经理")))
    assert found.drafts == []
    assert sentences(found) == [
        "第 2 行「联系人」没有填写，也没有手机：这一行的联系人信息不知道是谁的"
    ]


def test_the_same_person_twice_is_one_contact_with_what_both_rows_say():
    found = outcome(
        workbook(
            row(客户名称="云岫仪器", 联系人="甲", 手机="13800000000", 职务="经理"),
            row(客户名称="云岫仪器", 联系人="甲", 手机="138-0000-0000", 职务="总监", 学历="本科"),
            row(客户名称="云岫仪器", 联系人="甲", 手机="13900000000"),
            row(客户名称="远岑科技", 联系人="甲", 手机="13800000000"),
        )
    )
    one, two = found.drafts[0].contacts
    assert (one.title, one.education, two.mobile) == ("经理", "本科", "13900000000")
    assert found.drafts[1].contacts[0].title is None
    assert found.notes == [
        "第 3 行与第 2 行是同一联系人，已合并。",
        "第 3 行「职务」与前面的行不同，以前面的为准。",
    ]


def test_every_reason_of_a_bad_row_is_told_with_its_place():
    found = outcome(
        workbook(
            row(客户名称="云岫仪器", 等级="E", 手机="1", 负责人="wangwu", 业务状况="长" * 2_000),
            row(地区="杭州", 联系人="甲"),
        )
    )
    assert sentences(found) == [
        "第 2 行「等级」只能填：A、B、C、D",
        "第 2 行「负责人」不是本系统的登录名，或此人不能负责客户",
        "第 2 行「业务状况」超过 1000 字，请缩短",
        "第 2 行「手机」不是 11 位手机号",
        "第 3 行「客户名称」没有填写",
    ]
    assert (found.drafts, found.refused_rows, found.total_rows) == ([], 2, 2)


def test_a_bad_contact_does_not_lose_the_customers_other_rows():
    found = outcome(
        workbook(
            row(客户名称="云岫仪器", 地区="杭州", 联系人="甲"),
            row(客户名称="云岫仪器", 联系人="乙", 手机="123"),
            row(客户名称="云岫仪器", 联系人="丙"),
        )
    )
    assert [contact.name for contact in found.drafts[0].contacts] == ["甲", "丙"]
    assert [problem.row for problem in found.problems] == [3]


def test_a_bad_first_row_leaves_the_customer_to_its_other_rows():
    found = outcome(
        workbook(
            row(客户名称="云岫仪器", 地区="杭州", 等级="E", 联系人="甲"),
            row(客户名称="云岫仪器", 联系人="乙"),
        )
    )
    (customer,) = found.drafts
    assert (customer.region, customer.rows) == (None, [3])
    assert [contact.name for contact in customer.contacts] == ["乙"]


def test_a_formula_is_refused_with_the_words_that_help():
    found = outcome(workbook(row(客户名称="云岫仪器", 手机="=A1"), row(客户名称='="云"&"岫"')))
    assert sentences(found) == [
        "第 2 行「手机」是公式，请粘贴为数值",
        "第 3 行「客户名称」是公式，请粘贴为数值",
    ]


def test_unseen_characters_are_stripped_and_told():
    found = outcome(workbook(row(客户名称="云\u200b岫仪器", 联系人="甲\u202e")))
    assert (found.drafts[0].name, found.drafts[0].contacts[0].name) == ("云岫仪器", "甲")
    assert found.notes == [
        "第 2 行「客户名称」去掉了看不见的字符：U+200B 零宽字符。",
        "第 2 行「联系人」去掉了看不见的字符：U+202E 方向控制符。",
    ]


def test_a_cell_of_nothing_but_unseen_characters_is_empty():
    assert sentences(outcome(workbook(row(客户名称="\u200b", 地区="杭州")))) == [
        "第 2 行「客户名称」没有填写"
    ]


def test_notes_are_cut_where_nobody_would_read_on():
    many = [row(客户名称=f"客户\u200b{number}") for number in range(60)]
    notes = outcome(workbook(*many)).notes
    assert len(notes) == 51
    assert notes[-1] == "另有 10 条提示未列出。"


def test_a_missing_quote_in_a_text_table_refuses_the_row_that_it_shifted():
    found = outcome(
        text("客户名称,公司地址,手机\n云岫,示例路,1号,13800000000\n远岑,一,\n"), "a.csv"
    )
    assert [problem.row for problem in found.problems] == [2]
    assert "没加引号" in sentences(found)[0]
    assert [draft.name for draft in found.drafts] == ["远岑"]


def test_notes_beside_the_table_of_a_workbook_are_left_out_and_told():
    found = outcome(workbook([*row(客户名称="云岫仪器"), None, "待核对"]))
    assert found.problems == []
    assert found.notes == ["1 行在没有列名的列里有内容，已忽略。"]


def test_no_message_quotes_what_stands_in_the_file():
    secret = "机密甲方"
    cells = dict.fromkeys(TITLES, secret) | {"客户名称": f"{secret}\u200b"}
    found = outcome(workbook(row(**cells), row(客户名称=secret, 业务状况=f"={secret}")))
    assert found.problems
    assert not any(secret in told for told in [*sentences(found), *found.notes])


def test_a_header_alone_is_a_file_without_customers():
    found = outcome(workbook())
    assert (found.drafts, found.problems, found.total_rows) == ([], [], 0)


def test_day_numbers_are_counted_from_the_workbooks_own_day_zero():
    assert outcome(workbook(row(客户名称="云岫", 联系人="甲", 出生日期=32115))).drafts[0].contacts[
        0
    ].birth_date == date(1987, 12, 4)
