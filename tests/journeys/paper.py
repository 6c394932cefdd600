"""The sheet that the journey imports: the real file beside the checkout, or one of its form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook, load_workbook
from pypinyin import Style, lazy_pinyin

from crm.customers.imports.columns import STANDARD
from tests.journeys.stage import HEADS, OWNERS

REAL = Path(__file__).parents[3] / "shared" / "data" / "customers.xlsx"
TITLES = [column.title for column in STANDARD]
COMPANIES = 60


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet, how many customers it brings, and the one that the journey looks up."""

    path: Path
    customers: int
    name: str
    contact: str
    mobile: str

    @property
    def initials(self) -> str:
        """The name as somebody in a hurry types it."""
        return "".join(lazy_pinyin(self.name, style=Style.FIRST_LETTER))


def paper(folder: Path, owner: str, *, real: bool) -> Paper:
    """The real sheet when wanted and there, else an invented one; read for one customer."""
    path = REAL if real and REAL.exists() else _invented(folder / "customers.xlsx")
    rows = _rows(path)
    # The first is as good as any; a name of Han alone has initials that one can type.
    row = next(row for row in rows if row["负责人"] == owner and _is_han(row["客户名称"]))
    customers = len({row["客户名称"] for row in rows})
    return Paper(path, customers, row["客户名称"], row["联系人"], row["手机"])


def _rows(path: Path) -> list[dict[str, str]]:
    book = load_workbook(path, read_only=True)
    lines = book.worksheets[0].iter_rows(values_only=True)
    titles = [str(title) for title in next(lines)]
    rows = [dict(zip(titles, (str(value or "") for value in line), strict=True)) for line in lines]
    book.close()
    return rows


def _is_han(name: str) -> bool:
    return all("一" <= character <= "鿿" for character in name)


def _invented(path: Path) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(TITLES)
    for number in range(COMPANIES):
        for second in range(1 + number % 2):
            sheet.append([_line(number, second).get(title) for title in TITLES])
    book.save(path)
    return path


def _line(number: int, second: int) -> dict[str, str]:
    name = f"{HEADS[number % len(HEADS)]}示例{'甲乙丙丁'[number // len(HEADS)]}号商行"
    contact = {
        "客户名称": name,
        "联系人": f"{'秦尤许何'[second]}例{'一二三四五六七八九'[number % 9]}",
        "手机": f"1370000{number:03}{second}",
        "角色": "影响人" if second else "决策人",
        "住址": "江苏省南京市鼓楼区示例路一号",
        "出生日期": "1980-05-06",
    }
    company = {
        "行业": "批发和零售业",
        "地区": "江苏省南京市",
        "等级": "ABCD"[number % 4],
        "负责人": list(OWNERS)[number % len(OWNERS)],
        "公司电话": f"025-8600{number:04}",
        "主要股东": "示例投资:60%;示例实业:40%",
    }
    return contact if second else contact | company
