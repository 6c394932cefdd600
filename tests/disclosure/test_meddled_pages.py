"""Boxes altered or moved in the database: the real pages answer 500, show nothing, undo all."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from crm.access.fields import COMPANY, CONTACT
from crm.crypto.keyring import DataKey
from crm.customers.cards import Customer
from crm.customers.changes import Change
from crm.customers.contacts import Contact
from crm.disclosure.openings import DailyLook
from tests import cast
from tests.audit.written import entries
from tests.crypto.meddling import flipped, put, run, take

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from flask import Flask

    Place = tuple[str, str, UUID]

SECRETS = (*cast.SECRETS.values(), *cast.CONTACT_SECRETS.values(), cast.SHAREHOLDER, cast.FOLLOW_UP)
TELLING = [one for one in SECRETS if len(one) > 2]
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def both(app) -> tuple[cast.Planted, cast.Planted]:
    """Two customers of zhao's, both full; errors become pages."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    one = cast.planted(app)
    facts = dict(cast.SECRETS)
    facts |= {f"contact.new1.{column}": text for column, text in cast.CONTACT_SECRETS.items()}
    other = cast.customer(app, name="另一家示例有限公司", **facts)
    ((contact,),) = run(app, select(Contact.id).where(Contact.customer_id == other))
    return one, cast.Planted(other, contact, one.follow_up_id)


def places(planted: cast.Planted) -> dict[str, Place]:
    """Where this card's boxes lie, by the names that forms use."""
    company = {field.code: ("customers", field.column, planted.customer_id) for field in COMPANY}
    contact = {
        f"contact.{planted.contact_id}.{field.column}": (
            "contacts",
            field.column,
            planted.contact_id,
        )
        for field in CONTACT
    }
    return company | contact


def reveal(client, planted: cast.Planted, name: str) -> Any:
    url = f"/customers/{planted.customer_id}/reveal"
    return client.post(url, data={"field": name, "purpose": "visit"})


def shows_nothing(app: Flask, ask: Callable[..., Any], *given: Any, **more: Any) -> None:
    """Ask: the answer is a 500 without a value, and no act is said to have come about."""
    number = len(entries(app))
    answer = ask(*given, **more)
    assert answer.status_code == 500
    assert "解不开" in answer.text
    assert not [one for one in TELLING if one in answer.text]
    assert not [one for one in entries(app)[number:] if one["result"] == "ok"]


def moved(app: Flask, home: Place, there: Place) -> None:
    put(app, *there, take(app, *home))


@on_sqlite
def test_a_box_does_not_open_in_any_other_column(app, signed_in, both, subtests):
    """Each sealed value of a card, laid into its neighbour's place, all the way round."""
    zhao, (one, _other) = signed_in("zhao"), both
    mine = {name: place for name, place in places(one).items() if name != "shareholders"}
    boxes = {name: take(app, *place) for name, place in mine.items()}
    names = list(mine)
    for name, neighbour in zip(names, names[1:] + names[:1], strict=True):
        with subtests.test(f"{neighbour} in {name}"):
            put(app, *mine[name], boxes[neighbour])
            shows_nothing(app, reveal, zhao, one, name)
            put(app, *mine[name], boxes[name])
            assert reveal(zhao, one, name).status_code == 200


@on_sqlite
def test_a_box_does_not_open_on_another_card(app, signed_in, both, subtests):
    """The same columns of the same table; other row, other owner."""
    zhao, (one, other) = signed_in("zhao"), both
    for name, there in zip(places(one).values(), places(other).items(), strict=True):
        if there[0] == "shareholders":
            continue
        with subtests.test(there[0]):
            moved(app, name, there[1])
            shows_nothing(app, reveal, zhao, other, there[0])


@on_sqlite
@pytest.mark.parametrize("page", ["", "/edit", "/history"])
def test_no_page_shows_a_box_that_was_moved(app, signed_in, both, page):
    """The whole card fails rather than the one value: whoever moved one may have moved more."""
    zhao, (one, other) = signed_in("zhao"), both
    url = f"/customers/{one.customer_id}"
    zhao.post(f"{url}/open", data={"purpose": "visit"})
    zhao.post(f"{url}/edit", data={"version": "1", "phone": "0571-11112222"})
    assert zhao.get(url + page).status_code == 200
    moved(app, places(other)["phone"], places(one)["phone"])
    ((change,),) = run(app, select(Change.id).where(Change.code == "phone"))
    moved(app, places(other)["phone"], ("changes", "new", change))
    shows_nothing(app, zhao.get, url + page)


@on_sqlite
def test_history_does_not_show_a_change_of_another_field(app, signed_in, both):
    zhao, (one, _other) = signed_in("zhao"), both
    url = f"/customers/{one.customer_id}"
    facts = {"phone": "0571-11112222", "bank": "示例银行 6222"}
    zhao.post(f"{url}/edit", data={"version": "1"} | facts)
    zhao.post(f"{url}/open", data={"purpose": "visit"})
    assert zhao.get(f"{url}/history").status_code == 200
    rows = dict(tuple(row) for row in run(app, select(Change.code, Change.id)))
    moved(app, ("changes", "old", rows["bank"]), ("changes", "old", rows["phone"]))
    shows_nothing(app, zhao.get, f"{url}/history")


def test_a_list_with_a_box_from_another_card_shows_nothing(app, signed_in, both):
    zhao, (one, other) = signed_in("zhao"), both
    assert cast.CONTACT_SECRETS["name"] in zhao.get("/customers").text
    moved(app, ("contacts", "name", one.contact_id), ("contacts", "name", other.contact_id))
    shows_nothing(app, zhao.get, "/customers")


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 15, 16, -17, -16, -1])
def test_a_flipped_byte_of_each_part_of_a_box_is_noticed(app, signed_in, both, at):
    """Format, suite, version, nonce, ciphertext and tag."""
    zhao, (one, _other) = signed_in("zhao"), both
    name, place = f"contact.{one.contact_id}.mobile", ("contacts", "mobile", one.contact_id)
    box = take(app, *place)
    put(app, *place, flipped(box, at % len(box)))
    shows_nothing(app, reveal, zhao, one, name)
    url = f"/customers/{one.customer_id}"
    call = {"field": name, "act": "dial"}
    shows_nothing(app, zhao.post, f"{url}/reveal", data=call)
    shows_nothing(app, zhao.get, url)


@on_sqlite
def test_data_keys_that_change_places_open_nothing(app, signed_in, both):
    zhao, (one, other) = signed_in("zhao"), both
    keys = {
        owner: wrapped
        for owner, wrapped in run(app, select(DataKey.owner_id, DataKey.wrapped))
        if owner in {one.customer_id, other.customer_id}
    }
    for mine, theirs in permutations(keys, 2):
        run(app, update(DataKey).where(DataKey.owner_id == mine).values(wrapped=keys[theirs]))
    for planted in (one, other):
        shows_nothing(app, reveal, zhao, planted, "phone")
        shows_nothing(app, zhao.get, f"/customers/{planted.customer_id}")


@on_sqlite
@pytest.mark.parametrize("version", [2, 258])
def test_a_data_key_that_claims_another_version_opens_nothing(app, signed_in, both, version):
    zhao, (one, _other) = signed_in("zhao"), both
    whose = DataKey.owner_id == one.customer_id
    run(app, update(DataKey).where(whose).values(version=version))
    shows_nothing(app, reveal, zhao, one, "phone")


def test_a_save_that_meets_such_a_box_is_undone_whole(app, signed_in, both):
    zhao, (one, other) = signed_in("zhao"), both
    moved(app, places(other)["bank"], places(one)["bank"])
    phone = take(app, *places(one)["phone"])
    form = {"version": "1", "phone": "0571-11112222", "bank": "新账号"}
    shows_nothing(app, zhao.post, f"/customers/{one.customer_id}/edit", data=form)
    assert take(app, *places(one)["phone"]) == phone
    ((version, changes),) = run(
        app,
        select(Customer.version, select(func.count(Change.id)).scalar_subquery()).where(
            Customer.id == one.customer_id
        ),
    )
    assert (version, changes) == (1, 0)


def test_a_reveal_that_meets_such_a_box_counts_for_nothing(app, signed_in, both):
    zhao, (one, other) = signed_in("zhao"), both
    moved(app, places(other)["phone"], places(one)["phone"])
    form = {"field": ["bank", "phone"], "purpose": "visit"}
    shows_nothing(app, zhao.post, f"/customers/{one.customer_id}/reveal", data=form)
    said = entries(app, "reveal")[-1]
    assert (said["result"], said["fields"]) == ("failed", ["bank", "phone"])
    assert run(app, select(func.count()).select_from(DailyLook)) == [(0,)]


@on_sqlite
def test_a_look_up_that_meets_such_a_box_finds_nothing(app, signed_in, both):
    zhao, (one, _other) = signed_in("zhao"), both
    place = ("contacts", "mobile", one.contact_id)
    put(app, *place, flipped(take(app, *place), 20))
    asked = {"q": cast.CONTACT_SECRETS["mobile"]}
    shows_nothing(app, zhao.get, "/customers", query_string=asked)


@on_sqlite
def test_the_programs_own_log_names_the_page_and_no_value(app, signed_in, both, caplog):
    zhao, (one, other) = signed_in("zhao"), both
    moved(app, places(other)["phone"], places(one)["phone"])
    reveal(zhao, one, "phone")
    assert "could not be opened at customers.reveal" in caplog.text
    assert not [value for value in TELLING if value in caplog.text]
