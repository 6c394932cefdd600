"""Lists: scenes, filters, pages and searches, within what the law lets each person see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from crm import clock
from crm.customers import listing, narrowing
from crm.db import db
from tests import cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]


@pytest.fixture
def few(app: Flask) -> None:
    """Customers of zhao's and sun's, with names that a search must tell apart."""
    for owner, name, facts in (
        (
            "zhao",
            "曾国梁贸易行",
            {"level": "A", "region": "浙江省杭州市", "industry": "贸易", "tags": "展会"},
        ),
        ("zhao", "東海養殖合作社", {"level": "B", "region": "山东省烟台市", "status": "won"}),
        ("sun", "东海船厂", {"level": "A", "region": "山东省青岛市"}),
        ("wang", "银杏药业", {"level": "D"}),
    ):
        cast.customer(app, owner, name, **facts)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("address", "shown", "hidden"),
    [
        ("", ["曾国梁贸易行", "東海養殖合作社"], ["东海船厂", "银杏药业"]),
        ("?q=东海", ["東海養殖合作社"], ["东海船厂", "曾国梁贸易行"]),
        ("?q=ZGL", ["曾国梁贸易行"], ["東海養殖合作社"]),
        ("?q=cgl", ["曾国梁贸易行"], ["東海養殖合作社"]),
        ("?q=１００%", [], ["曾国梁贸易行"]),
        ("?level=A", ["曾国梁贸易行"], ["東海養殖合作社"]),
        ("?status=won", ["東海養殖合作社"], ["曾国梁贸易行"]),
        ("?region=浙江省", ["曾国梁贸易行"], ["東海養殖合作社"]),
        ("?tag=展会", ["曾国梁贸易行"], ["東海養殖合作社"]),
        ("?industry=贸易", ["曾国梁贸易行"], ["東海養殖合作社"]),
        ("?next=none", ["曾国梁贸易行", "東海養殖合作社"], []),
        ("?next=overdue", [], ["曾国梁贸易行"]),
        ("?next=today", [], ["曾国梁贸易行"]),
        ("?next=week", [], ["曾国梁贸易行"]),
        ("?scene=shared", [], ["曾国梁贸易行"]),
        ("?scene=team", [], ["东海船厂", "银杏药业"]),
        ("?scene=starred", [], ["曾国梁贸易行"]),
        ("?scene=all", ["曾国梁贸易行"], ["东海船厂", "银杏药业"]),
    ],
)
def test_a_salesperson_sees_own_cards_in_every_scene_and_search(
    signed_in: SignedIn, address: str, shown: list[str], hidden: list[str]
) -> None:
    answer = signed_in("zhao").get("/customers" + address)
    assert answer.status_code == 200
    for name in shown:
        assert name in answer.text
    for name in hidden:
        assert name not in answer.text


@pytest.mark.usefixtures("few")
def test_an_executive_finds_any_name_and_reads_no_contact_in_the_list(
    signed_in: SignedIn, planted: Planted
) -> None:
    zong = signed_in("zong")
    page = zong.get("/customers?q=东海").text
    assert "东海船厂" in page
    assert "東海養殖合作社" in page
    assert page.index("东海船厂") < page.index("東海養殖合作社")
    everything = zong.get("/customers?scene=all").text
    assert str(planted.customer_id) in everything
    assert cast.CONTACT_SECRETS["name"] not in everything
    assert "139****" not in everything


def test_a_contact_is_found_by_name_by_part_of_it_and_by_initials(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao, wanted = signed_in("zhao"), str(planted.customer_id)
    assert wanted in zhao.get("/customers?q=曾国强").text
    assert wanted in zhao.get("/customers?q=国强&in=contacts").text
    assert wanted in zhao.get("/customers?q=zgq&in=contacts").text
    assert wanted in zhao.get("/customers?q=057188331199").text
    assert wanted in zhao.get("/customers?q=5678").text
    assert wanted not in signed_in("sun").get("/customers?q=国强&in=contacts").text


def test_pages_turn_by_key_and_show_every_customer_once(
    app: Flask, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    made = {str(cast.customer(app, "zhao", f"分页{number:02d}号")) for number in range(8)}
    zhao = signed_in("zhao")
    for sort in ("recent", "next", "name", "level"):
        seen: list[str] = []
        url = f"/customers?sort={sort}"
        while url:
            page = zhao.get(url).text
            seen += [one for one in made if f"/customers/{one}" in page]
            url = next_url(page)
        assert sorted(seen) == sorted(made), sort
    numbered = [
        one
        for page in (1, 2, 3)
        for one in made
        if f"/customers/{one}" in zhao.get(f"/customers?page={page}&direction=asc").text
    ]
    assert sorted(numbered) == sorted(made)


def next_url(page: str) -> str:
    for piece in page.split('href="')[1:]:
        url = piece.split('"')[0].replace("&amp;", "&")
        if "after=" in url:
            return url
    return ""


@pytest.mark.parametrize(
    "address",
    [
        "?page=0",
        "?page=x",
        "?page=201",
        "?sort=mobile",
        "?direction=up",
        "?scene=nobody",
        "?after=x",
        "?after=~1",
        "?next=soon",
    ],
)
def test_an_address_that_cannot_be_gets_a_sentence(signed_in: SignedIn, address: str) -> None:
    assert signed_in("zhao").get("/customers" + address).status_code == 422


def test_beyond_page_two_hundred_a_filter_is_asked_for(signed_in: SignedIn) -> None:
    answer = signed_in("zhao").get("/customers?page=201&level=A&q=东海&region=山东")
    assert answer.status_code == 422
    assert "最多翻到第 200 页" in answer.text
    assert 'value="山东"' in answer.text
    assert "“东海”" in answer.text
    by_key = signed_in("zhao").get("/customers?page=201&after=x")
    assert by_key.status_code == 422


def test_a_person_keeps_columns_and_stars(signed_in: SignedIn, planted: Planted) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}"
    assert (
        zhao.post(
            "/customers/columns", data={"column": ["owner", "industry", "mobile"]}
        ).status_code
        == 302
    )
    page = zhao.get("/customers").text
    assert "赵小外" in page
    assert cast.CONTACT_SECRETS["name"] not in page
    assert zhao.post(url + "/star").status_code == 302
    assert str(planted.customer_id) in zhao.get("/customers?scene=starred").text
    assert zhao.post(url + "/star", headers={"HX-Request": "true"}).status_code == 200
    assert str(planted.customer_id) not in zhao.get("/customers?scene=starred").text


def test_suggestions_come_from_open_facts(app: Flask, signed_in: SignedIn) -> None:
    cast.customer(app, "zhao", "某某", industry="贸易", region="浙江省杭州市", tags="展会")
    sun = signed_in("sun")
    assert "贸易" in sun.get("/customers/terms/industry?q=贸").text
    assert "浙江省杭州市" in sun.get("/customers/terms/region?q=浙").text
    assert "展会" not in sun.get("/customers/terms/anything").text, "a tag is its card's"
    for who in ("zhao", "lin"):
        assert "展会" in signed_in(who).get("/customers/terms/anything").text


def test_today_leads_from_card_to_card(app: Flask, signed_in: SignedIn) -> None:
    today = clock.today()
    cards = [cast.planted(app, "zhao", today).customer_id]
    cards += [cast.customer(app, "zhao", f"今日{number}号") for number in range(2)]
    zhao = signed_in("zhao")
    for one in cards[1:]:
        zhao.post(
            f"/customers/{one}/follow-ups",
            data={"text": "约好今天", "kind": "phone", "next": today.isoformat()},
        )
    assert "今天" in zhao.get("/").text
    for number, outcome in enumerate(("missed", "reached", "dead")):
        page = zhao.get("/today").text
        front = next(one for one in cards if f"/today/{one}" in page)
        answer = zhao.post(f"/today/{front}", data={"outcome": outcome, "text": f"第{number}个"})
        assert answer.status_code == 303
    assert not any(f"/today/{one}" in zhao.get("/today").text for one in cards)
    assert zhao.get(f"/today?card={cards[0]}").status_code == 200
    assert zhao.post(f"/today/{cards[0]}", data={}).status_code == 422
    with clock.turned(timedelta(days=1)):
        late = signed_in("zhao").get("/today").text
    assert sum(f"/today/{one}" in late for one in cards) == 1


def test_dialling_gives_a_number_to_call_and_navigating_an_address(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}/reveal"
    mobile = f"contact.{planted.contact_id}.mobile"
    assert (
        f"tel:{cast.CONTACT_SECRETS['mobile']}"
        in zhao.post(
            url, data={"field": mobile, "act": "dial"}, headers={"HX-Request": "true"}
        ).text
    )
    assert (
        cast.CONTACT_SECRETS["mobile"] in zhao.post(url, data={"field": mobile, "act": "dial"}).text
    )
    assert (
        cast.SECRETS["address"] in zhao.post(url, data={"field": "address", "act": "navigate"}).text
    )
    assert zhao.post(url, data={"field": "address", "act": "dial"}).status_code == 422
    assert zhao.post(url, data={"field": mobile, "act": "navigate"}).status_code == 422
    assert signed_in("zong").post(url, data={"field": mobile, "act": "dial"}).status_code == 403


def test_a_follow_up_that_cannot_be_taken_keeps_its_text(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}/follow-ups"
    for wrong in (
        {"text": ""},
        {"text": "留着我", "kind": "x"},
        {"text": "留着我", "next": "昨天"},
        {"text": "留着我", "next": "2001-01-01"},
        {"text": "留着我", "next": "2091-01-01"},
        {"text": "留着我", "outcome": "x"},
        {"text": "长" * 2001},
    ):
        answer = zhao.post(url, data={"kind": "phone"} | wrong)
        assert answer.status_code == 422
        assert wrong["text"] in answer.text
    assert (
        zhao.post(
            url, data={"text": "甲\u200b乙丙", "kind": "wechat"}, follow_redirects=True
        ).text.count("甲乙丙")
        == 1
    )


def test_a_double_tap_is_kept_once_and_a_second_follow_up_twice(
    signed_in: SignedIn, planted: Planted
) -> None:
    zhao, url = signed_in("zhao"), f"/customers/{planted.customer_id}/follow-ups"
    form = {"kind": "phone", "text": "样册已寄出", "once": "01a20430-5aba-7a0d-b3e6-b3a29e20c6b5"}
    for _tap in range(2):
        assert zhao.post(url, data=form).status_code == 303
    assert zhao.get(f"/customers/{planted.customer_id}").text.count("样册已寄出") == 1
    with clock.turned(timedelta(minutes=2)):
        assert zhao.post(url, data=form | {"text": "另一件事"}).status_code == 303
        assert zhao.get(f"/customers/{planted.customer_id}").text.count("另一件事") == 1


ODD = (
    "/customers?after=0001-01-01T00:00:00%2B23:59~01a21a75-e8d6-7424-90c3-c55e7f87aff8&page=2",
    "/customers?after=9999-12-31T23:59:59-23:59~01a21a75-e8d6-7424-90c3-c55e7f87aff8&page=2",
    "/customers/bin?before=0001-01-01T00:00:00%2B23:59~01a21a75-e8d6-7424-90c3-c55e7f87aff8",
    "/customers/stale?kind=quiet-a&after=0001-01-01T00:00:00%2B23:59~01a21a75-e8d6-7424-90c3-c55e7f87aff8",
    "/audit/entries?until=9999-12-31",
    "/audit/entries?since=0001-01-01",
    "/customers?level=" + "," * 300_000,
)


@pytest.mark.parametrize("address", ODD, ids=[one[:36] for one in ODD])
def test_an_odd_address_is_no_trouble_of_ours(signed_in, planted, address):
    assert planted
    assert signed_in("lin").get(address).status_code in {200, 422}


FILTERED = {
    "industry": ("", {"industry": "贸易"}, "ix_customers_industry_last_at_id"),
    "no next date": ("", {"next": "none"}, "ix_customers_next_contact_last_at_id"),
    "level, by name": ("name", {"level": "A"}, "ix_customers_sort_name_id"),
    "a common tag": ("", {"tag": "展会"}, "ix_customers_last_at_id"),
}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", FILTERED)
def test_a_filtered_list_is_walked_in_its_order(
    app: Flask, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    sort, filters, index = FILTERED[what]
    monkeypatch.setattr(narrowing, "_is_common", lambda _tag: True)
    with app.test_request_context():
        asked = listing.Asked("all", sort=sort or "recent", filters=filters)
        asked.direction = "asc" if sort else "desc"
        sent: list[Any] = []
        event.listen(db.engine, "before_cursor_execute", lambda *on: sent.append(on[2:4]))
        listing.page(asked, cast.viewer("lin"))
        sql, values = next(one for one in sent if "AS page" in one[0])
        rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        plan = [row[3] for row in rows]
    assert any(f"INDEX {index}" in step for step in plan), plan
    assert "SCAN customers" not in plan
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in plan[:2]), plan
