"""What each column may hold: one reading per kind of fact, from typed text to value or refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _
from openpyxl.utils.datetime import from_excel
from stdnum.cn import uscc

from crm.customers.imports import Cell
from crm.customers.imports.columns import Column
from crm.customers.names import fold
from crm.web.text import clean, clean_line, halfwidth

LEVELS = ("A", "B", "C", "D")
SOURCES = ("市场调查", "客户拜访", "客户自填")
ROLES = ("决策人", "影响人", "经办人")
GENDERS = ("男", "女")

Shares = tuple[tuple[str, Decimal], ...]
Value = str | date | tuple[str, ...] | Shares

_KEY_LIMIT = 120
_TAG_LIMIT = 20
_TAGS = 20
_TAG_END = re.compile(r"[,，;；、|\s]")
_SHARE_END = re.compile("[;；\n]")
_SHARE = re.compile(r"([^:：%％]{1,100}?)\s*[:：]\s*([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*[%％]")
_WHOLE = Decimal(100)
_DATE = re.compile(
    r"([0-9]{4}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2}) ?日?(?:[ T][0-9:.]+)?"
)
_DATE_IN_A_ROW = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")
_DAY_NUMBER = re.compile("[0-9]{5}")
_FIRST_YEAR = 1900
_DASHES = re.compile("[‐‑‒–—―−]+")
_MOBILE = re.compile("1[3-9][0-9]{9}")
_COUNTRY = re.compile(r"-?(?:\+|00)86-?")
_MOBILE_COUNTRY = re.compile(r"(?:\+|00)?86(?=1)")
_BRACKETS = str.maketrans("()", "--")
_EXTENSION = re.compile(r"-?(?:转|ext\.?|x)-?")
_TELEPHONE = re.compile(rf"[0-9]+(?:-[0-9]+)*(?:{_EXTENSION.pattern}[0-9]{{1,6}})?")
_TELEPHONE_DIGITS = range(5, 21)
_SCIENTIFIC = re.compile(r"[0-9.]+E\+?[0-9]+", re.IGNORECASE)
_CODE = re.compile("[0-9A-Z]{18}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_LOGIN = re.compile("[A-Za-z0-9._@-]{1,64}")


class Refused(Exception):
    """A cell that cannot be taken; its text is the reason, without what the cell holds."""


@dataclass(slots=True)
class Reading:
    """Reads cells as values; knows the day, the file's day zero, and who may be responsible."""

    known_owner: Callable[[str], bool]
    today: date
    epoch: datetime
    _owners: dict[str, bool] = field(default_factory=dict)

    def value(self, column: Column, cell: Cell) -> tuple[Value | None, tuple[str, ...]]:
        """The value of one cell (none when nothing is left of it), and what was stripped."""
        if cell.kind == "formula":
            raise Refused(_("是公式，请粘贴为数值"))
        if cell.kind == "error":
            raise Refused(_("是错误值，请改正或清空"))
        text, stripped, over = (clean if column.prose else clean_line)(cell.text, column.limit)
        if over:
            raise Refused(_("超过 %(limit)d 字，请缩短", limit=column.limit))
        if not text:
            return None, stripped
        return self._read(column.code, text, cell), stripped

    def _read(self, code: str, text: str, cell: Cell) -> Value | None:
        if code == "owner":
            return self._owner(text)
        if code == "contact.birth_date":
            return self._birth_date(text, cell)
        reader = _READERS.get(code)
        return reader(text) if reader else text

    def _owner(self, text: str) -> str:
        login = halfwidth(text)
        if login not in self._owners:
            self._owners[login] = bool(_LOGIN.fullmatch(login)) and self.known_owner(login)
        if not self._owners[login]:
            raise Refused(_("不是本系统的登录名，或此人不能负责客户"))
        return login

    def _birth_date(self, text: str, cell: Cell) -> date:
        typed = _DASHES.sub("-", halfwidth(text))
        # A column that lost its date format shows day numbers such as 32115.
        if cell.kind == "number" and _DAY_NUMBER.fullmatch(typed):
            typed = str(from_excel(int(typed), self.epoch))
        found = _DATE.fullmatch(typed) or _DATE_IN_A_ROW.fullmatch(typed)
        if not found:
            raise Refused(_("不是日期，请写成 1987-12-04"))
        year, month, day = (int(part) for part in found.groups())
        return self._plausible(year, month, day)

    def _plausible(self, year: int, month: int, day: int) -> date:
        try:
            born = date(year, month, day)
        except ValueError:
            raise Refused(_("没有这一天，请写成 1987-12-04")) from None
        if born.year < _FIRST_YEAR or born > self.today:
            raise Refused(_("早于 1900 年或晚于今天"))
        return born


def name(text: str) -> str:
    """客户名称: what makes two names one must not become too long either."""
    key = fold(text)
    if not key or len(key) > _KEY_LIMIT:
        raise Refused(_("不是可用的客户名称"))
    return text


def level(text: str) -> str:
    """等级."""
    return _one_of(halfwidth(text).upper(), LEVELS)


def source(text: str) -> str:
    """来源."""
    return _one_of(text, SOURCES)


def role(text: str) -> str:
    """角色."""
    return _one_of(text, ROLES)


def gender(text: str) -> str:
    """性别."""
    return _one_of(text, GENDERS)


def tags(text: str) -> tuple[str, ...] | None:
    """标签: separated by a comma, semicolon, enumeration comma or bar; each counts once."""
    found: dict[str, str] = {}
    for tag in filter(None, _TAG_END.split(text)):
        found.setdefault(fold(tag), tag)
    if len(found) > _TAGS or any(len(tag) > _TAG_LIMIT for tag in found.values()):
        raise Refused(
            _("最多 %(count)d 个标签，每个不超过 %(limit)d 字", count=_TAGS, limit=_TAG_LIMIT)
        )
    return tuple(found.values()) or None


def shareholders(text: str) -> Shares | None:
    """主要股东, as 名称:比例%;名称:比例%; what they hold together is at most the whole."""
    shares = tuple(_share(part.strip()) for part in _SHARE_END.split(text) if part.strip())
    if sum(share for _name, share in shares) > _WHOLE:
        raise Refused(_("比例之和超过 100%"))
    return shares or None


def mobile(text: str) -> str:
    """手机 as 11 digits, however it was grouped."""
    digits = _without(_MOBILE_COUNTRY, _compact(text).replace("-", ""))
    if not _MOBILE.fullmatch(digits):
        raise Refused(_mangled(text) or _("不是 11 位手机号"))
    return digits


def telephone(text: str) -> str:
    """公司电话 as digits and dashes, with an extension after 转."""
    number = _compact(text).lower().replace("分机", "转").translate(_BRACKETS)
    number = _without(_COUNTRY, re.sub("-+", "-", number)).strip("-")
    digits = sum(character.isdigit() for character in number)
    if not _TELEPHONE.fullmatch(number) or digits not in _TELEPHONE_DIGITS:
        raise Refused(_mangled(text) or _("不是电话号码，请写一个号码，如 0571-00000000转801"))
    return _EXTENSION.sub("转", number)


def credit_code(text: str) -> str:
    """统一社会信用代码: 18 characters whose last one proves the others."""
    code = _compact(text).replace("-", "").upper()
    if not (_CODE.fullmatch(code) and uscc.is_valid(code)):
        raise Refused(_mangled(text) or _("校验不通过，请核对 18 位代码"))
    return code


def email(text: str) -> str:
    """邮箱."""
    address = halfwidth(text)
    if not _EMAIL.fullmatch(address):
        raise Refused(_("不是邮箱地址"))
    return address


def _share(part: str) -> tuple[str, Decimal]:
    found = _SHARE.fullmatch(part)
    if not found:
        raise Refused(_("应写成 名称:比例%;名称:比例%"))
    share = Decimal(found.group(2))
    if not 0 < share <= _WHOLE:
        raise Refused(_("比例应大于 0，不超过 100%"))
    return found.group(1).strip(), share


def _one_of(text: str, values: tuple[str, ...]) -> str:
    if text not in values:
        raise Refused(_("只能填：%(values)s", values=_("、").join(values)))
    return text


def _without(prefix: re.Pattern[str], number: str) -> str:
    found = prefix.match(number)
    return number[found.end() :] if found else number


def _compact(text: str) -> str:
    return _DASHES.sub("-", "".join(halfwidth(text).split()))


def _mangled(text: str) -> str | None:
    """Spreadsheets turn long digits into 1.38E+10, and what was there cannot be had back."""
    if _SCIENTIFIC.fullmatch(_compact(text)):
        return _("被表格软件改成了科学计数，请把这一列设为文本再填")
    return None


_READERS: dict[str, Callable[[str], Value | None]] = {
    "name": name,
    "level": level,
    "tags": tags,
    "source": source,
    "phone": telephone,
    "shareholders": shareholders,
    "credit_code": credit_code,
    "contact.role": role,
    "contact.gender": gender,
    "contact.mobile": mobile,
    "contact.email": email,
}
