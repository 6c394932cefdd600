"""The container of an .xlsx: refused when it is a bomb, then opened for its parts."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import SEEK_END
from posixpath import join, normpath
from typing import IO, BinaryIO
from xml.parsers.expat import ExpatError

from flask_babel import gettext as _
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from crm.customers.imports.grid import Limits, Source, Unreadable, damaged
from crm.customers.imports.markup import Attributes, tags
from crm.customers.imports.strings import shared_texts

# Built-in number formats that are dates; 27–36 and 50–58 are the ones Chinese editions add.
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_ENCRYPTED = 0x1
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ExpatError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Workbook:
    """What the sheets of one workbook share."""

    sheets: dict[str, str]
    """The part that each sheet lies in, and its title, in order."""
    texts: list[str]
    date_styles: frozenset[int]
    epoch: datetime


class _Careful:
    """A file that refuses one huge read: zipfile loads a container's whole directory at once."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._limit = limit
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > self._limit:
            raise _bomb()
        return self._file.read(size if size >= 0 else self._limit)


@contextmanager
def opened(source: Source, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The container, after its directory was found harmless; nothing is unpacked before that."""
    with source.open() as file, refusing_damage():
        size = file.seek(0, SEEK_END)
        careful: IO[bytes] = _Careful(file, limits.directory_bytes)  # type: ignore[assignment]
        with zipfile.ZipFile(careful) as container:
            _inspect(container.infolist(), size, limits)
            yield container


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Whatever a broken container or part makes the libraries raise is one refusal."""
    try:
        yield
    except _BROKEN:
        raise damaged() from None


def describe(container: zipfile.ZipFile, limits: Limits) -> Workbook:
    """Find the sheets in their order, the shared texts, and which styles mean dates."""
    part = _workbook_part(container)
    with container.open(part) as stream:
        elements = tags(stream)
    if elements[0][0] != "workbook":
        raise _not_a_workbook()
    relations = _relations(container, part)
    targets = {one["Id"]: one["Target"] for one in relations if _is(one, "worksheet")}
    named = [attributes for tag, attributes in elements if tag == "sheet"]
    return Workbook(
        sheets={
            targets[one["id"]]: one.get("name", "") for one in named if one.get("id") in targets
        },
        texts=_texts(container, relations, limits),
        date_styles=_date_styles(container, relations),
        epoch=MAC_EPOCH if _counts_from_1904(elements) else WINDOWS_EPOCH,
    )


def _inspect(members: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    unpacked = sum(member.file_size for member in members)
    too_large = unpacked > limits.unpacked_bytes or unpacked > limits.ratio * size
    if len(members) > limits.members or too_large:
        raise _bomb()
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Unreadable(_("文件设了密码，请先取消密码再导入。"))
    # Other compressions than a workbook's own need memory that the sizes do not tell.
    if any(
        member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for member in members
    ):
        raise damaged()


def _bomb() -> Unreadable:
    return Unreadable(_("文件解开后大得不合常理，已拒绝读取。请只保留客户表，另存后再导入。"))


def _workbook_part(container: zipfile.ZipFile) -> str:
    names = set(container.namelist())
    if "content.xml" in names and "mimetype" in names:
        raise Unreadable(_("这是 .ods 等其他格式的表格，请另存为 .xlsx 后再导入。"))
    if "_rels/.rels" not in names:
        raise _not_a_workbook()
    main = [one["Target"] for one in _relations(container, "") if _is(one, "officeDocument")]
    if not main or main[0] not in names:
        raise _not_a_workbook()
    if main[0].endswith(".bin"):
        raise Unreadable(_("这是 .xlsb 文件，请用表格软件打开，另存为 .xlsx 后再导入。"))
    return main[0]


def _not_a_workbook() -> Unreadable:
    return Unreadable(_("这是压缩包或其他文档，不是表格。请选择 .xlsx 或 .csv 文件。"))


def _relations(container: zipfile.ZipFile, part: str) -> list[Attributes]:
    folder, _slash, name = part.rpartition("/")
    path = join(folder, "_rels", f"{name}.rels")
    if path not in container.namelist():
        return []
    with container.open(path) as stream:
        found = [attributes for tag, attributes in tags(stream) if tag == "Relationship"]
    return [
        {**one, "Target": normpath(join("/", folder, one["Target"])).lstrip("/")}
        for one in found
        if {"Id", "Type", "Target"} <= one.keys() and one.get("TargetMode") != "External"
    ]


def _is(relation: Attributes, kind: str) -> bool:
    return relation["Type"].endswith(f"/{kind}")


def _texts(container: zipfile.ZipFile, relations: list[Attributes], limits: Limits) -> list[str]:
    for one in relations:
        if _is(one, "sharedStrings"):
            with container.open(one["Target"]) as stream:
                return shared_texts(stream, limits)
    return []


def _date_styles(container: zipfile.ZipFile, relations: list[Attributes]) -> frozenset[int]:
    for one in relations:
        if _is(one, "styles"):
            with container.open(one["Target"]) as stream:
                return _dates_among(tags(stream))
    return frozenset()


def _dates_among(styles: list[tuple[str, Attributes]]) -> frozenset[int]:
    """Cells name a style by its place among cellXfs; before those, xf means something else."""
    dates = set(_DATE_FORMATS)
    found, place = set(), -1
    for tag, attributes in styles:
        if tag == "numFmt" and is_date_format(attributes.get("formatCode", "")):
            dates.add(int(attributes.get("numFmtId", "-1")))
        elif tag == "cellXfs":
            place = 0
        elif tag == "xf" and place >= 0:
            if int(attributes.get("numFmtId", "0")) in dates:
                found.add(place)
            place += 1
    return frozenset(found)


def _counts_from_1904(elements: list[tuple[str, Attributes]]) -> bool:
    return any(
        tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}
        for tag, attributes in elements
    )
