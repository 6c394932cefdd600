"""Factored: people with an app of codes on their phone, and what they type."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp

from crm import clock
from tests import cast

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

STEP = timedelta(seconds=30)
SECRET = re.compile(r'id="secret">([A-Z2-7 ]+)<')
CODES = re.compile(r"<li>([A-Z2-9]{4}(?:-[A-Z2-9]{4}){3})")
HERE = "/me/second-factor"


class Phone:
    """An app with a secret: it shows the code of now, or of some steps away."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)

    def code(self, steps: int = 0) -> str:
        """What it shows."""
        return self.totp.at(int(clock.now().timestamp()) + 30 * steps)


def begun(client: FlaskClient) -> Phone:
    """The phone that has read the QR code, before its first code."""
    answer = client.post(f"{HERE}/code")
    assert answer.status_code == 200, answer.text
    found = SECRET.search(answer.text)
    assert found, answer.text
    return Phone(found[1].replace(" ", ""))


def set_up(client: FlaskClient) -> tuple[Phone, list[str]]:
    """A phone whose codes count, and the recovery codes that came with it.

    The code before the present one is spent on it: the present one and the next are still good.
    """
    phone = begun(client)
    answer = client.post(f"{HERE}/code/confirm", data={"code": phone.code(-1)})
    assert answer.status_code in {200, 303}, answer.text
    return phone, CODES.findall(answer.text)


def knock(
    app: Flask, login: str = "zhao", client: FlaskClient | None = None
) -> tuple[FlaskClient, str]:
    """The first step of signing in; the client and where it leads."""
    client = client or app.test_client()
    answer = client.post("/sign-in", data={"login": login, "password": cast.PASSWORD})
    assert answer.status_code == 302, answer.text
    return client, answer.location


def second(client: FlaskClient, **form: str):
    """The second step."""
    return client.post("/sign-in/second", data=form)


def is_in(client: FlaskClient) -> bool:
    """Whether a page of one's own is shown."""
    return client.get("/me").status_code == 200
