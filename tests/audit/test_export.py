"""Taking the log out: who may, which entries, in which form – on the command line and the desk."""

from __future__ import annotations

import json
import stat
from datetime import datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from crm import clock
from crm.accounts.people import Person
from crm.cli import main
from tests.audit.test_append import EXPORTED
from tests.audit.written import entries, last
from tests.crypto.meddling import run

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def crm(app, monkeypatch):
    """Run the command line on the test's archive."""
    settings = app.extensions["kedang.settings"]
    monkeypatch.setenv("CRM_INSTANCE", str(settings.instance))
    monkeypatch.setenv("CRM_MASTER_KEY_FILE", str(settings.master_key_file))
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def out(tmp_path):
    return tmp_path / "log.jsonl"


def lines(path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def test_the_supervisor_takes_out_every_entry_in_order(app, crm, signed_in, planted, out):
    signed_in("zhao").get(f"/customers/{planted.customer_id}")
    before = entries(app)
    done = crm("audit", "export", "--as", "lin", "-o", out, "--json")
    assert (done.exit_code, json.loads(done.output)["entries"]) == (0, len(before))
    assert lines(out) == before
    assert all(set(one) >= EXPORTED for one in lines(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_taking_it_out_is_an_entry_of_its_own(app, crm, out):
    number = len(entries(app))
    assert "entries written to" in crm("audit", "export", "--as", "lin", "-o", out).output
    said = last(app)
    assert (said["action"], said["actor"], said["detail"]) == (
        "log_exported",
        "lin",
        {"entries": number},
    )


def test_an_older_file_is_closed_to_others(crm, out):
    out.touch()
    out.chmod(0o644)
    crm("audit", "export", "--as", "lin", "-o", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.parametrize("login", ["zhao", "xi", "an", "zong", "nobody"])
def test_who_may_not_takes_nothing_out_and_is_told_so(app, crm, out, login):
    done = crm("audit", "export", "--as", login, "-o", out)
    assert (done.exit_code, out.exists()) == (1, False)
    assert "may not take the log out" in done.stderr
    assert (last(app)["action"], last(app)["result"]) == ("log_exported", "refused")


def test_who_has_left_takes_nothing_out(app, crm, out):
    run(app, update(Person).where(Person.login == "lin").values(disabled_at=clock.now()))
    assert crm("audit", "export", "--as", "lin", "-o", out).exit_code == 1
    assert not out.exists()


def test_times_narrow_what_is_taken_out(app, crm, signed_in, out):
    signed_in("zhao")
    signed_in("wang")
    *_rest, first, second = entries(app)
    export = ("audit", "export", "--as", "lin", "-o", out)
    crm(*export, "--since", second["at"])
    assert lines(out) == [second]
    crm(*export, "--since", first["at"], "--until", second["at"])
    assert lines(out) == [first]
    naive = datetime.fromisoformat(second["at"]).replace(tzinfo=None).isoformat()
    crm(*export, "--since", naive)
    assert lines(out)[0] == second


def test_a_date_is_the_offices_day(app, crm, out):
    today = clock.today()
    export = ("audit", "export", "--as", "lin", "-o", out)
    crm(*export, "--since", today.isoformat())
    assert lines(out) == [
        one
        for one in entries(app)[:-1]
        if datetime.fromisoformat(one["at"]) >= clock.start_of(today)
    ]
    crm(*export, "--since", clock.next_day(today).isoformat())
    assert lines(out) == []


def test_a_time_that_is_none_is_refused_with_its_reason(crm, out):
    done = crm("audit", "export", "--as", "lin", "-o", out, "--since", "yesterday")
    assert done.exit_code == 1
    assert "yesterday" in done.stderr
    assert not out.exists()


def test_the_head_is_the_last_entrys_sequence_and_leaf(app, crm):
    head = json.loads(crm("audit", "head", "--json").output)
    assert head["size"] == last(app)["seq"]
    assert datetime.fromisoformat(head["at"]) == datetime.fromisoformat(last(app)["at"])
    assert len(bytes.fromhex(head["leaf"])) == 32
    assert f"{head['size']} entries" in crm("audit", "head").output


def test_the_desk_gives_the_same_file_narrowed_by_the_same_filters(app, signed_in, planted):
    zhao, lin = signed_in("zhao"), signed_in("lin")
    zhao.get(f"/customers/{planted.customer_id}")
    before = entries(app)
    answer = lin.post("/audit/export")
    assert answer.mimetype == "application/x-ndjson"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [json.loads(line) for line in answer.text.splitlines()] == before
    answer = lin.post("/audit/export", data={"action": "sign_in"})
    assert [json.loads(line) for line in answer.text.splitlines()] == [
        one for one in before if one["action"] == "sign_in"
    ]


@pytest.mark.parametrize("login", ["zhao", "zong", "xi", "an"])
def test_the_desk_gives_nothing_to_who_may_not(app, signed_in, login):
    answer = signed_in(login).post("/audit/export")
    assert answer.status_code == 403
    assert b'"seq"' not in answer.data
    assert (last(app)["action"], last(app)["result"]) == ("access", "refused")
