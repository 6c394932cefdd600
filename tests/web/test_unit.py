"""The unit of work: returning commits, raising rolls back, and the log is written in between."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import abort, g
from sqlalchemy import func, insert, select, text

from crm.access.permissions import Permission
from crm.accounts.people import Person, Team, by_login
from crm.audit import log
from crm.audit.entry import Actor
from crm.db import GLANCE, db, scrub
from crm.db import run as house_run
from crm.errors import CannotOpen, Denied, Invalid
from crm.web import unit
from crm.web.guard import Blueprint, allow
from tests.audit.written import entries
from tests.crypto.meddling import run

ZHAO = Actor(None, "zhao", "salesperson")
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

ENDS = {
    "trouble": Denied("不行"),
    "bad input": Invalid("不对"),
    "a box that does not open": CannotOpen("altered"),
    "a mistake of ours": ZeroDivisionError("密文 0571-88331199"),
}


def teams(app) -> set[str]:
    return {name for (name,) in run(app, select(Team.name))}


def write_and_say(name: str = "新组") -> None:
    unit.current().write()
    db.session.add(Team(name=name))
    db.session.flush()
    log.say("did")
    log.refuse("asked")


@pytest.fixture
def client(app):
    """The application with some routes of the test's own, for anyone."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    bp = Blueprint("test", __name__)

    @bp.get("/test/return/<int:status>")
    @allow(Permission.ANYONE)
    def returns(status: int):
        write_and_say()
        return "done", status

    @bp.get("/test/raise/<end>")
    @allow(Permission.ANYONE)
    def raises(end: str):
        write_and_say()
        raise ENDS[end]

    @bp.get("/test/abort/<int:status>")
    @allow(Permission.ANYONE)
    def aborts(status: int):
        write_and_say()
        abort(status)

    @bp.get("/test/read")
    @allow(Permission.ANYONE)
    def reads():
        return {"teams": db.session.scalar(select(func.count()).select_from(Team))}

    @bp.get("/test/forget")
    @allow(Permission.ANYONE)
    def forgets():
        db.session.add(Team(name="新组"))
        db.session.flush()
        return "never"

    app.register_blueprint(bp)
    return app.test_client()


@pytest.mark.parametrize("status", [200, 302, 404, 409, 422, 500])
@on_sqlite
def test_what_returns_is_committed_whatever_its_status(app, client, status):
    assert client.get(f"/test/return/{status}").status_code == status
    assert "新组" in teams(app)
    told = [(one["action"], one["result"]) for one in entries(app)[-2:]]
    assert told == [("asked", "refused"), ("did", "ok")]


@pytest.mark.parametrize("end", ENDS)
def test_what_raises_is_undone_and_said_to_have_failed(app, client, end, caplog):
    number = len(entries(app))
    answer = client.get(f"/test/raise/{end}")
    assert answer.status_code >= 400
    assert "新组" not in teams(app)
    told = [(one["action"], one["result"]) for one in entries(app)[number:]]
    assert told == [("asked", "refused"), ("did", "failed")]
    assert [one["seq"] for one in entries(app)] == list(range(1, number + 3))
    assert "0571" not in answer.text + caplog.text


@on_sqlite
@pytest.mark.parametrize("status", [400, 403, 404, 413, 500])
def test_an_aborted_request_is_undone_too(app, client, status):
    assert client.get(f"/test/abort/{status}").status_code == status
    assert "新组" not in teams(app)
    assert entries(app)[-1]["result"] == "failed"


@on_sqlite
def test_who_only_reads_waits_for_no_writer(app, client):
    client.get("/test/read")
    number = len(entries(app))
    with app.extensions["kedang.lock"]:
        assert client.get("/test/read").json["teams"] == 2
    assert len(entries(app)) == number


def test_a_flush_before_the_lock_is_taken_is_a_mistake(app, client, caplog):
    assert client.get("/test/forget").status_code == 500
    assert "RuntimeError" in caplog.text
    assert "新组" not in teams(app)


def test_after_a_failure_the_next_writer_is_not_kept_waiting(app, client):
    for url in ("/test/raise/trouble", "/test/forget", "/test/abort/404", "/test/return/200"):
        client.get(url)
    assert client.get("/test/return/200").status_code == 500, "the team is there already"
    run(app, text("ALTER TABLE log_entries RENAME TO elsewhere"))
    assert client.get("/test/raise/trouble").status_code == 500
    run(app, text("ALTER TABLE elsewhere RENAME TO log_entries"))
    with app.test_request_context(), unit.work(ZHAO):
        db.session.add(Team(name="another"))
    assert "another" in teams(app)


def test_taking_the_lock_forgets_what_was_read(app):
    with app.test_request_context():
        before = by_login("zhao")
        unit.current().write()
        assert before not in db.session
        after = by_login("zhao")
        unit.current().write()
        assert after in db.session, "the second time changes nothing"
        after.name = "改名"
        unit.current().settle()
    assert run(app, select(Person.name).where(Person.login == "zhao")) == [("改名",)]


def test_writers_take_turns(app):
    """The second one begins when the first has committed, and reads what it wrote."""
    first_is_in, go_on = threading.Event(), threading.Event()
    seen: list[str] = []

    def first() -> None:
        with app.test_request_context(), unit.work(ZHAO):
            first_is_in.set()
            assert go_on.wait(10)
            db.session.add(Team(name="first"))

    def second() -> None:
        assert first_is_in.wait(10)
        with app.test_request_context(), unit.work(ZHAO):
            seen.extend(db.session.scalars(select(Team.name)))

    with ThreadPoolExecutor() as pool:
        done = [pool.submit(first), pool.submit(second)]
        assert first_is_in.wait(10)
        assert not seen
        go_on.set()
        for one in done:
            one.result(20)
    assert "first" in seen


@on_sqlite
def test_cleaning_up_while_somebody_reads_keeps_no_writer_waiting(app, monkeypatch):
    """It gives up after BUSY and says so; with the reader gone, no copy is left."""
    monkeypatch.setattr(sys.modules["crm.db"], "BUSY", 2)
    waited: list[float] = []

    def write() -> None:
        begun = time.perf_counter()
        with app.app_context(), unit.work():
            write_and_say(f"组{len(waited)}")
        waited.append(time.perf_counter() - begun)

    with app.app_context(), db.engine.connect() as reader:
        reader.execute(select(func.count()).select_from(Team)).scalar_one()
        write()  # so that the reader's view is older than the log's end
        with ThreadPoolExecutor(1) as others:
            cleaning = others.submit(scrubbed, app)
            while not cleaning.done():
                write()
        assert cleaning.result() is False
        assert len(waited) > 1
        assert max(waited) < 10 * GLANCE
        reader.rollback()
        assert scrub()


def scrubbed(app) -> bool:
    with app.app_context():
        return scrub()


def test_a_unit_settles_once(app):
    number = len(entries(app))
    with app.test_request_context():
        work = unit.Unit(ZHAO)
        g.unit = work
        log.say("once")
        work.settle()
        log.say("too late")
        work.settle()
        assert work.settled
        assert not work.writing
    assert [one["action"] for one in entries(app)[number:]] == ["once"]


def test_work_outside_a_request_is_undone_when_it_raises(app):
    def fail() -> None:
        with unit.work(ZHAO, "192.0.2.7") as work:
            assert unit.current() is work
            db.session.add(Team(name="新组"))
            db.session.flush()
            log.say("did")
            raise KeyError

    with app.test_request_context():
        before = unit.current()
        with pytest.raises(KeyError):
            fail()
        assert unit.current() is before
    assert "新组" not in teams(app)
    said = entries(app)[-1]
    assert [said[key] for key in ("action", "result", "actor", "address")] == [
        "did",
        "failed",
        "zhao",
        "192.0.2.7",
    ]


def test_after_work_outside_a_request_there_is_no_unit(app):
    with app.app_context():
        with unit.work(ZHAO):
            log.say("did")
        assert "unit" not in g
        assert unit.current().actor is None


def test_what_nobody_settles_is_dropped_with_its_lock(app):
    number = len(entries(app))
    with app.test_request_context():
        write_and_say()
    assert "新组" not in teams(app)
    assert len(entries(app)) == number
    with app.test_request_context(), unit.work(ZHAO):
        write_and_say("二组再来")
    assert "二组再来" in teams(app)


def test_undoing_takes_back_what_was_written_and_keeps_what_was_attempted(app):
    number = len(entries(app))
    with app.test_request_context(), unit.work(ZHAO) as work:
        write_and_say()
        work.undo()
        assert work.writing
        db.session.add(Team(name="再来"))
        log.say("again")
    assert teams(app) >= {"再来"}
    assert "新组" not in teams(app)
    told = [(one["action"], one["result"]) for one in entries(app)[number:]]
    assert told == [("asked", "refused"), ("did", "failed"), ("again", "ok")]


def test_without_a_unit_one_begins_that_names_nobody(app):
    with app.app_context():
        begun = unit.current()
        assert begun is unit.current()
        assert (begun.actor, begun.address, begun.session) == (None, "", "")
        assert not begun.writing


CHANGES = {
    "past the mapper": lambda: house_run(insert(Team), {"name": "没有说的组"}),
    "by a statement": lambda: db.session.execute(insert(Team).values(name="没有说的组")),
    "by the mapper": lambda: (db.session.add(Team(name="没有说的组")), db.session.flush()),
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_change_that_no_unit_writes_is_refused_and_not_made(app, how):
    with app.test_request_context():
        assert by_login("zhao")
        with pytest.raises(RuntimeError, match="outside a writing unit"):
            CHANGES[how]()
    assert "没有说的组" not in teams(app)
