"""Data subjects: what is held about somebody is named, not read, and erased for good."""

from __future__ import annotations

import pytest
from sqlalchemy import or_, select

from crm import clock
from crm.crypto.blind import BlindTerm
from crm.customers.changes import Change
from crm.customers.contacts import Contact, ExtraField, ExtraValue
from crm.db import db, uuid7
from crm.web import unit
from tests import cast, entries
from tests.crypto.meddling import run

NAME, MOBILE = cast.CONTACT_SECRETS["name"], cast.CONTACT_SECRETS["mobile"]
UNREAD = [text for text in cast.CONTACT_SECRETS.values() if text not in {NAME, MOBILE}]


def asked(client, **form: str):
    return client.post("/customers/subject", data=form)


@pytest.mark.parametrize(
    "form", [{"person": NAME}, {"mobile": f"+86 {MOBILE}"}, {"person": NAME, "mobile": MOBILE}]
)
def test_a_person_is_found_and_facts_are_named_not_read(app, planted, signed_in, form):
    page = asked(signed_in("lin"), **form).text
    assert cast.NAME in page
    assert "住址" in page
    assert "家庭状况" in page
    assert not [text for text in UNREAD if text in page.split("<main", 1)[1] and len(text) > 2]
    (entry,) = entries.said(app, "subject")
    assert entry["subject_ids"] == [str(planted.customer_id)]
    assert entry["note"]
    assert MOBILE not in str(entry)


@pytest.mark.parametrize("form", [{"person": "曾国"}, {"mobile": "13912345679"}])
@pytest.mark.usefixtures("planted")
def test_nobody_else_is_found(signed_in, form):
    assert "没有查到这个人" in asked(signed_in("lin"), **form).text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("planted")
def test_both_must_fit_and_one_must_be_given(signed_in):
    lin = signed_in("lin")
    assert "没有查到这个人" in asked(lin, person=NAME, mobile="13912345679").text
    empty = asked(lin)
    assert empty.status_code == 422
    assert "至少一项" in empty.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_the_supervisor_answers_them(planted, signed_in):
    erase = f"/customers/{planted.customer_id}/contacts/{planted.contact_id}/erase"
    for login in ("zhao", "zong", "xi"):
        client = signed_in(login)
        assert client.get("/customers/subject").status_code == 403
        assert client.post(erase, data={"checked": "1"}).status_code == 403


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_export_is_refused_without_a_grant_and_logged(app, planted, signed_in):
    path = f"/customers/{planted.customer_id}/contacts/{planted.contact_id}/export"
    answer = signed_in("lin").post(path)
    assert answer.status_code == 403
    assert "请向总经理申请授权" in answer.text
    (entry,) = entries.said(app, "export")
    assert entry["result"] == "refused"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_asks_must_have_been_checked(app, planted, signed_in):
    erase = f"/customers/{planted.customer_id}/contacts/{planted.contact_id}/erase"
    answer = signed_in("lin").post(erase)
    assert answer.status_code == 422
    assert run(app, select(Contact.id)) == [(planted.contact_id,)]


def test_an_erased_contact_leaves_no_box_and_the_card_stays(app, planted, signed_in):
    extra = an_extra_fact(app, planted)
    edited(app, signed_in("zhao"), planted)
    lin = signed_in("lin")
    erase = f"/customers/{planted.customer_id}/contacts/{planted.contact_id}/erase"
    assert "条，可能提到本人" in lin.get(erase).text
    assert lin.post(erase, data={"checked": "1"}).status_code == 303
    about = or_(Change.row_id == planted.contact_id, Change.row_id == extra)
    assert run(app, select(Change.id).where(about)) == []
    assert run(app, select(BlindTerm.value).where(BlindTerm.row_id == planted.contact_id)) == []
    assert run(app, select(ExtraValue.id)) == run(app, select(Contact.id)) == []
    zhao = signed_in("zhao")
    zhao.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})
    card = zhao.get(f"/customers/{planted.customer_id}").text
    assert cast.SECRETS["traits"] in card
    assert cast.FOLLOW_UP in card
    assert NAME not in card
    assert "没有查到这个人" in asked(lin, mobile=MOBILE).text
    (entry,) = entries.said(app, "contact_erased")
    assert entry["detail"]["changes"] > 0


def an_extra_fact(app, planted):
    """A fact in a field of the company's own, with its history."""
    with app.test_request_context(), unit.work():
        field = ExtraField(id=uuid7(), label="车牌", kind="text", about="contact", choices=[])
        row = ExtraValue(
            id=uuid7(),
            field_id=field.id,
            customer_id=planted.customer_id,
            contact_id=planted.contact_id,
        )
        change = Change(
            customer_id=planted.customer_id,
            code="extra",
            kept_in="extra_values",
            kept_as="value",
            row_id=row.id,
            at=clock.now(),
            by_id=cast.viewer("zhao").id,
            version=2,
        )
        db.session.add(field)
        db.session.flush()
        db.session.add_all([row, change])
        db.session.flush()
        return row.id


def edited(app, zhao, planted) -> None:
    """The contact's facts get a history."""
    form = {
        "version": "1",
        f"contact.{planted.contact_id}.mobile": "13912345670",
        f"contact.{planted.contact_id}.family": "改过的家庭",
    }
    assert zhao.post(f"/customers/{planted.customer_id}/edit", data=form).status_code == 303
    back = {"version": "2", f"contact.{planted.contact_id}.mobile": MOBILE}
    assert zhao.post(f"/customers/{planted.customer_id}/edit", data=back).status_code == 303
    assert run(app, select(Change.id).where(Change.row_id == planted.contact_id))


def test_an_earlier_copy_of_the_same_person_goes_too(app, planted, signed_in):
    """Taken off the card and added again: the history of the first is the same person's."""
    zhao = signed_in("zhao")
    gone = {"version": "1", "remove": str(planted.contact_id)}
    again = {"version": "2", "contact.new1.name": NAME, "contact.new1.mobile": MOBILE}
    other = {"contact.new2.name": "别人", "contact.new2.mobile": "13700000000"}
    path = f"/customers/{planted.customer_id}/edit"
    assert zhao.post(path, data=gone).status_code == 303
    assert zhao.post(path, data=again | other).status_code == 303
    page = asked(signed_in("lin"), mobile=MOBILE)
    (erase,) = {part.split('"')[0] for part in page.text.split('href="') if "/erase" in part}
    assert signed_in("lin").post(erase, data={"checked": "1"}).status_code == 303
    left = run(app, select(Contact.id))
    assert len(left) == 1
    kept = run(app, select(Change.row_id).where(Change.kept_in == "contacts"))
    assert {row_id for (row_id,) in kept} == {left[0][0]}
