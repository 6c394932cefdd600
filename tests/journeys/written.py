"""Written: every text that the cast writes on the way – data, whichever journey came first."""

from __future__ import annotations

from enum import StrEnum


class Written(StrEnum):
    """What somebody types into the town; a journey takes its words from here."""

    BY_KEYS = "按键写下的跟进"
    HALF = "写了一半的跟进"
    WITHOUT_SCRIPT = "没有脚本也能写"
    SHORT_NAME = "换个简称"
    FIRST = "先存的人写的业务"
    SECOND = "后存的人写的业务"
    TOGETHER = "合写"
