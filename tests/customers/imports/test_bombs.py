"""Files made to exhaust the machine: refused before they cost anything."""

from __future__ import annotations

import io
import struct
from dataclasses import replace

import pytest

from crm.customers.imports import LIMITS
from tests.customers.imports.files import (
    HEADER,
    SECRET,
    container,
    members,
    read,
    refusal,
    row,
    shared,
    with_part,
    workbook,
    worksheet,
)


def test_a_bomb_is_refused_before_anything_is_unpacked():
    file = with_part("xl/worksheets/sheet1.xml", b" " * 20_000_000)
    assert len(file.getvalue()) < 60_000
    assert "大得不合常理" in refusal(file)


def test_unpacking_to_more_than_the_limit_is_refused_whatever_the_ratio():
    limits = replace(LIMITS, unpacked_bytes=1_000)
    assert "大得不合常理" in refusal(workbook(row(客户名称=SECRET)), limits=limits)


def test_too_many_members_are_refused():
    parts = members(workbook(row(客户名称=SECRET)))
    many = {**parts, **{f"x/{number}": b"" for number in range(2_001)}}
    assert "大得不合常理" in refusal(container(many))


def test_a_directory_that_breaks_off_after_too_many_entries_is_not_even_read():
    many = b"PK\x03\x04" + b"PK\x01\x02" * 2_001
    assert "大得不合常理" in refusal(io.BytesIO(many))


def test_a_member_that_lies_about_its_size_is_cut_short_and_refused():
    file = with_part("xl/worksheets/sheet1.xml", b"<a>" + b"x" * 9_000_000).getvalue()
    true, lie = struct.pack("<L", 9_000_003), struct.pack("<L", 100)
    assert file.count(true) == 2
    assert "损坏" in refusal(io.BytesIO(file.replace(true, lie)))


@pytest.mark.parametrize(
    "part",
    [
        '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        "<a>" * 10_000,
        "<a b='" + "x" * 3_000_000 + "'/>",
        "<not xml",
        "",
    ],
)
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_entities_great_depth_and_endless_tags_are_refused(part, name):
    # A ratio that large would be refused earlier.
    limits = replace(LIMITS, ratio=10_000)
    assert refusal(with_part(name, part.encode()), limits=limits)


@pytest.mark.parametrize(
    "file",
    [
        with_part("xl/styles.xml", b"<a>" + b"<b/>" * 200_000),
        worksheet(HEADER + "<row>" + "<c/>" * 200_000 + "</row>"),
        worksheet(HEADER, "".join(f'<mergeCell ref="A{n}:A{n + 1}"/>' for n in range(1, 200_002))),
        worksheet(HEADER, "".join("<row><c/></row><x/>" for _place in range(200_001))),
        shared("客户名称", "<r/>" * 200_001),
    ],
    ids=["styles", "one row", "merged cells", "between rows", "one text"],
)
def test_more_elements_than_we_want_in_memory_at_once_are_refused(file):
    # A ratio that large would be refused earlier.
    assert "大得不合常理" in refusal(file, limits=replace(LIMITS, ratio=10_000))


def test_more_elements_than_any_customer_table_has_are_refused():
    file = workbook(*(row(客户名称=SECRET) for _time in range(20)))
    assert "大得不合常理" in refusal(file, limits=replace(LIMITS, elements=100))
    texts = shared("客户名称", *(f"{SECRET}{number}" for number in range(20)))
    assert "大得不合常理" in refusal(texts, limits=replace(LIMITS, elements=30))


def test_a_text_longer_than_any_cell_could_hold_is_refused():
    file = shared("客户名称", SECRET * 300_000)
    assert "大得不合常理" in refusal(file, limits=replace(LIMITS, ratio=10_000))


def test_parts_that_nobody_opens_may_hold_what_they_like():
    endless = {"xl/pivotCache/records1.xml": b"<a>" + b"<b/>" * 300_000, "customXml/1.xml": b"x"}
    file = container(members(workbook(row(客户名称="云岫仪器"))) | endless)
    assert read(file, limits=replace(LIMITS, ratio=10_000))[1] == [(2, {"客户名称": "云岫仪器"})]


def test_a_row_far_below_and_a_cell_far_to_the_right_cost_nothing():
    cell = '<c r="{0}" t="inlineStr"><is><t>远岑科技</t></is></c>'
    below = f'<row r="1048576">{cell.format("A1048576")}</row>'
    assert read(worksheet(HEADER + below))[1] == [(1048576, {"客户名称": "远岑科技"})]
    right = f'<row r="2">{cell.format("XFD2")}</row>'
    assert "超过 200 列" in refusal(worksheet(HEADER + right))


def test_a_dimension_that_lies_is_not_believed():
    for told in ("A1", "A1:XFD1048576"):
        parts = members(workbook(row(客户名称="云岫仪器", 备注="末列")))
        sheet1 = parts["xl/worksheets/sheet1.xml"].replace(b"A1:W2", told.encode())
        assert told.encode() in sheet1
        file = container({**parts, "xl/worksheets/sheet1.xml": sheet1})
        assert read(file)[1] == [(2, {"客户名称": "云岫仪器", "备注": "末列"})]


def test_what_is_beyond_a_cells_limit_is_not_kept():
    file = workbook(row(客户名称="云岫仪器", 备注="长" * 30_000))
    _sheet, rows = read(file, limits=replace(LIMITS, cell_characters=5_000))
    assert len(rows[0][1]["备注"]) == 5_000
