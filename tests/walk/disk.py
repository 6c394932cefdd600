"""Disk: what a thief reads – every byte of every file, in every encoding a value could have."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


def spellings(text: str) -> set[bytes]:
    """A text's bytes: in every encoding, without dashes, escaped, as base64."""
    plain = {text, text.replace("-", "")}
    found = {one.encode(encoding) for one in plain for encoding in ENCODINGS}
    return found | {text.encode("unicode_escape"), base64.b64encode(text.encode())}


def files(*folders: Path) -> Iterator[Path]:
    """Every file below, whatever its name."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def touched(folder: Path, since: float) -> Iterator[Path]:
    """The files of a folder that were written since a time."""
    return (path for path in files(folder) if path.stat().st_mtime >= since)


def found(texts: Iterable[str], paths: Iterable[Path]) -> list[tuple[str, str]]:
    """(text, file) for every text that can be read somewhere."""
    spelt = [(text, spellings(text)) for text in texts]
    hits = []
    for path in paths:
        content = path.read_bytes().rstrip(b"\0")  # a write-ahead log ends in empty pages
        hits += [(text, path.name) for text, ways in spelt if any(way in content for way in ways)]
    return hits
