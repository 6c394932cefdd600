"""Purchases: recorded, sealed, opened with the card, summed up – and what they suggest."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select, text

from crm import clock
from crm.customers.cards import Customer
from crm.customers.purchases import Facts, Purchase, facts_of
from crm.customers.purchases.advice import advice
from crm.customers.purchases.analysis import analysed
from crm.db import db
from tests import cast
from tests.customers.house import owner_of
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    SignedIn = Callable[[str], FlaskClient]

TODAY = date(2026, 11, 25)
PRODUCT = "购买记号龙井"


def bought(ago: int, amount: str = "100", category: str = "茶叶") -> Facts:
    return Facts(TODAY - timedelta(days=ago), category, "龙井", Decimal(1), Decimal(amount))


def form(**changed: str) -> dict[str, str]:
    usual = {"day": clock.today().isoformat(), "category": "茶叶", "product": PRODUCT}
    return usual | {"quantity": "2", "amount": "1200.50", "note": "含税"} | changed


def path(planted: cast.Planted, rest: str = "") -> str:
    return f"/customers/{planted.customer_id}/purchases{rest}"


def open_card(client: FlaskClient, planted: cast.Planted) -> None:
    client.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})


def only(app: Any) -> Any:
    with app.app_context():
        return db.session.scalars(select(Purchase)).one()


def test_a_purchase_is_dots_until_the_card_is_open(app, signed_in, planted):
    zhao = signed_in("zhao")
    assert zhao.post(path(planted), data=form()).status_code == 303
    shut = zhao.get(path(planted)).text
    assert PRODUCT not in shut
    assert "1,200.50" not in shut
    assert "已记 1 笔购买" in shut
    open_card(zhao, planted)
    page = zhao.get(path(planted)).text
    assert PRODUCT in page
    assert "¥1,200.50" in page
    assert cast.SECRETS["preferences"] in page
    entry = said(app, "list")[-1]
    assert entry["detail"]["view"] == "purchases"
    assert {"purchases", "preferences"} <= set(entry["fields"])


def test_nothing_of_a_purchase_is_readable_on_the_disk(app, signed_in, planted):
    signed_in("zhao").post(path(planted), data=form())
    with app.app_context():
        rows = [str(row) for row in db.session.execute(text("SELECT * FROM purchases"))]
        rows += [str(row) for row in db.session.execute(text("SELECT * FROM changes"))]
        rows += [str(row) for row in db.session.execute(text("SELECT * FROM level_proposals"))]
        rows += [str(row) for row in db.session.execute(text("SELECT text FROM log_entries"))]
    assert [one for one in rows if PRODUCT in one or "1200" in one] == []


@pytest.mark.parametrize(
    ("login", "status"),
    [("sun", 404), ("lin", 403), ("cai", 403), ("zong", 403), ("wang", 303)],
)
def test_only_who_works_on_a_card_records_for_it(signed_in, planted, login, status):
    assert signed_in(login).post(path(planted), data=form()).status_code == status


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"day": "2026-02-30"}, "没有这一天"),
        ({"day": "1989-12-31"}, "早于 1990 年"),
        ({"day": "2999-01-01"}, "晚于今天"),
        ({"day": "昨天"}, "日期请写成"),
        ({"day": ""}, "日期请写成"),
        ({"amount": "1e999"}, "金额请填大于 0"),
        ({"amount": "-5"}, "金额请填大于 0"),
        ({"amount": "1." + "3" * 20}, "金额请填大于 0"),
        ({"amount": "0"}, "金额请填大于 0"),
        ({"amount": "NaN"}, "金额请填大于 0"),
        ({"amount": "9" * 30}, "最多 24 字"),
        ({"quantity": "0.0001"}, "数量请填大于 0"),
        ({"quantity": "٣"}, "数量请填大于 0"),
        ({"category": ""}, "品类要填写"),
        ({"category": "茶" * 21}, "最多 20 字"),
        ({"note": "注" * 201}, "最多 200 字"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    app, signed_in, planted, changed, sentence
):
    answer = signed_in("zhao").post(path(planted), data=form(**changed))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert PRODUCT in answer.text
    with app.app_context():
        assert db.session.scalars(select(Purchase)).all() == []


def test_full_width_digits_and_commas_are_taken(signed_in, planted):
    given = form(amount="￥１２,３４５.６元", quantity="３", day="２０２６年１月５日")
    zhao = signed_in("zhao")
    assert zhao.post(path(planted), data=given).status_code == 303
    open_card(zhao, planted)
    page = zhao.get(path(planted)).text
    assert "¥12,345.60" in page
    assert "2026-01-05" in page


def test_it_is_corrected_and_removed_and_history_knows(app, signed_in, planted):
    zhao = signed_in("zhao")
    zhao.post(path(planted), data=form())
    one = path(planted, f"/{only(app).id}")
    assert PRODUCT in zhao.get(one).text
    assert said(app, "edit")[-1]["fields"] == [f"purchase.{only(app).id}"]
    assert zhao.post(one, data=form(amount="x")).status_code == 422
    assert zhao.post(one, data=form(product="白茶")).status_code == 303
    assert zhao.post(one, data={"remove": "1"}).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Purchase)).all() == []
    open_card(zhao, planted)
    history = zhao.get(f"/customers/{planted.customer_id}/history").text
    assert PRODUCT in history
    assert "白茶" in history
    assert zhao.get(one).status_code == 404
    actions = [one["action"] for one in said(app) if one["action"].startswith("purchase")]
    assert actions == ["purchase", "purchase_changed", "purchase_removed"]


def test_another_cards_purchase_is_not_found_through_this_card(app, signed_in, planted):
    signed_in("zhao").post(path(planted), data=form())
    other = cast.customer(app, "sun", "别家示例有限公司")
    sun = signed_in("sun")
    assert sun.get(f"/customers/{other}/purchases/{only(app).id}").status_code == 404
    assert sun.post(f"/customers/{other}/purchases/{only(app).id}").status_code == 404
    assert signed_in("wang").get(path(planted, "/x")).status_code == 404


def test_the_rules_propose_a_level_and_a_tap_takes_it(app, signed_in, planted):
    zhao = signed_in("zhao")
    zhao.post(path(planted), data=form(amount="200000"))
    page = zhao.get(f"/customers/{planted.customer_id}").text
    assert "建议 A（按采购规则）" in page
    assert "近一年采购额达到 A 级标准" in page
    with app.app_context():
        assert db.session.scalars(select(Customer.level)).one() == "B"  # never by itself
    assert "建议 A" in signed_in("lin").get(f"/customers/{planted.customer_id}").text
    assert "建议 A" not in signed_in("zong").get(f"/customers/{planted.customer_id}").text
    take = f"/customers/{planted.customer_id}/level"
    assert signed_in("sun").post(take).status_code == 404
    assert signed_in("zong").post(take).status_code == 403
    assert zhao.post(take).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Customer.level)).one() == "A"
    assert "建议" not in zhao.get(f"/customers/{planted.customer_id}").text.split("</header>")[1]
    assert said(app, "level_taken")[-1]["detail"] == {"level": "A", "why": "amount.A"}


def test_without_purchases_there_is_no_proposal_to_take(signed_in, planted):
    assert signed_in("zhao").post(f"/customers/{planted.customer_id}/level").status_code == 422


def test_the_figures_of_a_customer():
    figures = analysed([bought(10, "100"), bought(100, "300", "茶具"), bought(400, "50")], TODAY)
    assert (figures.count, figures.every, figures.days_ago) == (3, 195, 10)
    assert (figures.total, figures.this_year, figures.year_before) == (450, 400, 50)
    assert figures.categories == [("茶具", 300, 75), ("茶叶", 100, 25)]
    assert figures.months[-1] == ("2026-11", 100)
    assert len(figures.months) == 12
    assert sum(amount for _month, amount in figures.months) == 400


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ([60, 105, 150], "平均 45 天买一次，已 60 天没买，建议本周联系。"),
        ([40, 85, 130], "平均 45 天买一次，离下次大约还有 5 天，可以先问问备货。"),
        ([400, 500], "已 400 天没有购买，建议做一次回访。"),
    ],
)
def test_rhythm_becomes_a_suggestion(facts, sentence):
    assert sentence in advice(analysed([bought(ago) for ago in facts], TODAY))


def test_categories_and_change_become_suggestions():
    one = analysed([bought(10), bought(20), bought(30, "25", "茶具")], TODAY)
    assert "近一年 89% 买的是茶叶，可以推荐茶叶的配套和新品。" in advice(one)
    two = analysed([bought(10), bought(20), bought(30), bought(400, "100")], TODAY)
    assert "近一年 3 笔都是茶叶，可以介绍别的品类。" in advice(two)
    assert "近一年比上一年多买 200%，可以谈年度合作。" in advice(two)
    assert advice(analysed([], TODAY)) == []


def test_a_bar_that_somebody_types_does_not_break_a_purchase():
    facts = Facts(TODAY, "茶|叶", "龙 | 井", Decimal("1.5"), Decimal(10), "a | b")
    assert facts_of(facts.text()).amount == Decimal("10.00")


def sheet(*rows: tuple[Any, ...]) -> BytesIO:
    book, target = Workbook(), BytesIO()
    page = book.worksheets[0]
    for row in (("客户名称", "日期", "品类", "产品", "数量", "金额", "备注"), *rows):
        page.append(row)
    book.save(target)
    target.seek(0)
    return target


def send(client: FlaskClient, content: BytesIO) -> Any:
    return client.post("/customers/purchases/import", data={"file": (content, "购买.xlsx")})


def go(client: FlaskClient, page: str) -> str:
    job = page.split('action="/customers/purchases/import/')[1].split('"', maxsplit=1)[0]
    return client.post(f"/customers/purchases/import/{job}", follow_redirects=True).text


def test_purchases_come_from_a_sheet_once(app, signed_in, planted):
    cast.customer(app, "sun", "别家示例有限公司")
    rows = (
        (cast.NAME, date(2026, 1, 5), "茶叶", PRODUCT, 2, 1200.5, ""),
        (cast.NAME, "2026-01-06", "茶叶", PRODUCT, 2, 1200.5, ""),
        (cast.NAME, "2026-01-06", "茶叶", PRODUCT, 2, 1200.5, ""),
        ("别家示例有限公司", "2026-01-06", "茶叶", "", 1, 1, ""),
        ("没有这家公司", "2026-01-06", "茶叶", "", 1, 1, ""),
        (cast.NAME, "2026-01-06", "茶叶", "", 1, "=1+1", ""),
        (cast.NAME, "2026-13-06", "茶叶", "", 1, 1, ""),
        (None, "2026-01-06", "茶叶", "", 1, 1, ""),
    )
    zhao = signed_in("zhao")
    page = send(zhao, sheet(*rows)).text
    assert PRODUCT not in page
    for sentence in (
        "没有这家客户，或不是您负责的",
        "是公式或错误值",
        "没有这一天",
        "没有客户名称",
    ):
        assert sentence in page
    assert "已导入 3 笔购买" in go(zhao, page)
    assert "已导入 0 笔购买" in go(zhao, send(zhao, sheet(*rows)).text)
    with app.app_context():
        assert len(db.session.scalars(select(Purchase)).all()) == 3
    assert owner_of(app, planted.customer_id) == "zhao"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件"),
        ("客户名称,日期\n甲,2026-01-01\n".encode(), "第一行缺这些列"),
        (b"PK\x03\x04 broken", "文件"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(signed_in, content, sentence):
    answer = send(signed_in("zhao"), BytesIO(content))
    assert answer.status_code == 422
    assert sentence in answer.text
