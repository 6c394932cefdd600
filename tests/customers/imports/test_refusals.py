"""Files that cannot be read: each is refused with a sentence that helps and quotes nothing."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pytest
from openpyxl import Workbook

from crm.customers.imports import LIMITS, Unreadable, sheet
from tests.customers.imports.files import (
    HEADER,
    OLE,
    SECRET,
    container,
    members,
    read,
    refusal,
    row,
    saved,
    text,
    with_part,
    workbook,
    worksheet,
)


def test_an_old_xls_is_told_to_be_saved_as_xlsx():
    book = OLE + bytes(504) + "Workbook".encode("utf-16-le") + bytes(4_000)
    assert "旧版 .xls" in refusal(io.BytesIO(book), "customers.xls")
    assert "旧版 .xls" in refusal(io.BytesIO(book), "customers.xlsx")


def test_a_password_protected_workbook_is_told_so_wherever_the_mark_lies():
    mark = "EncryptedPackage".encode("utf-16-le")
    for before in (504, 1024 * 1024 - 20):
        assert "密码" in refusal(io.BytesIO(OLE + bytes(before) + mark + bytes(100)))


def test_a_zip_with_a_password_is_told_so():
    file = workbook(row(客户名称=SECRET)).getvalue()
    flagged = re.sub(rb"(?s)(PK\x01\x02....)\x00", lambda found: found[1] + b"\x01", file)
    assert flagged != file
    assert "密码" in refusal(io.BytesIO(flagged))


@pytest.mark.parametrize(
    ("members_", "said"),
    [
        ({"a.txt": b"a"}, "不是表格"),
        ({}, "不是表格"),
        ({"mimetype": b"application/vnd.oasis.opendocument", "content.xml": b"<a/>"}, ".ods"),
        (
            {
                "_rels/.rels": b'<R xmlns="r"><Relationship Id="1" Type="x/officeDocument" '
                b'Target="word/document.xml"/></R>',
                "word/document.xml": b"<a/>",
            },
            "不是表格",
        ),
        (
            {
                "_rels/.rels": b'<R xmlns="r"><Relationship Id="1" Type="x/officeDocument" '
                b'Target="xl/workbook.bin"/></R>',
                "xl/workbook.bin": b"\x83\x01",
            },
            ".xlsb",
        ),
    ],
)
def test_other_containers_are_told_what_they_are(members_, said):
    assert said in refusal(container(members_))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空的"),
        (b" \r\n\t", "空的"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "图片"),
        (b"\xff\xd8\xff\xe0" + bytes(9), "图片"),
        (b"\x00\x00\x00\x18ftypheic", "图片"),
        (b"Rar!\x1a\x07", "压缩包"),
        (b"<html><table><tr><td>1", "网页"),
        (b'\xef\xbb\xbf <?xml version="1.0"?>', "网页"),
        (bytes(range(256)) * 8, "认不出"),
        ("Société Générale;Téléphone été".encode("latin-1"), "认不出"),
        ("客戶名稱,聯絡人,備註".encode("big5"), "认不出"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "认不出"),
        (b"\x01\x00" * 40 + b"\x00\x01" * 40, "认不出"),
        (b"\x00" + bytes(1_000), "认不出"),
    ],
)
def test_other_content_is_told_what_it_is(content, said):
    assert said in refusal(io.BytesIO(content))


def test_an_empty_workbook_and_an_empty_text_table_are_empty():
    assert "空的" in refusal(saved(Workbook()))
    assert "空的" in refusal(text(",,,\n , \n"), "a.csv")


def test_a_first_row_without_the_name_column_is_refused():
    assert "客户名称" in refusal(workbook([SECRET], titles=["公司", "手机"]))


def test_unusual_compression_is_refused():
    parts = members(workbook(row(客户名称=SECRET)))
    assert "损坏" in refusal(container(parts, zipfile.ZIP_LZMA))


def test_a_truncated_workbook_is_damaged():
    file = workbook(row(客户名称=SECRET)).getvalue()
    assert "损坏" in refusal(io.BytesIO(file[: len(file) // 2]))


def test_a_workbook_broken_in_the_middle_is_refused():
    filler = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 4_000))
    assert "损坏" in refusal(worksheet(f"{HEADER}{filler}<row></oops>"))


def test_a_workbook_with_a_broken_value_is_refused_while_its_rows_are_read():
    found = sheet.read(
        worksheet(HEADER + '<row r="2"><c t="d"><v>2026-13-32</v></c></row>'), "a.xlsx"
    )
    with pytest.raises(Unreadable, match="损坏"):
        list(found.rows)


def test_a_workbook_without_its_list_of_parts_is_damaged():
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"):
        parts = members(workbook(row(客户名称=SECRET)))
        del parts[name]
        assert "损坏" in refusal(container(parts))


def test_a_strict_workbook_is_told_to_be_saved_as_an_ordinary_one():
    book = b'<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'
    assert "严格 Open XML" in refusal(with_part("xl/workbook.xml", book))


@pytest.mark.parametrize(
    "data",
    [
        '<row r="0"/>',
        '<row r="1048577"/>',
        '<row r="99999999999999999999"/>',
        '<row r="3"/><row r="2"/>',
        '<row r="x"/>',
        '<row r="2"><c r="AAAA2"/></row>',
        '<row r="2"><c r="2"/></row>',
        '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>x</v></c></row>',
        '<row r="2"><c r="A2"><v>x</v></c></row>',
        '<row r="2"><c r="A2" s="x"><v>1</v></c></row>',
    ],
)
def test_impossible_rows_and_cells_are_refused(data):
    assert "损坏" in refusal(worksheet(HEADER + data))


def test_more_rows_or_columns_than_allowed_are_refused():
    rows = [row(客户名称=f"客户{number}") for number in range(4)]
    assert "超过 3 行" in refusal(workbook(*rows), limits=replace(LIMITS, rows=3))
    assert read(workbook(*rows), limits=replace(LIMITS, rows=4))[1]
    assert "超过 5 列" in refusal(workbook(*rows), limits=replace(LIMITS, columns=5))
    wide = text("客户名称" + ",行业" * 5)
    assert "超过 5 列" in refusal(wide, "a.csv", replace(LIMITS, columns=5))


def test_formatted_but_empty_cells_to_the_far_right_are_no_columns():
    cells = (
        HEADER
        + '<row r="2"><c r="A2" t="inlineStr"><is><t>甲</t></is></c><c r="XFD2" s="0"/></row>'
    )
    assert read(worksheet(cells))[1] == [(2, {"客户名称": "甲"})]


def test_too_large_a_file_is_refused_unread():
    limits = replace(LIMITS, file_bytes=1024 * 1024)
    assert "超过 1 MB" in refusal(io.BytesIO(b"PK\x03\x04" + bytes(1024 * 1024)), limits=limits)


def test_a_quote_that_never_closes_is_refused_with_its_place():
    content = '客户名称,备注\n云岫仪器,"' + "字\n" * 100_000
    assert "引号没有成对" in refusal(text(content), "a.csv")


def test_fifty_thousand_and_one_rows_are_refused_and_fifty_thousand_are_read():
    lines = "".join(f"客户{number},13800000000\n" for number in range(50_000))
    file = text("客户名称,手机\n" + lines)
    assert sum(1 for _row in sheet.read(file, "a.csv").rows) == 50_000
    more = text("客户名称,手机\n" + lines + "多一行,\n")
    assert "超过 50000 行" in refusal(more, "a.csv")
