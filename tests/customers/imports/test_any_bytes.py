"""Whatever bytes are sent: they are read, or refused with a sentence, and nothing else happens."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.customers.imports import LIMITS, Unreadable, rows, sheet, workbooks
from tests.customers.imports.files import (
    HEADER,
    OLE,
    container,
    members,
    row,
    shared,
    with_part,
    workbook,
    worksheet,
)

SMALL = replace(LIMITS, rows=50, columns=20, elements=5_000)
STORED = container(
    members(workbook(row(客户名称="云岫仪器", 手机=13800000000, 备注="=A1"))), zipfile.ZIP_STORED
).getvalue()
PACKED = shared("客户名称", "云岫仪器", "远岑科技").getvalue()
BEGINNINGS = [b"", b"PK\x03\x04", b"PK\x05\x06", OLE, b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf",
              "客户名称,手机\n".encode(), "客户名称;手机\n".encode("gb18030")]  # fmt: skip
PIECES = [
    "客户名称", "<row>", "</row>", "<row r='2'>", '<c r="A2">', "<c>", "</c>", "<v>", "</v>", "1",
    '<c t="s">', '<c t="inlineStr">', "<is>", "</is>", "<t>", "</t>", "<f>", "</f>", "<rPh>",
    '<c t="d">', '<c t="b">', '<c s="1">', "1e400", "nan", "-1", "99999", "&#0;", "&amp;", "<!--",
    "-->", "<![CDATA[", "]]>", '<mergeCell ref="A1:A9"/>', '<mergeCell ref="A0:ZZZ9999999"/>',
]  # fmt: skip
calm = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)


def taken_or_refused(content: bytes) -> None:
    try:
        found = sheet.read(io.BytesIO(content), "customers.xlsx", SMALL)
        outcome = rows.drafts(found, bool)
        workbooks.errors(found, outcome.problems)
        said = "taken"
    except Unreadable as refusal:
        said = refusal.sentence
    assert said


@calm
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=400))
def test_any_bytes_after_any_beginning(beginning, content):
    taken_or_refused(beginning + content)


@calm
@given(st.sampled_from(["utf-8", "utf-16", "gb18030"]), st.text(max_size=200))
def test_any_text_below_a_good_header(encoding, content):
    taken_or_refused(("客户名称,手机,出生日期\n" + content).encode(encoding, "replace"))


@calm
@given(st.sampled_from([STORED, PACKED]), st.data())
def test_a_workbook_with_bytes_changed_anywhere(file, data):
    content = bytearray(file)
    for _time in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    taken_or_refused(bytes(content))


@calm
@given(st.sampled_from([STORED, PACKED]), st.data())
def test_a_workbook_cut_off_or_with_a_piece_missing(file, data):
    start = data.draw(st.integers(0, len(file)))
    taken_or_refused(file[:start] + file[start + data.draw(st.integers(1, 500)) :])


@calm
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_a_worksheet_of_any_pieces(data):
    taken_or_refused(worksheet(HEADER + data).getvalue())


@calm
@given(
    st.sampled_from(
        ["xl/workbook.xml", "xl/styles.xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"]
    ),
    st.binary(max_size=60) | st.sampled_from([b"<a/>", b"<a><sheet/></a>", b"<a><xf/></a>"]),
)
def test_any_part_replaced_by_anything(name, content):
    taken_or_refused(with_part(name, content).getvalue())


CELLS = (
    st.none()
    | st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
    | st.floats()
    | st.booleans()
    | st.dates()
)


@calm
@given(st.lists(st.lists(CELLS, max_size=6), max_size=6))
def test_any_values_that_a_spreadsheet_program_can_write(values):
    titles = ["客户名称", "手机", "出生日期", "等级", "主要股东", "备注"]
    taken_or_refused(workbook(*values, titles=titles).getvalue())
