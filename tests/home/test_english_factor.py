"""The second factor in English: every page of it, in every state it can be in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.accounts.authenticator import Authenticator
from tests.accounts.factored import HERE, begun, knock, second, set_up
from tests.home.test_english import chinese

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
NAMES = ("赵小外", "宗明", "董远", "席系统", "安安全")


@pytest.fixture
def english(app):
    """The application at a name of its own, where everybody reads English."""
    settings = app.extensions["kedang.settings"]
    app.extensions["kedang.settings"] = replace(settings, public_url="https://crm.example.com")
    return app


def read(answer, status: int = 200) -> str:
    """A page's text, which has no Chinese in it but names."""
    assert answer.status_code == status
    text = answer.text
    for name in NAMES:
        text = text.replace(name, "").replace(name[0], "")
    assert chinese(text) == set()
    return answer.text


def spoken(client):
    client.post("/me/language", data={"language": "en"})
    return client


def test_setting_up_and_using_it(english, signed_in):
    zhao = spoken(signed_in("zhao"))
    assert "Off: signing in takes the password only." in read(zhao.get(HERE))
    read(zhao.post(f"{HERE}/code"))
    read(zhao.post(f"{HERE}/code/confirm", data={"code": "000000"}), 422)
    phone = begun(zhao)
    codes = zhao.post(f"{HERE}/code/confirm", data={"code": phone.code(-1)})
    assert "Recovery codes: print them" in read(codes)
    read(zhao.post(f"{HERE}/passkeys", data={"passkey": "{}"}), 422)
    key = Authenticator()
    form = {"passkey": key.make(zhao.post(f"{HERE}/passkeys/new").json)}
    assert zhao.post(f"{HERE}/passkeys", data=form).status_code == 303
    assert "My passkey" in read(zhao.get(HERE))
    read(zhao.get("/me/confirm"))
    read(zhao.post("/me/confirm"), 422)
    read(zhao.post("/me/confirm", data={"password": "x"}), 422)
    client, _there = knock(english, client=spoken(english.test_client()))
    assert "Do not ask on this device for 30 days" in read(client.get("/sign-in/second"))
    read(second(client), 422)
    read(second(client, code="000000"), 422)
    second(client, code=phone.code(), trust="1")
    assert "Trusted until" in read(client.get(HERE))
    read(client.get("/me"))


def test_letting_somebody_in_again(signed_in, english):
    zong, dong, an = (spoken(signed_in(login)) for login in ("zong", "dong", "an"))
    set_up(zong)
    ((person,),) = ((line.split('"')[0],) for line in _after(dong, "/admin/second-factor/people/"))
    assert dong.post(f"/admin/second-factor/people/{person}").status_code == 303
    assert "Approve the reset" in read(_page(an))
    assert "撤回" not in read(_page(dong))
    read(zong.get("/notices"))
    del english


def _page(client):
    return client.get("/admin/second-factor")


def _after(client, mark: str) -> list[str]:
    return _page(client).text.split(mark)[1:]
