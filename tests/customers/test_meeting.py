"""Two people edit one card: what only one of them changed is kept, of the rest both see both."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from tests import cast, pictured
from tests.customers.test_importing import go, upload
from tests.entries import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

    SignedIn = Callable[[str], FlaskClient]

CONTROL = re.compile(r"<input\b([^>]*)>|<(select|textarea)\b([^>]*)>(.*?)</", re.DOTALL)
CHOSEN = re.compile(r'<option value="([^"]*)" selected')


def sent(page: str) -> dict[str, str]:
    """What a browser would send of the edit form on this page, without a change."""
    form: dict[str, str] = {}
    shown = re.search(r'<form class="form".*?</form>', page, re.DOTALL)
    assert shown, page
    for alone, kind, around, inside in CONTROL.findall(shown[0].replace("</option>", "")):
        head = alone or around
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', head))
        name = given.get("name")
        if not name or (given.get("type") == "checkbox" and " checked" not in head):
            continue
        if kind == "select":
            chosen = CHOSEN.search(inside)
            value = chosen[1] if chosen else ""
        else:
            value = inside if kind == "textarea" else given.get("value", "")
        form[name] = unescape(value)
    return form


class Editor:
    """One of the cast with the edit form of a card open."""

    def __init__(self, client: FlaskClient, url: str) -> None:
        """Open the form."""
        self.client, self.url = client, url
        self.form = sent(client.get(url + "/edit").text)

    def save(self, expected: int = 303, **typed: str) -> str:
        """Send the form with this typed into it; what comes back is the form from now on."""
        self.form |= {name.replace("__", "."): text for name, text in typed.items()}
        answer = self.client.post(self.url + "/edit", data=self.form)
        assert answer.status_code == expected, answer.text
        if expected != 303:
            self.form = sent(answer.text)
        return answer.text

    def type(self, **typed: str) -> Editor:
        """Fill in without saving."""
        self.form |= {name.replace("__", "."): text for name, text in typed.items()}
        return self

    def card(self) -> str:
        """The card, opened, as somebody reads it."""
        self.client.post(self.url + "/open", data={"purpose": "follow_up"})
        return pictured.read(self.client.application, self.client.get(self.url).text)

    def again(self) -> dict[str, str]:
        """What a fresh form says."""
        return sent(self.client.get(self.url + "/edit").text)


@pytest.fixture
def two(signed_in: SignedIn, planted: Planted) -> tuple[Editor, Editor]:
    """Zhao, who is responsible, and wang, who works on the card: both have the form open."""
    url = f"/customers/{planted.customer_id}"
    return Editor(signed_in("zhao"), url), Editor(signed_in("wang"), url)


@pytest.fixture
def one(planted: Planted) -> str:
    """How the planted contact is called in forms."""
    return f"contact.{planted.contact_id}"


def conflict(page: str) -> str:
    """The part of the page that tells of the meeting."""
    return page.partition('class="panel conflict"')[2].partition("</section>\n<form")[0]


def rows(page: str) -> int:
    """How many fields stand side by side."""
    return conflict(page).count('<th scope="row"')


def test_what_each_alone_has_changed_is_kept(two: tuple[Editor, Editor], one: str) -> None:
    first, second = two
    first.save(
        short_name="先的简称",
        traits="先写的特征",
        tags="先贴",
        phone="0571-1111000",
        **{f"{one}.mobile": "13700001111", f"{one}.hobbies": "先写的爱好", "level": "A"},
    )
    page = second.save(
        409, **{"region": "海南省三亚市", "business": "后写的业务", f"{one}.wechat": "later77"}
    )
    assert rows(page) == 0
    told = conflict(page)
    assert "赵小外改了：" in told
    for label in ("简称", "客户特征", "标签", "公司电话", "等级"):
        assert label in told
    assert "0571-1111000" not in page
    second.save()
    now, card = second.again(), second.card()
    assert (now["short_name"], now["tags"], now["level"]) == ("先的简称", "先贴", "A")
    assert (now["traits"], now[f"{one}.hobbies"]) == ("先写的特征", "先写的爱好")
    assert (now["region"], now["business"]) == ("海南省三亚市", "后写的业务")
    for text in ("0571-1111000", "137****1111", "later77"):
        assert text in card


def test_what_both_have_changed_stands_side_by_side_and_the_second_is_kept(
    two: tuple[Editor, Editor], one: str
) -> None:
    first, second = two
    first.save(
        **{"short_name": "先的简称", "phone": "0571-1111000", f"{one}.mobile": "13700001111"},
        **{"status": "won", f"{one}.family": "先写的家庭"},
    )
    page = second.save(
        409,
        **{"short_name": "后的简称", "phone": "0571-2222000", f"{one}.mobile": "13700002222"},
        **{"status": "lost", f"{one}.family": "后写的家庭"},
    )
    assert rows(page) == 5
    app = first.client.application
    for text in ("先的简称", "先写的家庭"):
        assert text in conflict(page)
    assert "0571-1111000" in pictured.texts(app, conflict(page))
    assert "13700001111" not in page  # a short secret is opened on the card, for a minute
    for text in ("后的简称", "0571-2222000", "13700002222", "后写的家庭"):
        assert text in conflict(page)
    second.save()
    now, card = second.again(), second.card()
    assert (now["short_name"], now[f"{one}.family"]) == ("后的简称", "后写的家庭")
    assert "0571-2222000" in card
    assert "137****2222" in card


def test_the_same_change_twice_is_no_conflict(two: tuple[Editor, Editor], one: str) -> None:
    first, second = two
    same = {"region": "海南省三亚市", f"{one}.mobile": "13700001111"}
    first.save(**same)
    assert rows(second.save(409, **same)) == 0
    second.save()
    assert "137****1111" in second.card()


def test_what_was_opened_to_show_it_stands_in_the_log(
    app: Flask, two: tuple[Editor, Editor], one: str
) -> None:
    first, second = two
    first.save(**{f"{one}.mobile": "13700001111", "phone": "0571-1111000"})
    before = len(said(app, "edit"))
    page = second.save(409, phone="0571-2222000")
    assert "0571-1111000" in pictured.texts(app, page)
    opened = [entry["fields"] for entry in said(app, "edit")[before:]]
    shown = [name for fields in opened for name in fields if name.startswith("change.")]
    assert len(shown) == 1, "the mobile that only the first has changed stays closed"
    assert shown[0].endswith(".new.phone"), "the log says which field it was"


def test_the_supervisor_merges_without_reading(
    signed_in: SignedIn, two: tuple[Editor, Editor]
) -> None:
    first, _second = two
    lin = Editor(signed_in("lin"), first.url)
    first.save(traits="先写的特征", phone="0571-1111000", short_name="先的简称")
    page = lin.save(409, phone="0571-2222000", region="海南省三亚市", short_name="后的简称")
    assert rows(page) == 2
    for secret in ("0571-1111000", "先写的特征", cast.SECRETS["phone"]):
        assert secret not in page
    assert "先的简称" in conflict(page), "an open field is nobody's secret"
    lin.save()
    card = first.card()
    for text in ("先写的特征", "0571-2222000", "海南省三亚市"):
        assert text in card


def test_collaborators_and_owner_that_were_not_touched_stay_the_others(
    app: Flask, signed_in: SignedIn, two: tuple[Editor, Editor]
) -> None:
    first, _second = two
    lin = Editor(signed_in("lin"), first.url)
    first.save(collaborators="王专员、孙路人")
    page = lin.save(409, region="海南省三亚市")
    assert "协作人" in conflict(page)
    assert rows(page) == 0
    lin.save()
    assert said(app, "share")[-1]["detail"]["now"] == ["sun", "wang"]
    other = Editor(first.client, first.url)
    late = Editor(signed_in("lin"), first.url)
    other.save(collaborators="孙路人")
    page = late.save(409, collaborators="王专员")
    assert rows(page) == 1
    assert "孙路人" in conflict(page)
    late.save()
    assert said(app, "share")[-1]["detail"]["now"] == ["wang"]


def test_a_card_given_away_meanwhile_is_not_taken_back(
    app: Flask, signed_in: SignedIn, two: tuple[Editor, Editor]
) -> None:
    url = two[0].url
    lin, other = (Editor(signed_in("lin"), url) for _time in range(2))
    lin.save(owner="sun")
    assert rows(other.save(409, region="海南省三亚市")) == 0
    assert other.form["owner"] == "sun"
    other.save()
    assert [entry["detail"] for entry in said(app, "assign")] == [{"to": "sun"}]


def test_shareholders_are_merged_as_a_whole(two: tuple[Editor, Editor]) -> None:
    first, second = two
    first.save(share__0__name="先来的股东", share__0__share="40")
    page = second.save(409, region="海南省三亚市")
    assert rows(page) == 0
    assert second.form["share.0.name"] == "先来的股东"
    second.save()
    assert second.again()["share.0.name"] == "先来的股东"
    again = Editor(first.client, first.url)
    first = Editor(first.client, first.url)
    first.save(share__0__share="41")
    page = again.save(409, share__0__share="42")
    assert rows(page) == 1
    for text in ("先来的股东 41%", "先来的股东 42%"):
        assert text in conflict(page)
    again.save()
    assert again.again()["share.0.share"] == "42"


@pytest.fixture
def budget(signed_in: SignedIn) -> str:
    """The company's own field, as the edit form calls it."""
    field = {"label": "采购预算", "kind": "number", "about": "customer", "choices": ""}
    lin = signed_in("lin")
    lin.post("/customers/fields", data=field)
    lin.post("/customers/fields", data=field | {"label": "年龄", "about": "contact"})
    return "采购预算"


def named(client: FlaskClient, url: str, label: str) -> str:
    found = re.search(rf'<label for="(extra\.[^"]+)">{label}', client.get(url + "/edit").text)
    assert found
    return found[1]


def test_extra_fields_are_merged_too(budget: str, signed_in: SignedIn, planted: Planted) -> None:
    url = f"/customers/{planted.customer_id}"
    name, age = (named(signed_in("zhao"), url, one) for one in (budget, "年龄"))
    first, second = (Editor(signed_in(login), url) for login in ("zhao", "wang"))
    first.save(**{name: "880011", age: "41"})
    page = second.save(409, **{age: "42"})
    assert rows(page) == 1
    assert "年龄" in conflict(page)
    assert "采购预算" in conflict(page)
    assert "880011" not in page
    second.save()
    assert f'name="{name}-clear"' in second.client.get(url + "/edit").text, "it is still there"


def test_a_tick_is_still_set_when_the_form_comes_back(two: tuple[Editor, Editor], one: str) -> None:
    first, second = two
    first.save(region="海南省三亚市")
    second.save(409, **{"phone-clear": "1", f"{one}.mobile-verified": "1"})
    assert {"phone-clear", f"{one}.mobile-verified"} <= set(second.form)
    second.save()
    assert cast.SECRETS["phone"] not in second.card()


def test_a_contact_that_the_first_removed_comes_back_with_what_the_second_wrote(
    two: tuple[Editor, Editor], one: str, planted: Planted
) -> None:
    first, second = two
    first.save(remove=str(planted.contact_id))
    page = second.save(409, **{f"{one}.hobbies": "后写的爱好", "region": "海南省三亚市"})
    assert rows(page) == 1
    assert "后写的爱好" in conflict(page)
    assert "已删除的联系人" in page
    second.save()
    now, card = second.again(), second.card()
    assert now[f"{one}.hobbies"] == "后写的爱好"
    assert now[f"{one}.family"] == cast.CONTACT_SECRETS["family"]
    assert cast.CONTACT_SECRETS["name"] in card
    found = second.client.get("/customers?q=" + cast.CONTACT_SECRETS["mobile"]).text
    assert str(planted.customer_id) in found


def test_a_removed_contact_stays_removed_when_the_second_said_nothing_of_them(
    two: tuple[Editor, Editor], one: str, planted: Planted
) -> None:
    first, second = two
    first.save(remove=str(planted.contact_id))
    page = second.save(409, region="海南省三亚市")
    assert rows(page) == 0
    assert f'name="{one}.name"' not in page
    second.save()
    assert cast.CONTACT_SECRETS["name"] not in second.card()


def test_whom_both_removed_is_no_conflict(two: tuple[Editor, Editor], planted: Planted) -> None:
    first, second = two
    first.save(remove=str(planted.contact_id))
    assert rows(second.save(409, remove=str(planted.contact_id))) == 0
    second.save()
    assert cast.CONTACT_SECRETS["name"] not in second.card()


def test_removing_whom_the_other_has_changed_is_asked_once_more(
    two: tuple[Editor, Editor], one: str, planted: Planted
) -> None:
    first, second = two
    first.save(**{f"{one}.hobbies": "先写的爱好"})
    page = second.save(409, remove=str(planted.contact_id))
    assert rows(page) == 1
    assert second.form["remove"] == str(planted.contact_id)
    second.save()
    assert cast.CONTACT_SECRETS["name"] not in second.card()


def test_whom_the_first_added_stays(two: tuple[Editor, Editor]) -> None:
    first, second = two
    first.save(contact__new1__name="先来的人", contact__new1__mobile="13700003333")
    second.save(409, contact__new1__name="后来的人", region="海南省三亚市")
    second.save()
    card = second.card()
    assert "先来的人" in card
    assert "后来的人" in card
    assert cast.CONTACT_SECRETS["name"] in card


def test_tags_that_an_import_added_stay(two: tuple[Editor, Editor]) -> None:
    first, second = two
    sheet = f"客户名称,标签\n{cast.NAME},表里的标签\n".encode()
    go(first.client, upload(first.client, sheet, "标签.csv"))
    assert "标签" in conflict(second.save(409, region="海南省三亚市"))
    second.save()
    assert "表里的标签" in second.again()["tags"]
