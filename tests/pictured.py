"""Pictured: what the pictures of a page show – which values, and whether it is these characters."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from crm import clock
from crm.crypto import keyring
from crm.customers import items
from crm.customers.cards import Customer
from crm.db import db
from crm.disclosure import tickets
from crm.marks import pictures

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from crm.disclosure.tickets import Ticket

ADDRESS = re.compile(r'src="/pictures/([\w-]+)"')
PNG = b"\x89PNG\r\n"


def tokens(page: str) -> list[str]:
    """The pictures of a page, in order."""
    return list(dict.fromkeys(ADDRESS.findall(page)))


def ticket(app: Flask, token: str) -> Ticket:
    """What a picture's address says."""
    with app.app_context():
        found = tickets._opened(token)
    assert found
    return found


def by_item(app: Flask, page: str) -> dict[str, str]:
    """Item → the address of its picture."""
    return {ticket(app, token).item: token for token in tokens(page)}


def shows(app: Flask, client: FlaskClient, token: str, said: str, name: str = "赵小外") -> bool:
    """Whether this picture is the drawing of this very text for this person."""
    answer = client.get(f"/pictures/{token}")
    assert answer.status_code == 200, answer.status_code
    assert answer.mimetype == "image/png"
    now, code = clock.local(clock.now()), ticket(app, token).code
    lines = [pictures.signed(name, now - timedelta(minutes=ago), code) for ago in (0, 1)]
    return answer.data in {pictures.drawn(said, line) for line in lines}


def text(app: Flask, token: str) -> str:
    """What a person reads in a picture; opened here without any door."""
    one = ticket(app, token)
    with app.test_request_context():
        customer = db.session.get(Customer, one.customer_id)
        (item,) = items.named(customer, [one.item])
        key = keyring.current().record_key(one.customer_id)
        return key.unseal(item.where(), item.sealed)


def texts(app: Flask, page: str) -> list[str]:
    """What a person reads in the pictures of a page."""
    return [text(app, token) for token in tokens(page)]


def read(app: Flask, page: str) -> str:
    """A page with what its pictures show beneath: as somebody reads it, not as a program does."""
    return "\n".join([page, *texts(app, page)])
