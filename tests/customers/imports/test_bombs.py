"""Files made to exhaust the machine: refused before they cost anything."""

from __future__ import annotations

import io
import struct
from dataclasses import replace

import pytest

from crm.customers.imports.grid import LIMITS
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


def test_a_huge_directory_is_refused_without_being_read():
    limits = replace(LIMITS, directory_bytes=70_000)
    parts = {f"{'x' * 900}{number}": b"" for number in range(100)}
    assert "大得不合常理" in refusal(container(parts), limits=limits)


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


def test_absurdly_many_styles_or_merged_cells_are_refused():
    limits = replace(LIMITS, ratio=10_000)
    assert "损坏" in refusal(with_part("xl/styles.xml", b"<a>" + b"<b/>" * 200_000), limits=limits)
    merged = "".join(f'<mergeCell ref="A{n}:A{n + 1}"/>' for n in range(1, 200_002))
    assert "损坏" in refusal(worksheet(HEADER, merged), limits=limits)


def test_a_workbook_that_names_no_sheets_is_empty():
    parts = members(workbook(row(客户名称=SECRET)))
    del parts["xl/_rels/workbook.xml.rels"]
    assert "空的" in refusal(container(parts))


def test_more_shared_text_than_allowed_is_refused():
    file = shared("客户名称", *(f"{SECRET}{number}" for number in range(20)))
    assert refusal(file, limits=replace(LIMITS, shared_characters=50))
    assert refusal(file, limits=replace(LIMITS, shared_texts=10))


def test_what_is_beyond_a_cells_limit_is_not_kept():
    file = workbook(row(客户名称="云岫仪器", 备注="长" * 30_000))
    _sheet, rows = read(file, limits=replace(LIMITS, cell_characters=5_000))
    assert len(rows[0][1]["备注"]) == 5_000
