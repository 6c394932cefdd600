"""Import files of every kind, made on the spot."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from crm.customers.imports import LIMITS, Limits, Unreadable, sheet
from crm.customers.imports.columns import STANDARD

HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>客户名称</t></is></c></row>'
SECRET = "机密甲方"
TITLES = [column.title for column in STANDARD]
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def row(**cells: Any) -> list[Any]:
    """One row in the order of the standard columns; the others stay empty."""
    assert cells.keys() <= set(TITLES)
    return [cells.get(title) for title in TITLES]


def workbook(*rows: list[Any], titles: list[Any] | None = None) -> io.BytesIO:
    """An .xlsx with a header and these rows."""
    book = Workbook()
    target = book.worksheets[0]
    for one in (TITLES if titles is None else titles, *rows):
        target.append(one)
    return saved(book)


def saved(book: Workbook) -> io.BytesIO:
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def text(content: str, encoding: str = "utf-8") -> io.BytesIO:
    """A text table in an encoding."""
    return io.BytesIO(content.encode(encoding))


def container(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """A zip file with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as target:
        for name, content in members.items():
            target.writestr(name, content)
    file.seek(0)
    return file


def members(file: io.BytesIO) -> dict[str, bytes]:
    """What lies in a zip file."""
    with zipfile.ZipFile(file) as source:
        return {name: source.read(name) for name in source.namelist()}


def with_part(name: str, content: bytes, file: io.BytesIO | None = None) -> io.BytesIO:
    """A workbook in which one part is replaced."""
    return container({**members(file or workbook(row(客户名称="云岫仪器"))), name: content})


def shared(*texts: str) -> io.BytesIO:
    """A workbook of one column whose cells refer to a table of texts, as Excel writes them.

    A text that begins with a tag is taken as the item's XML.
    """
    rows = "".join(
        f'<row r="{place}"><c r="A{place}" t="s"><v>{place - 1}</v></c></row>'
        for place in range(1, len(texts) + 1)
    )
    items = (one if one.startswith("<") else f"<t>{one}</t>" for one in texts)
    table = "".join(f"<si>{item}</si>" for item in items)
    parts = members(worksheet(rows))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    types = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = types.replace(b"</Types>", override.encode())
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{SPACE}">{table}</sst>'.encode()
    return container(parts)


def worksheet(data: str, after: str = "") -> io.BytesIO:
    """A workbook whose only sheet has these rows of XML."""
    xml = f'<worksheet xmlns="{SPACE}"><sheetData>{data}</sheetData>{after}</worksheet>'
    return with_part("xl/worksheets/sheet1.xml", xml.encode())


def read(file: io.BytesIO, filename: str = "customers.xlsx", limits: Limits = LIMITS):
    """The sheet's rows as plain text by title."""
    found = sheet.read(file, filename, limits)
    rows = [
        (one.number, {title: cell.text for title, cell in one.cells.items()}) for one in found.rows
    ]
    return found, rows


def refusal(file: io.BytesIO, name: str = "customers.xlsx", limits=LIMITS) -> str:
    """The sentence with which this file is refused; it quotes nothing of it."""
    with pytest.raises(Unreadable) as refused:
        read(file, name, limits)
    assert refused.value.status == 422
    assert SECRET not in refused.value.sentence
    return refused.value.sentence
