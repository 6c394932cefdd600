"""Pictures: a value that may be looked at but not copied – for this session, for this minute."""

from __future__ import annotations

import base64
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import update

from crm import clock
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.customers.contacts import Contact
from crm.db import db
from crm.disclosure.acts import Act
from crm.disclosure.opened import Opened, Pictured
from crm.web import unit
from tests import cast, pictured
from tests.audit.written import entries, last
from tests.crypto.meddling import run
from tests.disclosure.test_door import disclose

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SECOND = timedelta(seconds=1)


@pytest.fixture
def url(planted) -> str:
    return f"/customers/{planted.customer_id}"


@pytest.fixture
def mobile(planted) -> str:
    return f"contact.{planted.contact_id}.mobile"


def revealed(client, url: str, field: str) -> str:
    """The one picture that a tap on 查看 brings."""
    answer = client.post(
        f"{url}/reveal",
        data={"field": field, "purpose": "visit"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    (token,) = pictured.tokens(answer.text)
    return token


def opened(client, url: str) -> str:
    """The card's page after 打开工作卡."""
    client.post(f"{url}/open", data={"purpose": "visit"})
    return client.get(url).text


def test_a_revealed_value_is_a_picture_of_it_and_nothing_of_it_is_text(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    token = revealed(zhao, url, mobile)
    number = cast.CONTACT_SECRETS["mobile"]
    assert pictured.shows(app, zhao, token, number)
    answer = zhao.get(f"/pictures/{token}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert number.encode() not in answer.data
    assert number not in str(answer.headers)


@on_sqlite
def test_an_open_card_shows_pictures_where_the_catalogue_says_so(app, signed_in, url, planted):
    zong = signed_in("zong")
    page = opened(zong, url)
    shown = pictured.by_item(app, page)
    head = f"contact.{planted.contact_id}."
    people_ = {f"{head}{column}" for column in ("name", "title", "wechat", "email")}
    assert shown.keys() == people_ | {"phone", "address", "invoice_title", "bank"}
    for item, token in shown.items():
        kept = cast.CONTACT_SECRETS | cast.SECRETS
        text = kept[item.rpartition(".")[2]]
        assert text not in page
        assert pictured.shows(app, zong, token, text, "宗明"), item
    for prose in ("traits", "business", "preferences"):
        assert cast.SECRETS[prose] in page


@on_sqlite
def test_who_works_on_a_card_reads_its_contacts_names_as_text(app, signed_in, url, planted):
    page = opened(signed_in("zhao"), url)
    assert cast.CONTACT_SECRETS["name"] in page
    assert f"contact.{planted.contact_id}.name" not in pictured.by_item(app, page)


@on_sqlite
def test_fine_screens_and_dark_pages_get_their_own_drawing(signed_in, url, mobile):
    zhao = signed_in("zhao")
    token = revealed(zhao, url, mobile)
    sizes, inks = {}, {}
    for query in ("", "?x=2", "?dark=1", "?x=2&dark=1", "?x=99&dark=no"):
        image = Image.open(BytesIO(zhao.get(f"/pictures/{token}{query}").data))
        sizes[query], inks[query] = image.size, image.getpalette()[:3]
    wide, high = sizes[""]
    assert sizes["?x=2"] == sizes["?x=2&dark=1"] == (2 * wide, 2 * high)
    assert sizes["?dark=1"] == sizes["?x=99&dark=no"] == (wide, high)
    assert sum(inks[""]) < 200
    assert sum(inks["?dark=1"]) > 600


@on_sqlite
def test_a_page_reserves_the_room_that_the_picture_takes(signed_in, url, planted):
    zhao = signed_in("zhao")
    field = f"contact.{planted.contact_id}.home_address"
    form = {"field": field, "purpose": "visit"}
    page = zhao.post(f"{url}/reveal", data=form, headers={"HX-Request": "true"}).text
    (token,) = pictured.tokens(page)
    image = Image.open(BytesIO(zhao.get(f"/pictures/{token}").data))
    assert f'width="{image.width}" height="{image.height}"' in page
    assert f'srcset="/pictures/{token}?x=2 2x"' in page
    assert 'alt="住址（图片）"' in page
    assert "cell wide" in page, "a long one takes a row of its own on a phone"


@on_sqlite
def test_fetching_a_picture_in_its_minute_adds_no_entry(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    token = revealed(zhao, url, mobile)
    number = len(entries(app))
    for _ in range(3):
        assert zhao.get(f"/pictures/{token}").status_code == 200
    assert len(entries(app)) == number
    assert pictured.ticket(app, token).code == last(app, "reveal")["code"]


def refused(app, client, token: str, why: str) -> None:
    """The picture is not there, and the log says why."""
    answer = client.get(f"/pictures/{token}")
    assert answer.status_code == 404
    assert answer.mimetype != "image/png"
    said = last(app, "picture")
    assert (said["result"], said["detail"]["why"]) == ("refused", why)


def test_a_picture_is_not_there_for_another_session(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    token = revealed(zhao, url, mobile)
    refused(app, signed_in("zhao"), token, "another session")
    refused(app, signed_in("wang"), token, "another session")
    assert last(app, "picture")["fields"] == [mobile]
    assert app.test_client().get(f"/pictures/{token}").status_code == 302


def test_a_picture_is_gone_after_its_minute(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    token = revealed(zhao, url, mobile)
    with clock.turned(58 * SECOND):
        assert zhao.get(f"/pictures/{token}").status_code == 200
    with clock.turned(61 * SECOND):
        refused(app, zhao, token, "expired")


@on_sqlite
def test_a_forged_address_opens_nothing(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    token = revealed(zhao, url, mobile)
    whole = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    whole[-1] ^= 1
    bent = base64.urlsafe_b64encode(whole).rstrip(b"=").decode()
    for forged in (bent, token[:-9], token + "AAAA", "x", "A" * 40, "%00", "字", "." * 30):
        refused(app, zhao, forged, "forged")
    assert zhao.get("/pictures/").status_code == 404


def test_a_picture_of_a_value_that_was_edited_since_shows_neither(app, signed_in, url, mobile):
    zhao = signed_in("zhao")
    token = revealed(zhao, url, mobile)
    form = {"version": "1", mobile: "13900009999"}
    assert zhao.post(f"{url}/edit", data=form).status_code == 303
    refused(app, zhao, token, "changed")


@on_sqlite
def test_a_picture_of_a_value_that_was_emptied_or_deleted_is_gone(app, signed_in, planted, url):
    zhao = signed_in("zhao")
    field = f"contact.{planted.contact_id}.home_address"
    token, other = revealed(zhao, url, field), revealed(zhao, url, "bank")
    zhao.post(f"{url}/edit", data={"version": "1", f"{field}-clear": "1"})
    refused(app, zhao, token, "changed")
    assert zhao.get(f"/pictures/{other}").status_code == 200
    token = revealed(zhao, url, f"contact.{planted.contact_id}.mobile")
    with app.test_request_context(), unit.work():
        db.session.delete(db.session.get(Contact, planted.contact_id))
    refused(app, zhao, token, "changed")


@on_sqlite
def test_a_picture_of_a_card_that_is_no_longer_ones_own_is_gone(app, signed_in, planted, url):
    zhao = signed_in("zhao")
    token = revealed(zhao, url, "bank")
    signed_in("lin").post(f"{url}/edit", data={"version": "1", "owner": "sun"})
    assert zhao.get(f"/pictures/{token}").status_code == 404
    said = last(app)
    assert (said["result"], said["subject_ids"]) == ("refused", [str(planted.customer_id)])


@on_sqlite
@pytest.mark.parametrize("way", ["open", "reveal"])
def test_a_picture_ends_with_the_right_of_who_looks(app, signed_in, url, way):
    zong = signed_in("zong")
    if way == "open":
        token = pictured.by_item(app, opened(zong, url))["bank"]
    else:
        token = revealed(zong, url, "bank")
    moved = update(Person).where(Person.login == "zong")
    run(app, moved.values(role=Role.MARKET_SUPERVISOR.value))  # sees the card, opens nothing
    refused(app, zong, token, "ended")
    run(app, moved.values(role=Role.STAFF.value))
    assert zong.get(f"/pictures/{token}").status_code == 404


@on_sqlite
def test_a_picture_of_an_open_card_ends_with_its_opening(app, signed_in, url):
    zhao = signed_in("zhao")
    opened(zhao, url)
    with clock.turned(timedelta(minutes=14, seconds=50)):
        token = pictured.by_item(app, zhao.get(url).text)["bank"]
        assert zhao.get(f"/pictures/{token}").status_code == 200
    with clock.turned(timedelta(minutes=15, seconds=5)):
        refused(app, zhao, token, "ended")


@on_sqlite
def test_history_shows_pictures_too(app, signed_in, url):
    zhao = signed_in("zhao")
    zhao.post(f"{url}/edit", data={"version": "1", "bank": "新账号记号"})
    opened(zhao, url)
    page = zhao.get(f"{url}/history").text
    read = pictured.texts(app, page)
    for text in ("新账号记号", cast.SECRETS["bank"]):
        assert text in read
        assert text not in page


@on_sqlite
def test_dialling_gives_digits_and_editing_gives_prose_alone(app, planted):
    """A form replaces short values and never prefills them: it needs no text of theirs."""
    value = disclose(app, planted, ["phone"], Act.DIAL)["phone"]
    assert (type(value), value.text) == (Opened, cast.SECRETS["phone"])
    edited = disclose(app, planted, ["phone", "traits"], Act.EDIT)
    assert isinstance(edited["phone"], Pictured)
    assert edited["traits"].text == cast.SECRETS["traits"]


@on_sqlite
def test_a_pictured_value_has_no_text_to_print(app, planted):
    value = disclose(app, planted, ["phone"])["phone"]
    assert isinstance(value, Pictured)
    with pytest.raises(TypeError, match="no text"):
        _ = value.text
    for said in (str(value), repr(value), f"{value}"):
        assert cast.SECRETS["phone"] not in said
    with app.test_request_context():
        assert cast.SECRETS["phone"] not in value.__html__()
        assert "公司电话（图片）" in value.__html__()


@on_sqlite
def test_a_label_of_somebodys_making_stays_a_label(app):
    """What stands in `alt` is escaped like everything else."""
    value = Pictured("t", "CODE", '"><b>', lambda _titles: (10, 24))
    with app.test_request_context():
        assert "<b>" not in value.__html__()
        assert not value.wide
