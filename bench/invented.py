"""Invented customers: the same for the same number, made when they are asked for, never kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import overload

from crm.customers.imports.outcome import ContactDraft, CustomerDraft

OWNERS = ("zhangwei", "lina", "wangfang")
"""Three people look after nearly everything, as in the sheet the archive begins with."""
KEEPER, KEPT = "kongyu", 180
"""One salesperson with as many customers as one person can look after."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = "青岚松禾云鹭晨曦远岫清棠望舒和霁明澈永嘉锦岑瑞川弘宁泰康博雅鼎盛启航凌峰"
SECOND = "杉禾岳澜泽翰霖昀祺川岭原桥舟帆谷樾砚桐楷"
THIRD = "达泰盛通联创信诚凯润德丰利成"
TRADES = _words("科技 建材 机电 电子 商贸 食品 物流 仪器 化工 包装 纺织 环保")
INDUSTRIES = _words("信息技术 建筑材料 机械设备 电子元件 批发零售 食品饮料 交通运输 化学原料")
REGIONS = _words(
    "浙江省杭州市 江苏省南京市 河北省石家庄市 广东省佛山市 四川省成都市 湖北省武汉市 "
    "陕西省西安市 福建省厦门市 山东省青岛市 安徽省合肥市"
)
CITIES = _words("杭州 南京 石家庄 佛山 成都 武汉 西安 厦门 青岛 合肥 宁波 苏州 长沙 郑州 济南")
"""What stands before a name where the names without a city are used up."""
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = _words("建国 秀英 思远 雨桐 志强 丽华 明 静怡 浩然 晓峰 佳 文博 海燕 子涵")
TITLES = ("总经理", "采购经理", "财务总监", "行政主管", "技术总监", "仓库主任")
HOBBIES = ("爽快，爱打羽毛球", "内敛，爱书法", "外向，喜欢摄影", "谨慎，爱下棋")
FAMILIES = ("已婚，一女", "已婚，二孩", "父母同住", "未婚")
TRAITS = ("年底集中采购", "偏好长期合作", "价格敏感，付款及时", "重视售后，决策慢")
TAGS = ((), ("老客户",), ("招标",), ("老客户", "重点"))
SHUFFLE = 1_000_003
"""A prime: neighbours in number get names far apart."""
NAMES = len(FIRST) * len(SECOND) * len(THIRD) * len(TRADES)


class Customers(Sequence[CustomerDraft]):
    """So many invented customers, 1.77 contacts each; a slice makes the ones it names."""

    def __init__(self, size: int, start: int = 0, *, kept: int = 0) -> None:
        """Customers `start` … `start + size`; the first `kept` of them are the keeper's."""
        self.size, self.start, self.kept = size, start, kept

    def __len__(self) -> int:
        """How many there are."""
        return self.size

    @overload
    def __getitem__(self, at: int) -> CustomerDraft: ...

    @overload
    def __getitem__(self, at: slice) -> list[CustomerDraft]: ...

    def __getitem__(self, at: int | slice) -> CustomerDraft | list[CustomerDraft]:
        """One customer, or the ones of a slice."""
        if isinstance(at, slice):
            return [self._one(number) for number in range(*at.indices(self.size))]
        if not 0 <= at < self.size:
            raise IndexError(at)
        return self._one(at)

    def _one(self, at: int) -> CustomerDraft:
        number = self.start + at
        random = Random(number)
        region = random.choice(REGIONS)
        return CustomerDraft(
            name=name_of(number),
            industry=random.choice(INDUSTRIES),
            region=region,
            level=random.choice("ABCD"),
            tags=random.choice(TAGS),
            source=random.choice(("市场调查", "客户拜访", "客户自填")),
            owner=KEEPER if at < self.kept else random.choice(OWNERS),
            phone=f"0{random.randrange(310, 900)}-{random.randrange(10**7, 10**8)}",
            address=region + _street(random),
            traits=random.choice(TRAITS),
            business=f"{random.randrange(1995, 2022)}年成立，员工{random.randrange(10, 900)}人。",
            shareholders=((_person(random), Decimal(random.randrange(20, 60))),),
            contacts=[_contact(random) for _ in range(_how_many(number))],
            rows=[],
        )


def name_of(number: int) -> str:
    """The name of the customer of this number; no two are alike."""
    again, rest = divmod(number, NAMES)
    city = CITIES[again - 1] if again else ""
    rest = rest * SHUFFLE % NAMES
    rest, trade = divmod(rest, len(TRADES))
    rest, third = divmod(rest, len(THIRD))
    first, second = divmod(rest, len(SECOND))
    return f"{city}{FIRST[first]}{SECOND[second]}{THIRD[third]}{TRADES[trade]}有限公司"


def _how_many(number: int) -> int:
    """Of a hundred customers 23 have one contact and 77 have two."""
    return 1 if number % 100 < 23 else 2


def _person(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN)


def _street(random: Random) -> str:
    return f"{random.choice(FIRST)}{random.choice(SECOND)}路{random.randrange(1, 400)}号"


def _contact(random: Random) -> ContactDraft:
    return ContactDraft(
        row=0,
        name=_person(random),
        role=random.choice(("决策人", "影响人", "经办人")),
        title=random.choice(TITLES),
        gender=random.choice("男女"),
        birth_date=date(1960, 1, 1) + timedelta(days=random.randrange(15_000)),
        education=random.choice(("大专", "本科", "硕士", "博士")),
        mobile=f"1{random.randrange(3, 10)}{random.randrange(10**8, 10**9)}",
        home_address=random.choice(REGIONS) + _street(random),
        hobbies=random.choice(HOBBIES),
        family=random.choice(FAMILIES),
    )
