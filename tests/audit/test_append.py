"""Writing the log: a dense sequence, times that never go back, and a text that the leaf covers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm import clock
from crm.audit import log
from crm.audit.entry import (
    CODE_ALPHABET,
    CODE_LENGTH,
    Actor,
    Entry,
    LogEntry,
    LogSubject,
    canonical,
    leaf_hash,
    new_code,
)
from crm.db import uuid7
from crm.web import unit
from tests.audit.written import entries, last
from tests.crypto.meddling import run

WHO_AND_WHAT = {"seq", "at", "actor", "role", "action", "subject_type", "subject_ids", "fields"}
EXPORTED = {"purpose", "grant_id", "session", "address", "result", "code"} | WHO_AND_WHAT
"""The keys that `crm audit export` promises."""
ZHAO = Actor(UUID(int=7), "zhao", "salesperson")
NOW = datetime(2026, 11, 23, 6, 2, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def speak(app, *actions: str, actor: Actor | None = ZHAO) -> None:
    """One unit of work that says these."""
    with app.test_request_context(), unit.work(actor, "192.0.2.7"):
        for action in actions:
            log.say(action)


def test_the_sequence_is_dense_over_many_units(app):
    before = len(entries(app))
    for number in range(12):
        speak(app, *["spoken"] * (number % 4))
    seqs = [one["seq"] for one in entries(app)]
    assert seqs == list(range(1, before + 12 // 4 * 6 + 1))


def test_a_unit_that_says_nothing_writes_nothing(app):
    before = len(entries(app))
    speak(app)
    assert len(entries(app)) == before


def test_the_first_entry_of_an_archive_has_the_sequence_one(app):
    assert entries(app)[0]["seq"] == 1


def test_refusals_come_before_what_was_done(app):
    with app.test_request_context(), unit.work(ZHAO):
        log.say("done")
        log.refuse("asked")
    assert [(one["action"], one["result"]) for one in entries(app)[-2:]] == [
        ("asked", "refused"),
        ("done", "ok"),
    ]


def test_times_do_not_go_back_when_the_clock_does(app):
    speak(app, "before")
    with clock.turned(timedelta(hours=-1)):
        speak(app, "during")
    speak(app, "after")
    before, during, after = (datetime.fromisoformat(one["at"]) for one in entries(app)[-3:])
    assert before == during < after


def test_the_time_of_the_text_is_the_time_of_the_row(app):
    speak(app, "spoken")
    for at, text in run(app, select(LogEntry.at, LogEntry.text)):
        assert datetime.fromisoformat(json.loads(text)["at"]) == at


def test_an_entry_names_who_from_where_in_which_session(app):
    session = str(uuid7())
    with app.test_request_context():
        work = unit.Unit(ZHAO, "192.0.2.7", session)
        work.entries.append(Entry("spoken"))
        work.settle()
    said = last(app)
    assert [said[key] for key in ("actor", "role", "address", "session")] == [
        "zhao",
        "salesperson",
        "192.0.2.7",
        session,
    ]


def test_without_an_actor_an_entry_names_nobody(app):
    speak(app, "spoken", actor=None)
    assert (last(app)["actor"], last(app)["role"]) == ("-", "-")


def test_an_entrys_own_actor_comes_before_the_units(app):
    with app.test_request_context(), unit.work(None):
        log.say("spoken", actor=ZHAO)
    assert last(app)["actor"] == "zhao"


def test_only_indexed_entries_are_found_by_their_subjects_each_once(app):
    one, two = uuid7(), uuid7()
    with app.test_request_context(), unit.work(ZHAO):
        log.say("listed", subject_ids=(one, two))
        log.say("opened", subject_ids=(one, one, two), indexed=True)
    found = run(app, select(LogSubject.subject_id, LogSubject.seq))
    seq = last(app, "opened")["seq"]
    assert sorted(found) == sorted([(one, seq), (two, seq)])


def test_the_text_has_the_promised_keys_and_the_tree_its_own(app):
    speak(app, "spoken")
    assert set(last(app)) == {*EXPORTED, "id", "note", "detail"}


def test_every_leaf_covers_its_text(app, signed_in):
    signed_in("zhao").get("/customers")
    rows = run(app, select(LogEntry.seq, LogEntry.text, LogEntry.leaf))
    assert all(leaf_hash(text) == leaf for _seq, text, leaf in rows)
    assert {seq: json.loads(text)["seq"] for seq, text, _leaf in rows} == {
        seq: seq for seq, _text, _leaf in rows
    }


def test_the_columns_say_what_the_text_says(app, signed_in):
    signed_in("zhao")
    for row in run(app, select(LogEntry.__table__)):
        said = json.loads(row.text)
        assert (row.action, row.result, str(row.id)) == (said["action"], said["result"], said["id"])


@given(TEXTS, TEXTS, st.dictionaries(TEXTS, TEXTS))
def test_any_entry_is_one_line_of_json_that_reads_back(action, login, detail):
    actor = Actor(None, login, "staff")
    text = canonical(1, NOW, actor, "", "", Entry(action, detail=detail))
    assert not set(text) & set("\r\n\0")
    said = json.loads(text)
    assert (said["action"], said["actor"], said["detail"]) == (action, login, detail)


@given(st.permutations(range(6)))
def test_the_order_of_details_does_not_matter(order):
    entry = Entry("spoken", id=UUID(int=1), detail={f"k{n}": n for n in order})
    usual = Entry("spoken", id=UUID(int=1), detail={f"k{n}": n for n in range(6)})
    assert canonical(1, NOW, ZHAO, "", "", entry) == canonical(1, NOW, ZHAO, "", "", usual)


def test_a_failed_entry_is_the_same_act():
    entry = Entry("reveal", subject_ids=(uuid7(),), purpose="visit", code="X")
    failed = entry.as_failed()
    assert failed.result == "failed"
    assert (failed.id, failed.subject_ids, failed.code) == (entry.id, entry.subject_ids, "X")


def test_a_grant_is_named_by_its_id():
    grant = uuid7()
    said = json.loads(canonical(1, NOW, ZHAO, "", "", Entry("open", grant_id=grant)))
    assert said["grant_id"] == str(grant)


def test_codes_are_ten_letters_that_are_not_mistaken_and_do_not_repeat():
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert len(CODE_ALPHABET) == 32
    assert not set(CODE_ALPHABET) & set("01IO")


def test_the_log_says_nothing_twice(app, signed_in):
    zhao = signed_in("zhao")
    for _ in range(3):
        zhao.get("/customers")
    ((total, distinct),) = run(
        app, select(func.count(LogEntry.id), func.count(func.distinct(LogEntry.id)))
    )
    assert total == distinct
