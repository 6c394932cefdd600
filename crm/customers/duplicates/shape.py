"""The shape of a company's name: place, brand, trade, branch – and how it sounds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from crm.customers import names
from crm.customers.duplicates import places
from crm.customers.sounds import lazy_pinyin


def _words(text: str) -> list[str]:
    return text.split()


LEGAL = (
    "股份有限责任公司", "有限责任公司", "股份有限公司", "集团有限公司", "控股有限公司",
    "有限公司", "股份公司", "集团公司", "控股公司", "责任公司", "合伙企业", "有限合伙",
    "普通合伙", "总公司", "公司", "集团", "控股", "股份", "企业",
    "coltd", "company", "limited", "corp", "inc", "ltd", "llc",
)  # fmt: skip
"""What a name ends with that says nothing about who it is; the longest first."""
TRADES = frozenset(
    _words(
        "科技 技术 电子 电器 电气 电力 电缆 电机 实业 工业 产业 企业 贸易 商贸 "
        "经贸 外贸 商业 商务 建设 建筑 建材 工程 装饰 设计 地产 房地产 置业 "
        "物业 开发 发展 投资 资本 资产 管理 咨询 服务 信息 网络 软件 数据 智能 "
        "通信 通讯 传媒 文化 教育 影视 广告 旅游 酒店 餐饮 食品 饮料 酒业 乳业 "
        "农业 牧业 渔业 林业 种业 生物 医药 药业 制药 医疗 医院 健康 环保 环境 "
        "水务 能源 新能源 石油 石化 化工 化学 化纤 材料 新材料 塑料 塑业 橡胶 "
        "玻璃 陶瓷 水泥 钢铁 钢构 特钢 金属 铝业 铜业 矿业 煤业 煤电 机械 机电 "
        "机床 重工 重机 装备 设备 仪器 仪表 器材 工具 模具 精密 精机 汽车 汽配 "
        "零部件 轮胎 轴承 航空 航天 航运 海运 港务 港口 铁路 公路 高速 交通 "
        "运输 物流 快递 供应链 纺织 服饰 服装 家纺 家居 家具 纸业 造纸 包装 "
        "印刷 印务 文具 玩具 日化 百货 超市 零售 连锁 商场 珠宝 黄金 光电 光学 "
        "照明 半导体 微电子 集成 自动化 控制 制造 制品 工贸 进出口 国际 金融 "
        "证券 保险 银行 租赁 担保 基金 期货 安防 安全 园林 生态 热电 燃气 供水 "
        "检测 认证 人力 资源 劳务 保洁 家政 维修 商行 经营部 工厂 厂 店 中心 "
        "研究院 研究所 "
    )
)
"""Words for what a company does. Whoever shares a brand but not the trade is a sister."""
_BRANCH = re.compile(r"(?:分公司|子公司|分厂|分店|分行|支行|分部|办事处|营业部|门市部)$")
_BRACKETS = re.compile(r"[((【\[〔<《]([^))】\]〕>》]*)[))】\]〕>》]")
_STANDS = re.compile(r"^(?:st|\*st|sst|s)(?=[\u4e00-\u9fff])")
_SOUNDS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
SHORTEST_BRAND = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """A name taken apart. What is compared, never what is shown."""

    whole: str
    """Folded, without signs and legal form."""
    core: str
    """The whole without its place: brand and trade."""
    brand: str
    trade: str
    branch: str
    """What a branch calls itself; empty for a company's own name."""
    places: frozenset[str]
    sounds: tuple[str, ...]
    """The core's syllables, as the south hears them too."""
    whole_sounds: tuple[str, ...]
    prefix: int
    """How many of the whole's characters are its place."""


@lru_cache(maxsize=60_000)
def of(name: str) -> Shape:
    """Take a name apart."""
    text, inside = _without_brackets(_STANDS.sub("", names.fold(name)))
    main, branch = _branched(_plain(text))
    whole = _bare(main)
    codes = {code for one in inside if (code := places.leading(one)[1]) and _is_place(one)}
    core = whole
    while (found := places.leading(core))[0] and len(core) - len(found[0]) >= SHORTEST_BRAND:
        rest = core[len(found[0]) :]
        if codes and not any(found[1].startswith(one[:2]) for one in codes):
            break  # 郑州东方新星: the second place is the brand
        codes.add(found[1])
        if not _split(rest)[0]:
            break  # 上海电影: the place is the brand
        core = rest
    brand, trade = _split(core)
    brand, trade = (brand, trade) if brand else (core, "")
    return Shape(
        whole, core, brand, trade, branch, frozenset(codes),
        sounded(core), sounded(whole), len(whole) - len(core),
    )  # fmt: skip


def _without_brackets(text: str) -> tuple[str, list[str]]:
    """The name, and what stood in brackets: a place is remembered, other words stay in it."""
    inside = [_plain(one) for one in _BRACKETS.findall(text)]
    kept = _BRACKETS.sub(lambda one: "" if _is_place(_plain(one.group(1))) else one.group(1), text)
    return kept, inside


def _is_place(text: str) -> bool:
    return bool(text) and places.leading(text)[0] == text


def _plain(text: str) -> str:
    """Letters, digits and characters alone."""
    return "".join(one for one in text if unicodedata.category(one)[0] in "LN")


def _branched(text: str) -> tuple[str, str]:
    """甲公司杭州分公司 → 甲公司, 杭州分公司."""
    if not _BRANCH.search(text):
        return text, ""
    ends = [at + len(one) for one in LEGAL if (at := text.find(one, 2)) > 0]
    cut = min((end for end in ends if end < len(text) - 1), default=0)
    if not cut or not (tail := text[cut:]):
        return text, "*"
    return text[:cut], _BRANCH.sub("", tail) or tail


def _bare(text: str) -> str:
    """Without legal forms at its end; never shorter than a brand."""
    while True:
        for form in LEGAL:
            if text.endswith(form) and len(text) - len(form) >= SHORTEST_BRAND:
                text = text[: -len(form)]
                break
        else:
            return text


def _split(core: str) -> tuple[str, str]:
    """Brand and trade: 华日服饰 → 华日, 服饰; a core of nothing but trades has no brand."""
    at = len(core)
    while at > 0:
        step = next((n for n in (3, 2, 1) if at >= n and core[at - n : at] in TRADES), 0)
        if not step or 0 < at - step < SHORTEST_BRAND:
            break
        at -= step
    return core[:at], core[at:]


@lru_cache(maxsize=30_000)
def _syllable(character: str) -> str:
    """How a character sounds, by its commonest reading; z and zh, n and ng are one."""
    sound: str = lazy_pinyin(character)[0] if not character.isascii() else character
    for long, short in _SOUNDS:
        if sound.startswith(long):
            sound = short + sound[len(long) :]
    return sound[:-1] if sound.endswith(("ing", "eng", "ang")) else sound


def sounded(text: str) -> tuple[str, ...]:
    """The syllables of a text."""
    return tuple(_syllable(one) for one in text)
