"""Asking: what is measured of an archive of any size – lists, filters, searches, cards, boards."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import select

from bench.archive import CHIEF, PASSWORD, SUPERVISOR, viewer
from bench.client import Client
from bench.invented import KEEPER, Customers, name_of
from bench.many import FIRST
from bench.pages import NEXT, Ask, Page
from crm.customers import names
from crm.customers.cards import Customer
from crm.customers.stale import KINDS
from crm.db import db, uuid7

if TYPE_CHECKING:
    from uuid import UUID

DEEP = 30
"""A page that even a thousand customers have."""
SAMPLE = 97
FILTERS = (
    "level=A", "status=won", "industry=食品饮料", "region=浙江省", "tag=招标", "next=overdue",
    "next=today", "next=week", "next=none", "level=A&status=won&region=浙江省",
    "industry=没有这一行", "sort=name", "sort=next", "sort=level", "sort=name&level=A",
)  # fmt: skip


def chosen(size: int) -> tuple[list[UUID], list[UUID], list[int]]:
    """The keeper's cards, some of everybody's, and numbers of customers. Needs an app context."""
    mine = select(Customer.id).where(Customer.owner_id == viewer(KEEPER).id).order_by(Customer.id)
    every = select(Customer.id).order_by(Customer.search_text.desc()).limit(SAMPLE)
    found = db.session.scalars(mine).all(), db.session.scalars(every).all()
    return list(found[0]), list(found[1]), list(range(FIRST, size, max(1, size // SAMPLE)))


def pages(
    mine: list[UUID], theirs: list[UUID], numbers: list[int], browser: type[Client]
) -> list[Page]:
    """Everything that is measured, in the order in which it must run."""
    keeper, chief, supervisor = browser(0), browser(0), browser(0)
    for client, login in ((keeper, KEEPER), (chief, CHIEF), (supervisor, SUPERVISOR)):
        client.sign_in(login, PASSWORD)
        client.learn_token(client.get("/customers"))
    return [
        *_lists(keeper, chief),
        *_searches(keeper, chief, numbers),
        *_cards(keeper, chief, mine, theirs),
        *(_get(f"home, {who}", one, "/") for who, one in _named(keeper, chief, supervisor)),
        *(_get(f"board, {kind}", supervisor, f"/customers/stale?kind={kind}") for kind in KINDS),
        _get("today", keeper, "/today"),
        _get("duplicates", supervisor, "/customers/duplicates"),
    ]


def _named(*clients: Client) -> list[tuple[str, Client]]:
    return list(zip(("salesperson", "executive", "supervisor"), clients, strict=True))


def _get(name: str, client: Client, address: str) -> Page:
    address = quote(address, safe="/?=&")
    return Page(name, None, lambda _: client.get(address))


def _lists(keeper: Client, chief: Client) -> list[Page]:
    scenes = [(keeper, "mine"), (keeper, "shared"), (keeper, "starred"), (keeper, "all")]
    deep = "/customers?scene=all"
    for _ in range(DEEP - 1):
        deep = _next(chief.get(deep).text)
    return [
        *(_get(f"list, {one} of one's own", who, f"/customers?scene={one}") for who, one in scenes),
        _get("list, all", chief, "/customers?scene=all"),
        Page(f"list, page {DEEP} by key", None, lambda _: chief.get(deep)),
        _get(f"list, page {DEEP} by number", chief, f"/customers?scene=all&page={DEEP}"),
        *(_get(f"list, {one}", chief, f"/customers?scene=all&{one}") for one in FILTERS),
        _get("list of one's own, level=A", keeper, "/customers?scene=mine&level=A"),
    ]


def _next(text: str) -> str:
    link = NEXT.search(text)
    assert link, "the archive has too few pages"
    return link.group(1).replace("&amp;", "&")


def _searches(keeper: Client, chief: Client, numbers: list[int]) -> list[Page]:
    brands = [name_of(one)[-9:-5] for one in numbers]
    mobiles = [Customers(one + 1)[one].contacts[0].mobile or "" for one in numbers]

    def find(words: list[str], client: Client = chief) -> Ask:
        return lambda turn: client.get("/customers?scene=all&q=" + quote(words[turn % len(words)]))

    searched: dict[str, list[str]] = {
        "common part of a name": ["科技", "有限公司"],
        "rare part of a name": brands,
        "whole name": [name_of(one) for one in numbers],
        "initials of a name": [names.initials(name_of(one))[0] for one in numbers],
        "four initials": [names.initials(one)[0] for one in brands],
        "five initials": [names.initials(name_of(one)[-9:-4])[0] for one in numbers],
        "three initials": [names.initials(one)[0][:3] for one in brands],
        "two initials": [names.initials(one)[0][:2] for one in brands],
        "a name nobody has": ["杭州没有这一家", "鼎盛无此公司"],
        "mobile": mobiles,
        "mobile nobody has": ["13000000000"],
        "last four digits": [one[-4:] for one in mobiles],
    }
    return [
        *(Page(f"search, {what}", None, find(words)) for what, words in searched.items()),
        Page("search in one's own, part of a name", None, find(["科技"], keeper)),
    ]


def _cards(keeper: Client, chief: Client, mine: list[UUID], theirs: list[UUID]) -> list[Page]:
    def card(client: Client, ids: list[UUID]) -> Ask:
        return lambda turn: client.get(f"/customers/{ids[turn % len(ids)]}")

    def opened(turn: int) -> object:
        return keeper.post(f"/customers/{mine[turn % 60]}/open", {"purpose": "follow_up"})

    def noted(turn: int) -> object:
        form = {"kind": "phone", "text": f"第{turn}次联系。", "once": str(uuid7())}
        return keeper.post(f"/customers/{mine[100 + turn % 60]}/follow-ups", form)

    return [
        Page("card, one's own", None, card(keeper, mine[60:])),
        Page("card, anybody's", None, card(chief, theirs)),
        Page("open", None, opened, 303),  # type: ignore[arg-type] # an Answer
        Page("card, opened", None, card(keeper, mine[:60])),
        Page("follow-up", None, noted, 303),  # type: ignore[arg-type] # an Answer
    ]
