"""Rows: cards with their contacts, boxes and indexes as their tables keep them, made in bulk.

Boxes, blind indexes and names are the product's own, in form and in what it costs to open them; but
a block of cards shares one random secret, wrapped for each card by itself, which spares the making
of ciphers. Nobody should do so outside a bench.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hmac import digest
from random import Random
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.archive import Place, opened
from bench.invented import Customers
from crm import clock
from crm.crypto import keyring
from crm.crypto.blind import BlindTerm
from crm.crypto.keyring import DataKey
from crm.crypto.suites import AES, NONCE, SUITES
from crm.customers import names
from crm.customers.cards import Customer, CustomerTag, NameGram
from crm.customers.contacts import Contact
from crm.customers.followups import FollowUp
from crm.customers.indexed import INDEXED
from crm.db import uuid7

if TYPE_CHECKING:
    from uuid import UUID

BLOCK = 1_000
"""Cards that share one secret, and rows that are written at once."""
COMPANY = ("phone", "address", "traits", "business")
PERSON = (
    "name", "role", "title", "gender", "birth_date", "education", "mobile", "home_address",
    "hobbies", "family",
)  # fmt: skip
STATUSES = ("potential", "potential", "interested", "won", "slipping")
TABLES = (Customer, DataKey, Contact, CustomerTag, FollowUp, BlindTerm, NameGram)
SAID = "聊了一刻钟，报价已发，等对方比较后回复。"


@dataclass(frozen=True, slots=True)
class Part:
    """What one process makes: customers of these numbers, into a file of its own."""

    place: Place
    shard: str
    start: int
    stop: int
    owners: list[tuple[str, str | None]]
    bits: dict[str, tuple[str, int]]
    """Index → the name its terms are kept under, and its bits."""
    today: date


def fill(part: Part) -> None:
    """The customers of one part, into its file."""
    os.nice(5)
    file = sqlite3.connect(part.shard, isolation_level=None)
    file.execute("PRAGMA journal_mode=OFF")
    file.execute("PRAGMA synchronous=OFF")
    orders = {}
    for table in TABLES:
        named = [f'"{one}"' for one in columns(table)]
        name = table.__tablename__
        file.execute(f"CREATE TABLE {name} ({', '.join(named)})")
        marks = ", ".join("?" * len(named))
        orders[table] = f"INSERT INTO {name} VALUES ({marks})"  # noqa: S608 - our own names
    with opened(part.place):
        for start in range(part.start, part.stop, BLOCK):
            block = Block(part, start)
            file.execute("BEGIN")
            for table, rows in block.made(min(BLOCK, part.stop - start)).items():
                file.executemany(orders[table], rows)
            file.execute("COMMIT")
    file.close()


class Block:
    """Some cards under one secret, as rows of their tables."""

    def __init__(self, part: Part, start: int) -> None:
        """Get the keys ready."""
        self.part, self.start = part, start
        self.secret = os.urandom(keyring.KEY_BYTES)
        ring = keyring.current()
        wrapping, self.suite, self.version = ring.key(keyring.RECORD)
        assert self.suite == AES.code, "this generator seals with AES"
        self.wrapping = AESGCM(wrapping)
        self.blind_secret = ring.key(keyring.BLIND)[0]
        self.ciphers: dict[tuple[str, str], tuple[AESGCM, bytes]] = {}
        self.random = Random(start)
        self.rows: dict[Any, list[Any]] = {table: [] for table in TABLES}

    def made(self, number: int) -> dict[Any, list[Any]]:
        """The rows of so many cards."""
        drafts = Customers(number, self.start)
        for at in range(number):
            self._card(drafts[at], self.start + at)
        return self.rows

    def _card(self, draft: Any, number: int) -> None:
        one, chance = uuid7(), self.random
        made_at = clock.now() - timedelta(
            days=chance.randrange(1, 700), seconds=chance.randrange(86_400)
        )
        verified = self.part.today - timedelta(days=chance.randrange(700))
        values = self._values(draft, one, number) | {
            **dict.fromkeys(("made_at", "owned_since", "last_at"), _moment(made_at)),
            "verified_on": str(verified if chance.random() < 0.7 else date.max),
            "next_contact": str(date.max), "status": chance.choice(STATUSES),
        }  # fmt: skip
        self._keyed(one)
        ids = [self._contact(one, position, told) for position, told in enumerate(draft.contacts)]
        values["main_contact_id"] = ids[0]
        if number % 8 == 0:
            values |= self._follow_up(one, values)
        self._found(one, "phone", one, draft.phone)
        self._named(one, values)
        self.rows[CustomerTag] += [(tag, one.hex) for tag in draft.tags]
        self.rows[Customer].append(_in_order(Customer, values))

    def _values(self, draft: Any, one: UUID, number: int) -> dict[str, Any]:
        owner, team = self.part.owners[number * 7919 % len(self.part.owners)]
        texts = {column: getattr(draft, column) for column in COMPANY}
        boxes = {
            column: self._box("customers", column, one, text) for column, text in texts.items()
        }
        return boxes | {
            "id": one.hex, "name": draft.name, "name_key": names.fold(draft.name),
            "sort_name": names.sounded(draft.name), "search_text": names.search_text(draft.name),
            "short_name": "", "credit_code": "", "industry": draft.industry,
            "region": draft.region, "level": draft.level, "tags": " ".join(draft.tags),
            "source": draft.source, "owner_id": owner, "team_id": team,
            "facts": _facts("", COMPANY, draft.source), "also_named": "", "version": 1,
        }  # fmt: skip

    def _keyed(self, one: UUID) -> None:
        nonce = os.urandom(NONCE)
        box = self.wrapping.encrypt(nonce, self.secret, keyring.data_key_bound(one, 1))
        values = {
            "owner_id": one.hex, "version": 1, "key_version": self.version, "wrapped": nonce + box,
        }  # fmt: skip
        self.rows[DataKey].append(_in_order(DataKey, values))

    def _contact(self, customer: UUID, position: int, told: Any) -> str:
        one = uuid7()
        texts = {column: str(getattr(told, column)) for column in PERSON}
        values = {
            column: self._box("contacts", column, one, text) for column, text in texts.items()
        }
        values |= {
            "id": one.hex, "customer_id": customer.hex, "position": position,
            "facts": _facts("contact.", PERSON, "客户拜访"),
        }  # fmt: skip
        self.rows[Contact].append(_in_order(Contact, values))
        self._found(customer, "contact.mobile", one, texts["mobile"])
        self._found(customer, "contact.name", one, texts["name"])
        return one.hex

    def _follow_up(self, customer: UUID, card: dict[str, Any]) -> dict[str, Any]:
        one, chance = uuid7(), self.random
        at = _moment(clock.now() - timedelta(days=chance.randrange(1, 90)))
        ahead = str(self.part.today + timedelta(days=chance.randrange(-10, 60)))
        values = {
            "id": one.hex, "customer_id": customer.hex, "author_id": card["owner_id"],
            "kind": "phone", "outcome": "reached", "at": at, "next_contact": ahead,
            "text": self._box("follow_ups", "text", one, SAID),
        }  # fmt: skip
        self.rows[FollowUp].append(_in_order(FollowUp, values))
        return {"last_follow_up_id": one.hex, "last_at": at, "next_contact": ahead}

    def _found(self, customer: UUID, code: str, row: UUID, text: str) -> None:
        for index, texts in INDEXED[code](text).items():
            stored, bits = self.part.bits[index]
            for one in texts:
                code_ = digest(self.blind_secret, f"{index}\0{one}".encode(), "sha256")
                value = int.from_bytes(code_[:4], "big") >> (32 - bits)
                self.rows[BlindTerm].append((stored, value, row.hex, customer.hex))

    def _named(self, one: UUID, values: dict[str, Any]) -> None:
        length, hexed = len(values["name"]), one.hex
        self.rows[NameGram] += [
            (gram, length, hexed) for gram in names.grams(values["search_text"])
        ]

    def _box(self, table: str, column: str, row: UUID, text: str) -> bytes:
        """As RecordKey.seal makes it; the cipher of a column is made once for a block."""
        known = self.ciphers.get((table, column))
        if known is None:
            info = f"kedang field\0{table}\0{column}\0{self.suite}".encode()
            cipher = AESGCM(SUITES[self.suite].expand(self.secret, info))
            known = self.ciphers[table, column] = cipher, f"{table}\0{column}\0".encode()
        cipher, head = known
        nonce = os.urandom(NONCE)
        return HEADER + nonce + cipher.encrypt(nonce, text.encode(), head + row.bytes + HEADER)


HEADER = bytes([1, AES.code, 0, 1])
"""Format, suite and data key version, as a box and what it is bound to begin or end."""


def _in_order(table: Any, values: dict[str, Any]) -> list[Any]:
    return [values.get(one) for one in columns(table)]


@cache
def columns(table: Any) -> list[str]:
    """The names of a table's columns, in their order."""
    return [one.name for one in table.__table__.columns]


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


@cache
def _facts(before: str, columns: tuple[str, ...], source: str) -> str:
    return json.dumps({before + one: [source, "", "linjing"] for one in columns})
