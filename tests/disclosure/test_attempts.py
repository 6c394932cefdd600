"""Attempts: what a browser has refused stands in the log, with who, what and at which card."""

from __future__ import annotations

import pytest

from tests import cast
from tests.audit.written import entries, last

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
KINDS = ("copy", "cut", "drag", "menu", "print", "watermark")


@pytest.mark.parametrize("kind", KINDS)
def test_an_attempt_is_a_refusal_in_the_log(app, signed_in, planted, kind):
    form = {"kind": kind, "customer": str(planted.customer_id)}
    answer = signed_in("zhao").post("/attempts", data=form)
    assert (answer.status_code, answer.data) == (204, b"")
    said = last(app, "attempt")
    assert (said["actor"], said["result"], said["detail"]) == ("zhao", "refused", {"why": kind})
    assert said["subject_ids"] == [str(planted.customer_id)]


def test_an_attempt_need_not_be_at_a_card(app, signed_in):
    assert signed_in("yuan").post("/attempts", data={"kind": "watermark"}).status_code == 204
    assert last(app, "attempt")["subject_ids"] == []


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"kind": "steal"}, 422),
        ({"kind": "copy", "customer": "x"}, 422),
        ({"kind": "copy", "customer": "01935f00-0000-7000-8000-000000000001"}, 404),
    ],
)
def test_what_is_no_attempt_is_not_logged_as_one(app, signed_in, form, status):
    assert signed_in("zhao").post("/attempts", data=form).status_code == status
    assert entries(app, "attempt") == []


def test_nobody_writes_about_a_strangers_card(app, signed_in, planted):
    form = {"kind": "copy", "customer": str(planted.customer_id)}
    assert signed_in("sun").post("/attempts", data=form).status_code == 404
    assert entries(app, "attempt") == []
    assert app.test_client().post("/attempts", data=form).status_code == 302


def test_the_log_is_not_flooded_with_attempts(signed_in):
    zhao = signed_in("zhao")
    answers = [zhao.post("/attempts", data={"kind": "menu"}).status_code for _ in range(40)]
    assert answers[:30] == [204] * 30
    assert set(answers[30:]) == {429}
    assert signed_in("wang").post("/attempts", data={"kind": "menu"}).status_code == 204


def test_the_supervisor_reads_it_in_words(signed_in, planted):
    form = {"kind": "print", "customer": str(planted.customer_id)}
    signed_in("zhao").post("/attempts", data=form)
    page = signed_in("lin").get("/audit/entries?action=attempt").text
    for words in ("赵小外", "试图带出", "打印", cast.NAME):
        assert words in page


def test_every_page_carries_who_looks_and_when(signed_in, planted):
    zhao = signed_in("zhao")
    for path in ("/customers", f"/customers/{planted.customer_id}", "/today", "/"):
        assert 'class="veil"' in zhao.get(path).text, path
        assert "赵小外 zhao " in zhao.get(path).text, path
