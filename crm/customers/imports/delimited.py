"""Text tables: which encoding, which delimiter, and their rows."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from typing import BinaryIO

from flask_babel import gettext as _

from crm.customers.imports import MEGABYTE, Cell, Limits, RawRow, Unreadable, too_many_columns
from crm.customers.imports.columns import known

_DELIMITERS = ",;\t"
_PIECE = MEGABYTE
_SAMPLE = 4_096
_COMMON = 0.7
"""In Chinese text more than this share of what is not ASCII is everyday Chinese."""
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TextTable:
    """How the text of one file is to be read."""

    encoding: str
    delimiter: str


def examine(file: BinaryIO, limits: Limits) -> TextTable:
    """Find the encoding by reading all of the text, then the delimiter that gives known columns."""
    encoding = _encoding(file)
    counts = {}
    for delimiter in _DELIMITERS:
        with closing(rows(file, TextTable(encoding, delimiter), limits)) as found:
            first = next(found, None)
        cells = [cell.text for cell in first.cells.values()] if first else []
        ours = len(known(cells))
        counts[delimiter] = (ours, len(cells) if ours else 0)
    return TextTable(encoding, max(counts, key=lambda one: counts[one]))


def rows(file: BinaryIO, table: TextTable, limits: Limits) -> Generator[RawRow, None, None]:
    """The rows that have something in them, numbered as a spreadsheet would show them."""
    csv.field_size_limit(limits.cell_characters * 4)
    file.seek(0)
    text = TextIOWrapper(file, table.encoding, newline="")
    reader = csv.reader(text, delimiter=table.delimiter)
    try:
        for number, fields in enumerate(reader, 1):
            cells = _cells(fields, limits)
            if cells:
                yield RawRow(number, cells)
    except csv.Error:
        raise Unreadable(
            _("第 %(row)d 行附近的引号没有成对，无法分列。", row=reader.line_num)
        ) from None
    finally:
        text.detach()


def _cells(fields: list[str], limits: Limits) -> dict[int, Cell]:
    cells = {
        column: _cell(field)
        for column, field in enumerate(fields, 1)
        if field and not field.isspace()
    }
    if cells and max(cells) > limits.columns:
        raise too_many_columns(limits)
    return cells


def _cell(field: str) -> Cell:
    if not field.startswith("="):
        return Cell(field)
    # ="0571…" is how some programs keep a number from losing its zeros.
    kept = _KEPT_AS_TEXT.fullmatch(field)
    return Cell(kept.group(1)) if kept else Cell(field, "formula")


def _encoding(file: BinaryIO) -> str:
    file.seek(0)
    sample = file.read(_SAMPLE)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return _verified(file, encoding)
    if b"\0" in sample:
        return _verified(file, _wide(sample))
    if _decodes(file, "utf-8"):
        return "utf-8"
    if _decodes(file, "gb18030") and _reads_as_chinese(file):
        return "gb18030"
    raise unknown_encoding()


def unknown_encoding() -> Unreadable:
    """The refusal of bytes that are no text we know."""
    return Unreadable(
        _("认不出文件的格式或文字编码。请用表格软件打开，另存为 .xlsx（或 UTF-8 的 .csv）再导入。")
    )


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: the zeros of commas and line ends lie all on one side."""
    if not any(sample[::2]) or not any(sample[1::2]):
        raise unknown_encoding()
    if 0 not in sample[::2]:
        return "utf-16-le"
    if 0 not in sample[1::2]:
        return "utf-16-be"
    raise unknown_encoding()


def _verified(file: BinaryIO, encoding: str) -> str:
    if not _decodes(file, encoding):
        raise unknown_encoding()
    return encoding


def _decodes(file: BinaryIO, encoding: str) -> bool:
    """Whether all of the file is text in this encoding, without the zeros of binary files."""
    try:
        return all("\0" not in piece for piece in _pieces(file, encoding))
    except UnicodeError:
        return False


def _pieces(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    while piece := file.read(_PIECE):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _reads_as_chinese(file: BinaryIO) -> bool:
    """GB18030 gives almost any bytes some meaning; only Chinese text gives everyday characters."""
    sample = "".join(islice(_pieces(file, "gb18030"), 1))
    beyond = [character for character in sample if not character.isascii()]
    everyday = sum(1 for character in beyond if _everyday(character))
    return everyday > _COMMON * len(beyond)


def _everyday(character: str) -> bool:
    """In GB 2312: the 6,763 characters of ordinary writing and Chinese punctuation."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
