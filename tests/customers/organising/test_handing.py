"""Handing over: owner and team move, everything else stays; large ones go on after a kill."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, update

from crm import clock, jobs
from crm.accounts.people import Person
from crm.customers import handing, importing, owners
from crm.customers.beside import Collaborator
from crm.customers.cards import Customer
from crm.customers.followups import FollowUp
from crm.customers.imports.outcome import CustomerDraft
from crm.customers.owners import OwnerChange
from crm.db import db
from crm.errors import Denied
from crm.web import unit
from tests import cast


def person(login: str):
    return cast.viewer(login).id


def bring_in(app, number: int) -> None:
    with app.test_request_context():
        drafts = [CustomerDraft(f"第{at:04}号示例有限公司") for at in range(number)]
        importing.run(cast.viewer("zhao"), drafts)


def owned(app) -> dict[str, int]:
    with app.app_context():
        wanted = select(Customer.owner_id, func.count()).group_by(Customer.owner_id)
        counted = {row[0]: row[1] for row in db.session.execute(wanted)}
        return {
            login: counted[person(login)]
            for login in ("zhao", "wang", "sun")
            if person(login) in counted
        }


def form(app, count: int, *to: str, **more) -> dict:
    with app.app_context():
        return {
            "from": str(person("zhao")),
            "to": list(to),
            "why": "leaving",
            "count": count,
        } | more


def test_owner_and_team_move_and_everything_else_stays(app, planted, signed_in):
    lin = signed_in("lin")
    assert lin.post("/customers/handover", data=form(app, 1, "sun")).status_code == 303
    with app.app_context():
        card = db.session.get(Customer, planted.customer_id)
        assert card.owner_id == person("sun")
        assert card.team_id == cast.viewer("sun").team_id
        assert db.session.scalar(select(func.count()).select_from(FollowUp)) == 1
        assert db.session.scalar(select(Collaborator.person_id)) == person("wang")
        told = db.session.scalars(select(OwnerChange)).one()
        assert (told.from_id, told.to_id, told.by_id, told.why) == (
            person("zhao"), person("sun"), person("lin"), "leaving",
        )  # fmt: skip


def test_both_are_told_and_the_history_tells_who_had_it(app, planted, signed_in):
    signed_in("lin").post("/customers/handover", data=form(app, 1, "sun"))
    for page in ("/", "/notices"):
        assert "新到我名下 1 家客户，原负责人 赵小外（离职移交）" in signed_in("sun").get(page).text
        assert "移交出去 1 家客户，接手人 孙路人（离职移交）" in signed_in("zhao").get(page).text
    page = signed_in("sun").get(f"/customers/{planted.customer_id}/history").text
    assert "历任负责人" in page
    assert "离职移交" in page


NOTE = "王总周三下午在，先问上次的样品"


def test_a_note_goes_with_the_card_sealed_and_moves_no_date(app, planted, signed_in):
    card = f"/customers/{planted.customer_id}"
    with app.app_context():
        before = db.session.get(Customer, planted.customer_id)
        dates = before.last_at, before.last_follow_up_id, before.next_contact
    data = form(app, 1, "sun", note=f"{NOTE}\u200b")
    assert signed_in("lin").post("/customers/handover", data=data).status_code == 303
    sun = signed_in("sun")
    closed = sun.get(card).text
    assert "交接" in closed
    assert NOTE not in closed
    sun.post(f"{card}/open", data={"purpose": "follow_up"})
    assert NOTE in sun.get(card).text
    with app.app_context():
        card = db.session.get(Customer, planted.customer_id)
        assert (card.last_at, card.last_follow_up_id, card.next_contact) == dates


@pytest.mark.usefixtures("planted")
def test_a_note_too_long_moves_nothing_and_is_still_there(app, signed_in):
    data = form(app, 1, "sun", note="长" * 2001)
    answer = signed_in("lin").post("/customers/handover", data=data)
    assert answer.status_code == 422
    assert "现在多了 1 字" in answer.text
    assert "长" * 2001 in answer.text
    assert owned(app) == {"zhao": 1}


def test_nobody_writes_a_handover_note_as_a_follow_up(planted, signed_in):
    data = {"kind": "handover", "text": "移交"}
    zhao, card = signed_in("zhao"), f"/customers/{planted.customer_id}"
    assert zhao.post(f"{card}/follow-ups", data=data).status_code == 422
    assert 'value="handover"' not in zhao.get(card).text


def test_cards_are_split_evenly_among_several(app, signed_in):
    bring_in(app, 11)
    signed_in("lin").post("/customers/handover", data=form(app, 11, "sun", "wang"))
    assert owned(app) == {"sun": 6, "wang": 5}


@pytest.mark.usefixtures("planted")
def test_another_number_than_was_said_moves_nothing(app, signed_in):
    answer = signed_in("lin").post("/customers/handover", data=form(app, 2, "sun"))
    assert answer.status_code == 422
    assert "客户数变了" in answer.text
    assert owned(app) == {"zhao": 1}


@pytest.mark.parametrize(
    "wrong", [{"to": []}, {"to": ["he"]}, {"why": "mood"}, {"from": ""}, {"count": "x"}]
)
@pytest.mark.usefixtures("planted")
def test_bad_input_is_told_and_moves_nothing(app, signed_in, wrong):
    data = form(app, 1, "sun") | wrong
    assert signed_in("lin").post("/customers/handover", data=data).status_code == 422
    assert owned(app) == {"zhao": 1}


@pytest.mark.usefixtures("planted")
def test_only_the_supervisor_hands_over(app, signed_in):
    assert (
        signed_in("zhao").post("/customers/handover", data=form(app, 1, "sun")).status_code == 403
    )


def test_many_cards_are_moved_in_the_background(app, signed_in):
    bring_in(app, 260)
    lin = signed_in("lin")
    answer = lin.post("/customers/handover", data=form(app, 260, "sun", note=NOTE))
    for thread in threading.enumerate():
        if thread.name.startswith("job-"):
            thread.join()
    assert "已移交 260 家" in lin.get(answer.location).text
    assert owned(app) == {"sun": 260}
    with app.app_context():
        notes = select(FollowUp).where(FollowUp.kind == "handover")
        rows = db.session.scalars(notes).all()
        assert len({row.customer_id for row in rows}) == len(rows) == 260
        assert all(row.text for row in rows)


def test_a_handover_that_was_cut_off_goes_on_where_it_was(app, monkeypatch):
    """The kill comes between two chunks; whoever changed hands meanwhile is left alone."""
    bring_in(app, 30)
    monkeypatch.setattr(handing, "AT_ONCE", 5)
    monkeypatch.setattr(handing, "CHUNK", 10)
    with app.test_request_context():
        lin = cast.viewer("lin")
        with unit.work(lin.actor()):
            sun = handing.receivers(["sun"])
            wanted = handing.Wanted(from_id=person("zhao"))
            job = handing.hand_over(lin, wanted, sun, "region", 30)
            assert isinstance(job, jobs.Job)
            job_id = job.id
        move, calls = owners.move, []

        def killed(*given):
            calls.append(given)
            if len(calls) == 2:
                raise SystemExit
            return move(*given)

        monkeypatch.setattr(owners, "move", killed)
        with pytest.raises(SystemExit):
            handing.carry_out(lin, job_id, "")
        monkeypatch.setattr(owners, "move", move)
        assert owned(app) == {"zhao": 20, "sun": 10}
        with unit.work():
            last = select(Customer.id).where(Customer.owner_id == person("zhao")).limit(1)
            one = db.session.scalar(last)
            db.session.execute(
                update(Customer).where(Customer.id == one).values(owner_id=person("wang"))
            )
        handing.carry_out(lin, job_id, "")
    assert owned(app) == {"sun": 29, "wang": 1}


def test_cards_follow_a_person_who_changes_teams(app, planted, signed_in):
    with app.app_context():
        zhao = person("zhao")
    data = {"name": "赵小外", "role": "salesperson", "team": "三组", "number": ""}
    assert signed_in("xi").post(f"/admin/people/{zhao}", data=data).status_code == 303
    with app.app_context():
        card = db.session.get(Customer, planted.customer_id)
        assert card.team_id == cast.viewer("zhao").team_id


def test_a_handover_ends_when_the_account_of_who_began_it_is_frozen(app, monkeypatch):
    bring_in(app, 10)
    monkeypatch.setattr(handing, "AT_ONCE", 5)
    with app.test_request_context():
        lin = cast.viewer("lin")
        with unit.work(lin.actor()):
            sun = handing.receivers(["sun"])
            wanted = handing.Wanted(from_id=person("zhao"))
            job = handing.hand_over(lin, wanted, sun, "region", 10)
            assert isinstance(job, jobs.Job)
            job_id = job.id
        with unit.work():
            db.session.execute(
                update(Person).where(Person.id == lin.id).values(disabled_at=clock.now())
            )
        with pytest.raises(Denied, match="已停用"):
            handing.carry_out(lin, job_id, "")
    assert owned(app) == {"zhao": 10}
