"""The workbooks we hand out: a template that reads back, and errors that can be mended."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from crm.customers.imports import rows, sheet, workbooks
from crm.customers.imports.columns import COLUMNS
from tests.customers.imports.files import TITLES, members, read, row, text, workbook

TODAY = date(2026, 11, 22)


def loaded(content: bytes):
    return load_workbook(io.BytesIO(content))


def mended(file: io.BytesIO, name: str = "a.xlsx") -> bytes:
    found = sheet.read(file, name)
    outcome = rows.drafts(found, {"zhangsan"}.__contains__, today=TODAY)
    return workbooks.errors(found, outcome.problems)


def test_the_template_has_exactly_the_published_first_row_and_nothing_below():
    first = loaded(workbooks.template()).worksheets[0]
    assert [cell.value for cell in first[1]] == TITLES
    assert first.max_row == 1
    assert first["A1"].comment.text == "必填"
    assert first.freeze_panes == "B2"


def test_the_template_reads_back_without_rows_and_without_remarks():
    found, data = read(io.BytesIO(workbooks.template()))
    assert (data, found.notes) == ([], ())


def test_telephones_dates_and_codes_are_typed_as_text():
    first = loaded(workbooks.template()).worksheets[0]
    formats = {title: first.column_dimensions[cell.column_letter].number_format
               for title, cell in zip(TITLES, first[1], strict=True)}  # fmt: skip
    assert set(formats.values()) == {"@"}


def test_choices_are_offered_as_lists():
    first = loaded(workbooks.template()).worksheets[0]
    offered = {one.formula1 for one in first.data_validations.dataValidation}
    assert offered == {
        '"A,B,C,D"',
        '"市场调查,客户拜访,客户自填"',
        '"决策人,影响人,经办人"',
        '"男,女"',
    }


def test_the_second_sheet_explains_every_column_and_its_example_would_be_taken():
    guide = loaded(workbooks.template())["填写说明"]
    table = [[cell.value for cell in line] for line in guide.iter_rows(min_row=2)]
    assert [line[0] for line in table] == [column.title for column in COLUMNS]
    assert {line[4] for line in table} == {"公开", "内部", "商密"}
    file = workbook([line[5] for line in table], titles=[line[0] for line in table])
    found = rows.drafts(sheet.read(file, "a.xlsx"), {"zhangsan"}.__contains__, today=TODAY)
    assert (found.problems, found.notes) == ([], [])
    assert len(found.drafts) == 1


def test_bad_rows_come_back_as_they_were_with_their_number_and_reasons():
    file = workbook(
        row(客户名称="云岫仪器", 地区="杭州"),
        row(客户名称="远岑科技", 等级="E", 手机=123, 出生日期=date(1987, 12, 4)),
        row(地区="宁波"),
    )
    (first,) = loaded(mended(file)).worksheets
    table = [[cell.value for cell in line] for line in first.iter_rows()]
    assert table[0] == [*TITLES, "行号", "原因"]
    assert table[1] == [
        *row(客户名称="远岑科技", 等级="E", 手机="123", 出生日期="1987-12-04"),
        "3",
        "「等级」只能填：A、B、C、D；「手机」不是 11 位手机号",
    ]
    assert table[2][-2:] == ["4", "「客户名称」没有填写"]
    assert len(table) == 3


def test_unknown_columns_come_back_too():
    file = text("客户名称,传真,等级\n云岫仪器,机密传真,E\n")
    table = [[cell.value for cell in line] for line in loaded(mended(file, "a.csv")).worksheets[0]]
    assert table[0] == ["客户名称", "传真", "等级", "行号", "原因"]
    assert table[1][1] == "机密传真"


@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", "\t=", "=cmd|' /C calc'!A0", "+86 ", "@SUM("]
)
def test_no_value_becomes_a_formula(begin):
    file = text(f'客户名称,备注,等级\n云岫仪器,"{begin}1",E\n')
    content = mended(file, "a.csv")
    first = loaded(content).worksheets[0]
    assert first["B2"].value == f"{begin}1"
    assert all(cell.data_type in {"s", "n"} for line in first for cell in line)
    assert all(cell.data_type == "s" for cell in first[2])
    assert first["B2"].number_format == "@"
    assert b"<f>" not in members(io.BytesIO(content))["xl/worksheets/sheet1.xml"]


def test_a_formula_comes_back_as_its_text():
    file = workbook(row(客户名称="云岫仪器", 备注="=HYPERLINK(1)"))
    first = loaded(mended(file)).worksheets[0]
    cell = first.cell(2, TITLES.index("备注") + 1)
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_characters_that_a_workbook_cannot_hold_are_left_out():
    file = text('客户名称,备注,等级\n云岫仪器,"a\x07b",E\n')
    assert loaded(mended(file, "a.csv")).worksheets[0]["B2"].value == "ab"


def test_a_mended_error_workbook_can_be_imported_and_mended_again():
    file = workbook(row(客户名称="云岫仪器", 等级="E"))
    again = io.BytesIO(mended(file))
    (problem,) = rows.drafts(sheet.read(again, "e.xlsx"), bool, today=TODAY).problems
    assert (problem.row, problem.column) == (2, "等级")
    first = loaded(mended(again)).worksheets[0]
    assert [cell.value for cell in first[1]] == [*TITLES, "行号", "原因"]
    assert first.max_row == 2


def test_without_problems_the_error_workbook_is_only_a_header():
    assert loaded(mended(workbook(row(客户名称="云岫仪器")))).worksheets[0].max_row == 1
