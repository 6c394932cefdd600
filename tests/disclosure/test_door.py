"""The door: law, purpose, quota, entry – then the value; and nothing once the unit is settled."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from flask import Response, stream_with_context
from sqlalchemy import select

from crm.access.fields import FIELDS
from crm.access.permissions import Permission
from crm.audit.entry import Entry, LogEntry
from crm.crypto import keyring
from crm.crypto.sealed import Place
from crm.customers import cards, items
from crm.customers.contacts import Contact
from crm.db import db
from crm.disclosure import door, reaching, saying
from crm.disclosure.acts import Act, Purpose
from crm.disclosure.opened import Opened
from crm.errors import CannotOpen, Denied, Invalid
from crm.web import unit
from crm.web.guard import Blueprint, allow
from tests import cast
from tests.audit.written import entries, last
from tests.crypto.meddling import flipped, put, run, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.accounts.people import Viewer
    from crm.customers.cards import Card

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@contextmanager
def at(app, planted, login: str = "zhao") -> Iterator[tuple[Viewer, Card]]:
    """A person at a card, in a writing unit."""
    with app.test_request_context():
        viewer = cast.viewer(login)
        with unit.work(viewer.actor()):
            yield viewer, cards.get(planted.customer_id, viewer)


def disclose(app, planted, names, act=Act.REVEAL, *, purpose="visit", note="", login="zhao"):
    with at(app, planted, login) as (viewer, card):
        return door.disclose(
            viewer, act, card.subject, items.named(card.customer, names), purpose, note
        )


def mobile(planted) -> str:
    return f"contact.{planted.contact_id}.mobile"


def test_a_revealed_value_and_its_entry_carry_the_same_code(app, planted):
    opened = disclose(app, planted, [mobile(planted), "phone"], Act.DIAL)
    assert {name: value.text for name, value in opened.items()} == {
        mobile(planted): cast.CONTACT_SECRETS["mobile"],
        "phone": cast.SECRETS["phone"],
    }
    said = last(app, "dial")
    assert {value.code for value in opened.values()} == {said["code"]}
    assert said["fields"] == [mobile(planted), "phone"]
    assert said["subject_ids"] == [str(planted.customer_id)]
    assert said["purpose"] == "visit"


def test_every_disclosure_has_a_code_of_its_own(app, planted):
    codes = {disclose(app, planted, ["phone"])["phone"].code for _ in range(5)}
    assert len(codes) == 5


def test_the_entry_is_there_before_the_box_is_opened(app, planted):
    """A box that does not open leaves the attempt in the log."""
    at_ = ("contacts", "mobile", planted.contact_id)
    put(app, *at_, flipped(take(app, *at_), 20))
    with pytest.raises(CannotOpen):
        disclose(app, planted, [mobile(planted)])
    assert (last(app)["action"], last(app)["result"]) == ("reveal", "failed")


def test_what_raises_after_a_look_is_said_to_have_failed(app, planted):
    def look_and_fail() -> None:
        with at(app, planted) as (viewer, card):
            asked = items.named(card.customer, ["phone"])
            assert door.disclose(viewer, Act.REVEAL, card.subject, asked, "visit")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        look_and_fail()
    said = last(app)
    assert (said["action"], said["result"], said["fields"]) == ("reveal", "failed", ["phone"])


REFUSED = {
    "no purpose": ({"purpose": ""}, "请选择查看用途"),
    "a purpose that is none": ({"purpose": "curiosity"}, "请选择查看用途"),
    "another purpose without a word": ({"purpose": "other"}, "写一句用途"),
    "another purpose of blanks": ({"purpose": "other", "note": " \n"}, "写一句用途"),
    "too many words": ({"purpose": "other", "note": "字" * 201}, "最多 200 字"),
    "too many words beside a purpose": ({"note": "字" * 201}, "最多 200 字"),
    "nothing asked for": ({"names": []}, "没有要查看的内容"),
    "to call an address": ({"names": ["address"], "act": Act.DIAL}, "不是电话号码"),
    "to drive to a number": ({"names": ["phone"], "act": Act.NAVIGATE}, "不是地址"),
    "to call two, one of them an address": (
        {"names": ["phone", "address"], "act": Act.DIAL},
        "不是电话号码",
    ),
}


@on_sqlite
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_told_and_logged(app, planted, case):
    given, sentence = REFUSED[case]
    with pytest.raises(Invalid, match=sentence):
        disclose(app, planted, **{"names": ["phone"]} | given)
    said = last(app)
    assert (said["action"], said["result"]) == (given.get("act", Act.REVEAL).value, "refused")
    assert said["subject_ids"] == [str(planted.customer_id)]
    assert said["note"] is None


@on_sqlite
@pytest.mark.parametrize("act", [Act.COPY, Act.PRINT, Act.EXPORT, Act.LIST])
@pytest.mark.parametrize("login", ["zhao", "zong", "lin"])
def test_what_goes_by_grant_alone_is_denied_to_everyone(app, planted, act, login):
    if act is Act.LIST:
        with at(app, planted, login) as (viewer, card):
            assert reaching.allowed(viewer, act, card.subject)
        return
    with pytest.raises(Denied, match="申请授权"):
        disclose(app, planted, ["phone"], act, login=login)
    assert (last(app)["action"], last(app)["result"]) == (act.value, "refused")


@on_sqlite
@pytest.mark.parametrize("act", [Act.REVEAL, Act.DIAL, Act.EDIT])
def test_the_supervisor_organises_without_reading(app, planted, act):
    with pytest.raises(Denied):
        disclose(app, planted, ["phone"], act, login="lin")
    with pytest.raises(Denied), at(app, planted, "lin") as (viewer, card):
        door.open_card(viewer, card.subject, [FIELDS["phone"]], "visit")
    assert [one["result"] for one in entries(app)[-2:]] == ["refused", "refused"]


@on_sqlite
@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_is_one_tap_and_stands_in_the_log(app, planted, purpose):
    note = "总经理要求" if purpose is Purpose.OTHER else ""
    assert disclose(app, planted, ["phone"], purpose=purpose.value, note=note)
    assert last(app)["purpose"] == purpose.value
    assert len({one.label for one in Purpose}) == len(Purpose)


def test_a_note_is_sealed_in_the_log_under_its_writers_key(app, planted):
    disclose(app, planted, ["phone"], purpose="other", note="  总经理口头要求 ")
    said = last(app)
    assert "总经理" not in str(said)
    with app.app_context():
        zhao = keyring.current().record_key(cast.viewer("zhao").id)
        other = keyring.current().record_key(cast.viewer("wang").id)
        box = sealed_note(app, said["seq"])
        place = Place("log_entries", "note", UUID(said["id"]))
        assert zhao.unseal(place, box) == "总经理口头要求"
        with pytest.raises(CannotOpen):
            other.unseal(place, box)


def sealed_note(app, seq: int):
    """The note as the log keeps it."""
    ((note,),) = run(app, select(LogEntry.note).where(LogEntry.seq == seq))
    return note


def test_an_empty_field_is_asked_for_and_not_there(app, planted):
    customer_id = cast.customer(app, name="空白示例有限公司")
    empty = cast.Planted(customer_id, planted.contact_id, planted.follow_up_id)
    assert disclose(app, empty, ["phone"]) == {}
    assert last(app)["fields"] == ["phone"]


@on_sqlite
@pytest.mark.parametrize("act", ["open", "reveal"])
def test_the_door_opens_in_a_writing_unit_alone(app, planted, act):
    with app.test_request_context():
        viewer = cast.viewer("zhao")
        card = cards.get(planted.customer_id, viewer)
        asked = items.named(card.customer, ["phone"])
        opens = {
            "open": lambda: door.open_card(viewer, card.subject, [FIELDS["phone"]], "visit"),
            "reveal": lambda: door.disclose(viewer, Act.REVEAL, card.subject, asked, "visit"),
        }
        with pytest.raises(RuntimeError, match="writing unit"):
            opens[act]()


def test_after_the_unit_is_settled_nothing_opens(app, planted):
    with at(app, planted) as (viewer, card):
        asked = items.named(card.customer, ["phone"])
        unit.current().settle()
        for late in (
            lambda: door.disclose(viewer, Act.REVEAL, card.subject, asked, "visit"),
            lambda: door.open_card(viewer, card.subject, [FIELDS["phone"]], "visit"),
            lambda: door.glance(viewer, card.subject, asked, None),
            lambda: door.listing(viewer, [(card.subject, None, asked)]),
        ):
            with pytest.raises(RuntimeError, match="settled"):
                late()


@on_sqlite
@pytest.mark.parametrize("late", [True, False])
def test_a_stream_opens_before_it_starts_or_not_at_all(app, planted, late):
    bp = Blueprint("test", __name__)

    @bp.get("/test/stream")
    @allow(Permission.ANYONE)
    def stream():
        unit.current().write()
        viewer = cast.viewer("zhao")
        card = cards.get(planted.customer_id, viewer)
        asked = items.named(card.customer, ["phone"])

        def reveal() -> Opened:
            return door.disclose(viewer, Act.DIAL, card.subject, asked, "visit")["phone"]

        early = None if late else reveal()

        def body():
            yield "before "
            yield (early or reveal()).text

        return Response(stream_with_context(body()))

    app.register_blueprint(bp)
    answer = app.test_client().get("/test/stream", buffered=False)
    sent = iter(answer.response)
    assert next(sent).startswith(b"before")
    if late:
        with pytest.raises(RuntimeError, match="settled"):
            next(sent)
        assert entries(app, "dial") == []
    else:
        assert next(sent).decode() == cast.SECRETS["phone"]
        assert last(app)["action"] == "dial"
    answer.close()


def test_a_list_opens_own_contacts_names_and_own_follow_ups_only(app, planted):
    with at(app, planted, "zong") as (viewer, card):
        people = items.contact_items(cards_contact(planted))
        key = keyring.current().record_key(card.customer.id)
        shown = door.listing(viewer, [(card.subject, key, people)], scene="all")
        assert not [one for one in shown.values() if isinstance(one, Opened)]
    with at(app, planted) as (viewer, card):
        people = items.contact_items(cards_contact(planted))
        key = keyring.current().record_key(card.customer.id)
        shown = door.listing(viewer, [(card.subject, key, people)], scene="mine")
        opened = [name for name, one in shown.items() if isinstance(one, Opened)]
        assert opened == [f"contact.{planted.contact_id}.name"]
        assert door.listing(viewer, [(card.subject, None, people)]).keys() == shown.keys()
    said = entries(app, "list")[-2]
    assert (said["fields"], said["detail"]) == (["contact.name"], {"scene": "mine"})


def cards_contact(planted) -> Contact:
    return db.session.get(Contact, planted.contact_id)


@on_sqlite
def test_an_entry_without_a_note_is_as_it_was(app):
    with app.app_context():
        entry = Entry("reveal")
        assert saying.with_note(entry, UUID(int=1), "  ") is entry
