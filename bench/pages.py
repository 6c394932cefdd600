"""Pages: what people do all day, each as one request that can be asked again and again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import select

from bench.archive import CHIEF, PASSWORD, viewer
from bench.client import Answer, Client, Form
from bench.invented import KEEPER, KEPT, Customers, name_of
from crm.customers import names
from crm.customers.cards import Customer
from crm.db import db

if TYPE_CHECKING:
    from uuid import UUID

FOLLOWED = 99
"""Turns of the page after which a list is deep."""
CYCLE = 60
"""Cards that are opened in turn: fewer than a salesperson's daily quota."""
PICTURE = re.compile(r'src="(/pictures/[^"]+)"')
NEXT = re.compile(r'rel="next" href="([^"]+)"')

Ask = Callable[[int], Answer]


@dataclass(frozen=True, slots=True)
class Page:
    """One thing to measure: its name, the most it may cost in floors, and how it is asked for."""

    name: str
    goal: float | None
    ask: Ask
    status: int = 200


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the archive: the keeper's cards, and names and numbers to find."""

    mine: list[tuple[UUID, UUID]]
    """Customer and main contact of each of the keeper's cards."""
    size: int

    @property
    def someones(self) -> list[int]:
        """Numbers of customers, spread over the archive."""
        return list(range(KEPT, self.size, max(1, self.size // 97)))


def known(size: int) -> Known:
    """Look it up. Needs an app context."""
    wanted = select(Customer.id, Customer.main_contact_id).order_by(Customer.id)
    rows = db.session.execute(wanted.where(Customer.owner_id == viewer(KEEPER).id)).tuples()
    return Known([(one, contact) for one, contact in rows if contact], size)


def pages(port: int, archive: Known, browser: type[Client] = Client) -> list[Page]:
    """Everything that is measured, in the order in which it must run."""
    keeper, chief = browser(port), browser(port)
    for client, login in ((keeper, KEEPER), (chief, CHIEF)):
        client.sign_in(login, PASSWORD)
        client.learn_token(client.get("/customers"))
    return [
        *_lists(keeper, chief),
        *_searches(chief, archive),
        *_cards(keeper, archive),
        Page("sign-in", None, _SignIn(browser(port)), 302),
    ]


class _SignIn:
    """A sign-in with the right password; the page with the form is not counted."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, _turn: int) -> Answer:
        return self.client.sign_in(KEEPER, PASSWORD)


def _lists(keeper: Client, chief: Client) -> list[Page]:
    deep = _deep(chief, FOLLOWED)
    number = len(deep)
    by_number = f"/customers?scene=all&page={number}"
    return [
        Page("list, mine", 3, lambda _: keeper.get("/customers?scene=mine")),
        Page("list, all", 3, lambda _: chief.get("/customers?scene=all")),
        Page(f"list, page {number} by key", 3, lambda _: chief.get(deep[-1])),
        Page(f"list, page {number} by number", 3, lambda _: chief.get(by_number)),
    ]


def _deep(client: Client, turns: int) -> list[str]:
    """The addresses of the pages from the first on, as the link to the next one gives them."""
    found = ["/customers?scene=all"]
    for _ in range(turns):
        link = NEXT.search(client.get(found[-1]).text)
        if link is None:
            break
        found.append(unescape(link.group(1)))
    return found


def _searches(chief: Client, archive: Known) -> list[Page]:
    some = archive.someones
    drafts = [Customers(archive.size, kept=KEPT)[number] for number in some]
    rare = [name_of(number)[:4] for number in some]
    initials = [names.initials(name_of(number))[0][:5] for number in some]
    mobiles = [draft.contacts[0].mobile or "" for draft in drafts]

    def find(words: list[str]) -> Ask:
        return lambda turn: chief.get("/customers?q=" + quote(words[turn % len(words)]))

    return [
        Page("search, common part of a name", None, find(["科技", "有限公司"])),
        Page("search, rare part of a name", None, find(rare)),
        Page("search, initials", None, find(initials)),
        Page("search, mobile", None, find(mobiles)),
    ]


def _cards(keeper: Client, archive: Known) -> list[Page]:
    opened, shut = archive.mine[:CYCLE], archive.mine[CYCLE:]

    def card(cards: list[tuple[UUID, UUID]]) -> Ask:
        return lambda turn: keeper.get(f"/customers/{cards[turn % len(cards)][0]}")

    def open_(turn: int) -> Answer:
        return keeper.post(f"/customers/{opened[turn % CYCLE][0]}/open", {"purpose": "follow_up"})

    def reveal(turn: int) -> Answer:
        customer, contact = opened[turn % CYCLE]
        form = {"field": f"contact.{contact}.mobile", "act": "reveal", "purpose": "follow_up"}
        return keeper.post(f"/customers/{customer}/reveal", form, fragment=True)

    def follow_up(turn: int) -> Answer:
        form = {"kind": "phone", "text": f"第{turn}次联系，样品已寄出。"}
        return keeper.post(f"/customers/{shut[turn % len(shut)][0]}/follow-ups", form)

    return [
        Page("card", 3, card(shut)),
        Page("open", 2, open_, 303),
        Page("card, opened", 3, card(opened)),
        Page("reveal", 2, reveal),
        Page("reveal, text", 2, _Reveal(keeper, opened, "traits", drawn=False)),
        Page("reveal and its picture", None, _Reveal(keeper, opened, "phone", drawn=True)),
        Page("save", None, _Save(keeper, opened), 303),
        Page("follow-up", None, follow_up, 303),
        Page("today", None, lambda _: keeper.get("/today")),
    ]


class _Reveal:
    """One value of a card: as text in the answer, or with the picture that the answer names.

    A picture should cost at most twice the time of a text: answer and picture together.
    """

    def __init__(
        self, client: Client, cards: list[tuple[UUID, UUID]], field: str, *, drawn: bool
    ) -> None:
        self.client, self.cards, self.field, self.drawn = client, cards, field, drawn

    def __call__(self, turn: int) -> Answer:
        customer, _contact = self.cards[turn % len(self.cards)]
        form = {"field": self.field, "act": "reveal", "purpose": "follow_up"}
        answer = self.client.post(f"/customers/{customer}/reveal", form, fragment=True)
        found = PICTURE.search(answer.text)
        assert bool(found) is self.drawn, self.field
        if found is None:
            return answer
        picture = self.client.get(f"{found[1]}?x=2")
        return replace(picture, seconds=answer.seconds + picture.seconds)


class _Save:
    """The edit form sent back with two facts changed; the form itself is not counted."""

    def __init__(self, client: Client, cards: list[tuple[UUID, UUID]]) -> None:
        self.client, self.cards = client, cards

    def __call__(self, turn: int) -> Answer:
        customer, _contact = self.cards[turn % len(self.cards)]
        form = Form(self.client.get(f"/customers/{customer}/edit").text, "edit").values
        form |= {"traits": f"第{turn}次修改：重视交货期。", "phone": f"0571-8{turn:07d}"}
        return self.client.post(f"/customers/{customer}/edit", form)
