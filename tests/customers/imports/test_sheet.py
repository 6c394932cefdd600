"""Reading tables: values as typed, merged cells, formulas, encodings and delimiters."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from crm.customers.imports import sheet
from tests.customers.imports.files import (
    HEADER,
    SPACE,
    TITLES,
    members,
    read,
    row,
    saved,
    shared,
    text,
    with_part,
    workbook,
    worksheet,
)


def test_rows_come_with_their_number_and_only_their_filled_cells():
    _sheet, rows = read(workbook(row(客户名称="云岫仪器", 等级="A"), [], row(客户名称="远岑科技")))
    assert rows == [(2, {"客户名称": "云岫仪器", "等级": "A"}), (4, {"客户名称": "远岑科技"})]


def test_rows_can_be_read_as_often_as_wanted_from_a_file_on_disk_too(tmp_path: Path):
    path = tmp_path / "anything.bin"
    path.write_bytes(workbook(row(客户名称="云岫仪器")).getvalue())
    with path.open("rb") as file:
        found = sheet.read(file, "anything.bin")
        assert list(found.rows) == list(found.rows)
        assert len(list(found.rows)) == 1


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (13812345678.0, "13812345678"),
        (13812345678, "13812345678"),
        (0.1 + 0.2, "0.3"),
        (-2.50, "-2.5"),
        (True, "TRUE"),
        (False, "FALSE"),
        (datetime(1987, 12, 4), "1987-12-04"),  # noqa: DTZ001 - a spreadsheet knows no zones
        (datetime(1987, 12, 4, 9, 30), "1987-12-04 09:30"),  # noqa: DTZ001 - nor here
        (date(2024, 2, 29), "2024-02-29"),
        ("  ", None),
        ("a_x000D_b", "a\rb"),
        ("a_xD83D_b", "ab"),
    ],
)
def test_numbers_and_dates_are_read_as_a_person_would_type_them(value, written):
    _sheet, rows = read(workbook(row(客户名称="云岫仪器", 备注=value)))
    assert rows[0][1].get("备注") == written


def test_numbers_as_excel_writes_them_are_read_whole():
    cells = '<c r="A2"><v>1.3812345678E10</v></c>'
    assert read(worksheet(f'{HEADER}<row r="2">{cells}</row>'))[1] == [
        (2, {"客户名称": "13812345678"})
    ]


@pytest.mark.parametrize("code", ["yyyy年m月d日", '[$-804]yyyy"年"m"月"', "m/d/yy", "yyyy-mm-dd"])
def test_date_formats_of_ones_own_are_dates(code):
    book = Workbook()
    book.worksheets[0].append(["客户名称", "出生日期"])
    book.worksheets[0].append(["云岫仪器", 32115])
    book.worksheets[0]["B2"].number_format = code
    assert read(saved(book))[1][0][1]["出生日期"] == "1987-12-04"


@pytest.mark.parametrize("value", [0.5, 1_000_000_000])
def test_what_only_looks_like_a_date_stays_a_number(value):
    book = Workbook()
    book.worksheets[0].append(["客户名称"])
    book.worksheets[0].append([value])
    book.worksheets[0]["A2"].number_format = "yyyy-mm-dd"
    assert read(saved(book))[1] == [(2, {"客户名称": str(value)})]


def test_the_date_formats_of_chinese_editions_are_dates():
    file = workbook(["云岫仪器", date(1987, 12, 4)], titles=["客户名称", "出生日期"])
    styles = members(file)["xl/styles.xml"]
    file = with_part("xl/styles.xml", styles.replace(b'numFmtId="14"', b'numFmtId="31"'), file)
    assert read(file)[1][0][1]["出生日期"] == "1987-12-04"


def test_days_are_counted_from_1904_where_the_workbook_says_so():
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.worksheets[0].append(["客户名称", "出生日期"])
    book.worksheets[0].append(["云岫仪器", date(1987, 12, 4)])
    found, rows = read(saved(book))
    assert rows[0][1]["出生日期"] == "1987-12-04"
    assert found.epoch.year == 1904


def test_a_formula_is_noticed_whatever_it_last_came_to():
    data = '<c r="A2" t="str"><f>B2&amp;"x"</f><v>云岫</v></c>'
    found = sheet.read(worksheet(f'{HEADER}<row r="2">{data}</row>'), "a.xlsx")
    assert next(iter(found.rows)).cells["客户名称"] == ('=B2&"x"', "formula")


def test_shared_formulas_and_error_values_are_noticed():
    data = '<c r="A2"><f t="shared" si="0"/><v>1</v></c>'
    error = '<c r="A3" t="e"><v>#N/A</v></c>'
    found = sheet.read(worksheet(f'{HEADER}<row r="2">{data}</row><row r="3">{error}</row>'), "a")
    assert [one.cells["客户名称"].kind for one in found.rows] == ["formula", "error"]


def test_cells_without_references_and_with_a_prefix_are_read():
    xml = (
        f'<x:worksheet xmlns:x="{SPACE}"><x:sheetData>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>客户名称</x:t></x:is></x:c></x:row>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>云岫仪器</x:t></x:is></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    _sheet, rows = read(with_part("xl/worksheets/sheet1.xml", xml.encode()))
    assert rows == [(2, {"客户名称": "云岫仪器"})]


def test_formulas_of_several_cells_are_noticed():
    array = '<c r="A2"><f t="array" ref="A2:A3">ROW(1:2)</f><v>1</v></c>'
    table = '<c r="A3"><f t="dataTable" ref="A3:A4" r1="B1"/><v>1</v></c>'
    found = sheet.read(worksheet(f'{HEADER}<row r="2">{array}</row><row r="3">{table}</row>'), "a")
    assert [one.cells["客户名称"] for one in found.rows] == [
        ("=ROW(1:2)", "formula"),
        ("=", "formula"),
    ]


def test_what_a_sheet_says_after_its_rows_cannot_break_the_reading():
    cells = '<row r="2"><c r="A2" t="inlineStr"><is><t>云岫仪器</t></is></c></row>'
    assert read(worksheet(HEADER + cells, '<pageSetup scale="x"/>'))[1]


@pytest.mark.parametrize("written", ["1987-12-04", "1987-12-04T00:00:00"])
def test_dates_written_as_text_by_other_programs_are_dates(written):
    data = f'<c r="A2" t="d"><v>{written}</v></c>'
    found = sheet.read(worksheet(f'{HEADER}<row r="2">{data}</row>'), "a.xlsx")
    assert next(iter(found.rows)).cells["客户名称"] == ("1987-12-04", "date")


def test_shared_rich_text_is_read_without_its_reading_hints():
    rich = (
        "<r><t>云</t></r><r><rPr><b/></rPr><t>岫</t></r><r><t>仪器</t></r>"
        '<rPh sb="0" eb="1"><t>yunxiu</t></rPh>'
    )
    assert read(shared("客户名称", rich, "<t/>", "远岑_x4E00__x0007_"))[1] == [
        (2, {"客户名称": "云岫仪器"}),
        (4, {"客户名称": "远岑一\x07"}),
    ]


def test_cells_merged_downwards_have_the_value_of_the_topmost():
    book = Workbook()
    target = book.worksheets[0]
    target.append(["客户名称", "地区", "联系人"])
    for name, region, contact in [
        ("云岫仪器", "杭州", "甲"),
        (None, None, "乙"),
        (None, None, "丙"),
    ]:
        target.append([name, region, contact])
    target.append(["远岑科技", None, "丁"])
    target.append([None, None, "戊"])
    target.merge_cells("A2:A4")
    target.merge_cells("B2:B3")
    target.merge_cells("A5:B6")
    found, rows = read(saved(book))
    assert [cells.get("客户名称") for _number, cells in rows] == ["云岫仪器"] * 3 + ["远岑科技"] * 2
    assert [cells.get("地区") for _number, cells in rows] == ["杭州", "杭州", None, None, None]
    assert "有合并单元格：合并的各行都按左上角的值读取。" in found.notes


def test_a_header_merged_over_two_rows_does_not_become_a_customer():
    book = Workbook()
    target = book.worksheets[0]
    target.append(["客户名称", "联系人"])
    target.append([None, None])
    target.append(["云岫仪器", "甲"])
    target.merge_cells("A1:A2")
    assert [number for number, _cells in read(saved(book))[1]] == [3]


def test_the_first_sheet_with_anything_in_it_is_read_and_the_others_are_told():
    book = Workbook()
    second, third = book.create_sheet("二"), book.create_sheet("三")
    second.append(["客户名称"])
    second.append(["云岫仪器"])
    third.append(["别的"])
    found, rows = read(saved(book))
    assert rows == [(2, {"客户名称": "云岫仪器"})]
    assert found.notes == ("文件有 3 张工作表，只读取了第 2 张。",)


def test_a_header_below_empty_rows_is_found():
    assert read(workbook([], ["客户名称"], ["云岫仪器"], titles=[]))[1] == [
        (4, {"客户名称": "云岫仪器"})
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_tables_are_read_in_the_encodings_and_with_the_delimiters_people_use(
    encoding, delimiter
):
    lines = [
        ["客户名称", "地区", "备注"],
        ["云岫仪器", "浙江杭州", "甲、乙"],
        ["远岑科技", "", "丙"],
    ]
    content = "\r\n".join(delimiter.join(line) for line in lines)
    _sheet, rows = read(text(content, encoding), "customers.csv")
    assert rows == [
        (2, {"客户名称": "云岫仪器", "地区": "浙江杭州", "备注": "甲、乙"}),
        (3, {"客户名称": "远岑科技", "备注": "丙"}),
    ]


def test_rare_characters_come_through_gb18030_and_the_encoding_is_told():
    found, rows = read(text("客户名称,联系人\n云岫仪器,陈𬘭㛃镕\n", "gb18030"), "a.csv")
    assert rows[0][1]["联系人"] == "陈𬘭㛃镕"
    assert any("GB18030" in note for note in found.notes)


def test_quoted_line_ends_and_blank_lines_count_as_a_spreadsheet_counts_them():
    _sheet, rows = read(text('客户名称,备注\n云岫仪器,"一\n二,三"\n\n远岑科技,四\n'), "a.csv")
    assert [number for number, _cells in rows] == [2, 4]
    assert rows[0][1]["备注"] == "一\n二,三"


def test_text_tables_keep_numbers_protected_by_a_formula_and_notice_real_ones():
    found = sheet.read(
        text('客户名称,手机\n云岫仪器,"=""013800000000"""\n远岑科技,=1+1\n'), "a.csv"
    )
    assert [one.cells["手机"] for one in found.rows] == [
        ("013800000000", "text"),
        ("=1+1", "formula"),
    ]


def test_the_content_counts_and_not_the_name_of_the_file():
    assert read(workbook(row(客户名称="云岫仪器")), "customers.csv")[1]
    found, rows = read(text("客户名称\n云岫仪器\n"), "customers.xlsx")
    assert rows
    assert "文件名像工作簿，内容其实是文本表格，已按文本读取。" in found.notes


def test_a_whole_row_of_every_column_comes_back():
    values = {title: f"值{place}" for place, title in enumerate(TITLES)}
    assert read(workbook(row(**values)))[1] == [(2, values)]
