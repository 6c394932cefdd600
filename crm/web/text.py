"""Text as people send it: freed of what nobody can see, and half-width where a code is meant."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from flask_babel import gettext as _

_LINE_END = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")

# Variation selectors are not here: rare characters of names (U+E0100…) and emoji use them.
_ZERO_WIDTH = "\xad\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2065\u2800\u3164\ufeff\uffa0"
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"
_CONTROL = (
    "\x00-\x08\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_UNSEEN = re.compile(f"[{_ZERO_WIDTH}{_DIRECTION}{_CONTROL}]")
_IS_ZERO_WIDTH = re.compile(f"[{_ZERO_WIDTH}]")
_IS_DIRECTION = re.compile(f"[{_DIRECTION}]")

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


class Cleaned(NamedTuple):
    """A text without unseen characters, which ones they were, and by how much it is too long."""

    text: str
    stripped: tuple[str, ...] = ()
    over: int = 0


def clean(text: str, limit: int) -> Cleaned:
    """Prose of several lines: NFC, one kind of line end, nothing unseen, trimmed; never cut."""
    text, stripped = _seen(text)
    return _measured(text.strip(), stripped, limit)


def clean_line(text: str, limit: int) -> Cleaned:
    """A name, a title, an address: as prose, but every run of white space is one space."""
    text, stripped = _seen(text)
    return _measured(" ".join(text.split()), stripped, limit)


def halfwidth(text: str) -> str:
    """Full-width letters, digits, signs and space as ASCII: for telephones, codes, dates."""
    return text if text.isascii() else text.translate(_HALF)


def _measured(text: str, stripped: tuple[str, ...], limit: int) -> Cleaned:
    return Cleaned(text, stripped, max(0, len(text) - limit))


def _seen(text: str) -> tuple[str, tuple[str, ...]]:
    """The text composed and without unseen characters, and which those were."""
    if text.isascii() and text.isprintable():
        return text, ()
    text = _LINE_END.sub("\n", text)
    stripped: tuple[str, ...] = ()
    if _UNSEEN.search(text):
        text, stripped = _dropped(text)
    # NFC, not NFKC: compatibility folding would replace rare characters of people's names.
    return unicodedata.normalize("NFC", text), stripped


def _dropped(text: str) -> tuple[str, tuple[str, ...]]:
    found: dict[str, None] = {}

    def drop(match: re.Match[str]) -> str:
        if match.group() == _JOINER and _joins_emoji(text, match.start()):
            return _JOINER
        found[_named(match.group())] = None
        return ""

    return _UNSEEN.sub(drop, text), tuple(found)


def _joins_emoji(text: str, at: int) -> bool:
    """Whether this joiner holds one emoji together (a family, a profession)."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    drawn = before == _EMOJI_STYLE or (before and unicodedata.category(before) in {"So", "Sk"})
    return bool(drawn and after and unicodedata.category(after) == "So" and after != "\u2800")


def _named(character: str) -> str:
    if _IS_ZERO_WIDTH.match(character):
        kind = _("零宽字符")
    elif _IS_DIRECTION.match(character):
        kind = _("方向控制符")
    else:
        kind = _("控制字符")
    return f"U+{ord(character):04X} {kind}"
