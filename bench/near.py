"""`python -m bench.near --file customers.xlsx`: near-duplicates found and missed, on real names.

The names are split in two by a hash of each name: one half is for tuning, the other held out.
Variants are made by tables of their own; the detector knows nothing of them. A pair counts when it
is found the way the nightly run does: two names meet under a key, then their likeness is judged.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from opencc import OpenCC
from openpyxl import load_workbook
from pypinyin import lazy_pinyin

from crm.customers.duplicates import keys, likeness, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SEED = 20261125


def _words(text: str) -> list[str]:
    return text.split()


TOWNS = tuple(
    _words(
        "杭州 宁波 温州 嘉兴 绍兴 金华 苏州 无锡 常州 南通 南京 徐州 合肥 芜湖 "
        "济南 青岛 烟台 潍坊 郑州 洛阳 武汉 宜昌 长沙 株洲 广州 深圳 东莞 佛山 "
        "珠海 成都 绵阳 西安 宝鸡 沈阳 大连 长春 哈尔滨 石家庄 唐山 太原 福州 厦门 "
        "泉州 南昌 昆明 贵阳 南宁"
    )
)
LINES = ("机电", "商贸", "环保科技", "电子商务", "生物医药", "新材料", "包装", "物流")
"""What a company adds to its brand to say what it does."""
ENDINGS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "(集团)有限公司")
MARKET = re.compile(r"^\*?S?T?(?=[^A-Za-z])|[ABab]股?$|股份$|集团$|控股$")
"""What the exchange adds to a name."""
GOALS = {"precision": 0.95, "recall": 0.90}


class Labelled(NamedTuple):
    """Two names, what makes them differ, and whether they are one customer's."""

    one: str
    other: str
    kind: str
    same: bool


def main() -> int:
    """Print the table for the half that was asked for; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="bench.near", description=__doc__)
    parser.add_argument("--file", type=Path, required=True, help="a workbook with 客户名称 first")
    parser.add_argument("--half", choices=("tuning", "held-out"), default="held-out")
    parser.add_argument("--missed", type=int, default=0, help="so many wrong answers of each kind")
    asked = parser.parse_args()
    names = sorted(one for one in read(asked.file) if half(one) == asked.half)
    told = measured(labelled(names))
    print(f"{asked.half}: {len(names)} names, {told['pairs']:,} labelled pairs, seed {SEED}")
    for kind, (right, of) in sorted(told["kinds"].items()):
        print(f"  {kind:32} {right:7,} of {of:7,}  {right / of:.3f}")
    print(f"precision {told['precision']:.3f}  recall {told['recall']:.3f}")
    for kind, pairs in told["wrong"].items():
        for one, other in pairs[: asked.missed]:
            print(f"    {kind}: {one} | {other}")
    print(json.dumps({name: round(told[name], 4) for name in GOALS}))
    return int(any(told[name] < goal for name, goal in GOALS.items()))


def read(path: Path) -> list[str]:
    """The distinct names of a workbook's first column."""
    sheet = load_workbook(path, read_only=True).worksheets[0]
    cells = [row[0] for row in sheet.iter_rows(min_row=2, max_col=1, values_only=True)]
    return list(dict.fromkeys(str(cell).strip() for cell in cells if cell))


def half(name: str) -> str:
    """Which half a name belongs to, whatever else is in the file."""
    odd = hashlib.sha256(f"{SEED} {name}".encode()).digest()[0] % 2
    return "tuning" if odd else "held-out"


def labelled(names: Sequence[str]) -> list[Labelled]:
    """Every name with its variants and its hard strangers, and every two names as strangers."""
    pool = sorted({one for name in names for one in name if "\u4e00" <= one <= "\u9fff"})
    made: list[Labelled] = []
    originals = []
    for name in names:
        chance = Random(f"{SEED} {name}")  # each name's own: another file changes nothing
        base = Company.of(name, chance)
        originals.append(base.full)
        made += [Labelled(base.full, other, kind, same=True) for kind, other in twins(base, pool)]
        made += [Labelled(base.full, other, kind, same=False) for kind, other in strangers(base)]
    other = "not: two names of the file"
    for group in (originals, list(names)):
        made += [Labelled(*two, other, same=False) for two in combinations(dict.fromkeys(group), 2)]
    return [one for one in made if one.one != one.other]


class Company(NamedTuple):
    """A company made around a real short name."""

    brand: str
    town: str
    line: str
    ending: str
    full: str
    chance: Random

    @classmethod
    def of(cls, name: str, chance: Random) -> Company:
        """Its full name: a third bare, a third with a town, a third with town and line."""
        brand, before = name, ""
        while brand != before and len(brand) > 2:
            before, brand = brand, MARKET.sub("", brand) or brand
        town, line, ending = (chance.choice(some) for some in (TOWNS, LINES, ENDINGS))
        form = chance.randrange(3)
        line = (
            line if form == 2 or len(brand) < 3 else ""
        )  # a two-character brand says what it does
        town = town if form else ""
        mark = chance.choice(("", "市")) if town else ""
        return cls(brand, town, line, ending, f"{town}{mark}{brand}{line}{ending}", chance)

    def named(self, **other: str) -> str:
        """The full name with something else in it."""
        part = {"town": self.town, "brand": self.brand, "line": self.line, "ending": self.ending}
        part |= other
        return f"{part['town']}{part['brand']}{part['line']}{part['ending']}"


def twins(base: Company, pool: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The same company as somebody else would have written it."""
    chance = base.chance
    others = [one for one in ENDINGS if one != base.ending]
    yield "legal form", base.named(ending=chance.choice(others))
    yield "legal form left out", base.named(ending="")
    yield "traditional", OpenCC(chance.choice(("s2t", "s2tw"))).convert(base.full)
    yield "width, blanks, brackets", _dressed(base)
    yield (
        "place written out or left out",
        base.named(town="" if base.town else chance.choice(TOWNS) + chance.choice(("", "市"))),
    )
    if base.line:
        yield "abbreviation: brand alone", base.named(town="", line="", ending="")
        yield "abbreviation: without its line", base.named(line="")
    elif len(base.brand) > 3:
        yield "abbreviation: brand alone", base.named(town="", ending="")
    yield "homophone", base.named(brand=_homophone(base, pool))
    for kind, mistype in MISTAKES.items():
        yield (
            f"typo: {kind}",
            base.named(brand=mistype(base.brand + base.line, chance, pool), line=""),
        )


def _dressed(base: Company) -> str:
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in base.full)
    if base.town and base.chance.random() < 0.5:
        return f"{base.brand}（{base.town}）{base.line}{base.ending}"
    return base.chance.choice((f"{wide} ", wide[:2] + " " + wide[2:], wide + "。"))


def _homophone(base: Company, pool: Sequence[str]) -> str:
    spots = list(range(len(base.brand)))
    base.chance.shuffle(spots)
    for at in spots:
        sound = lazy_pinyin(base.brand[at])
        alike = [one for one in pool if one != base.brand[at] and lazy_pinyin(one) == sound]
        if alike:
            return base.brand[:at] + base.chance.choice(alike) + base.brand[at + 1 :]
    return base.brand


def _replaced(text: str, chance: Random, pool: Sequence[str]) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(pool) + text[at + 1 :]


def _dropped(text: str, chance: Random, _pool: Sequence[str]) -> str:
    at = chance.randrange(1, len(text))
    return text[:at] + text[at + 1 :] if len(text) > 3 else text


def _doubled(text: str, chance: Random, _pool: Sequence[str]) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at] + text[at:]


def _swapped(text: str, chance: Random, _pool: Sequence[str]) -> str:
    at = chance.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


MISTAKES: dict[str, Callable[[str, Random, Sequence[str]], str]] = {
    "another character": _replaced,
    "one left out": _dropped,
    "one doubled": _doubled,
    "two swapped": _swapped,
}


def strangers(base: Company) -> Iterator[tuple[str, str]]:
    """Companies that look alike and are not the same."""
    chance = base.chance
    town, far = chance.sample([one for one in TOWNS if one != base.town], 2)
    yield "not: its branch", base.full + town + "分公司"
    if base.town:
        yield "not: same group, other city", base.named(town=far)
    lines = [one for one in LINES if one != base.line]
    if base.line:
        yield "not: sister with another line", base.named(line=chance.choice(lines))


def measured(pairs: Sequence[Labelled]) -> dict[str, object]:
    """What was found of these pairs, kind by kind."""
    under = {name: keys.of(shape.of(name)) for pair in pairs for name in pair[:2]}
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    wrong: dict[str, list[tuple[str, str]]] = defaultdict(list)
    said: Counter[tuple[bool, bool]] = Counter()
    for one, other, kind, same in pairs:
        meet = not under[one].isdisjoint(under[other])
        found = meet and likeness.between(shape.of(one), shape.of(other)) is not None
        said[same, found] += 1
        kinds[kind] = [kinds[kind][0] + (found == same), kinds[kind][1] + 1]
        if found != same:
            wrong[kind].append((one, other))
    right = said[True, True]
    return {
        "pairs": len(pairs),
        "kinds": {kind: tuple(counts) for kind, counts in kinds.items()},
        "precision": right / max(1, right + said[False, True]),
        "recall": right / max(1, right + said[True, False]),
        "wrong": wrong,
    }


if __name__ == "__main__":
    raise SystemExit(main())
