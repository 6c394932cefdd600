"""The recycle bin: in, out, shredded for good – and nothing of it left behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import clock, nightly
from crm.crypto.blind import BlindTerm
from crm.crypto.keyring import DataKey
from crm.customers import importing, recycling
from crm.customers.beside import Star
from crm.customers.binned import Binned, Shredded
from crm.customers.cards import Customer
from crm.customers.imports.outcome import CustomerDraft
from crm.db import Base, db
from crm.web import unit
from tests import cast, entries
from tests.crypto.meddling import run

PLACES = (
    "/customers?scene=mine",
    "/customers?scene=shared",
    "/customers?scene=starred",
    "/customers?scene=all",
    "/customers?scene=team",
    f"/customers?q={cast.NAME}",
    f"/customers?q={cast.NAME[:2]}",
    "/customers?q=cqyx",
    f"/customers?q={cast.CONTACT_SECRETS['mobile']}",
    f"/customers?q={cast.CONTACT_SECRETS['mobile'][-4:]}",
    f"/customers?q={cast.CONTACT_SECRETS['name']}",
    f"/customers?q={cast.SECRETS['phone']}",
    "/today",
)


@pytest.fixture
def planted(app):
    """A card that is due today, so that it stands in every list there is."""
    return cast.planted(app, next_contact=clock.today())


@pytest.fixture
def binned(planted, signed_in):
    """The same card, put into the bin by its owner."""
    zhao = signed_in("zhao")
    zhao.post(f"/customers/{planted.customer_id}/star")
    answer = zhao.post(f"/customers/{planted.customer_id}/bin")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/customers/bin")
    return planted


def seen(client) -> set[str]:
    """The lists in which the card stands."""
    return {place for place in PLACES if cast.NAME in client.get(place).text.split("<main", 1)[1]}


def test_a_card_in_the_bin_is_in_no_list_and_at_no_address(planted, signed_in):
    clients = {login: signed_in(login) for login in ("zhao", "wang", "lin", "zong")}
    assert all(seen(client) for client in clients.values())
    clients["lin"].post(f"/customers/{planted.customer_id}/bin")
    for login, client in clients.items():
        assert seen(client) == set() or all("q=" in one for one in seen(client)), login
        for page in ("", "/edit", "/history", "/seen-by"):
            path = f"/customers/{planted.customer_id}{page}"
            assert client.get(path).status_code in {403, 404}, (login, path)
        opened = client.post(f"/customers/{planted.customer_id}/open", data={"purpose": "visit"})
        assert opened.status_code == 404
    assert f"/customers/{planted.customer_id}" not in clients["zong"].get(PLACES[3]).text


def test_only_the_owner_and_the_supervisor_put_a_card_there(planted, signed_in):
    path = f"/customers/{planted.customer_id}/bin"
    answers = {login: signed_in(login).post(path).status_code for login in ("wang", "sun", "zong")}
    assert answers == {"wang": 403, "sun": 404, "zong": 403}
    assert signed_in("lin").post(path).status_code == 303


def test_the_bin_shows_ones_own_and_the_supervisor_all(app, binned, signed_in):
    cast.customer(app, "sun", "孙家示例有限公司")
    assert cast.NAME in signed_in("zhao").get("/customers/bin").text
    assert cast.NAME in signed_in("lin").get("/customers/bin").text
    assert cast.NAME not in signed_in("sun").get("/customers/bin").text
    assert signed_in("sun").post(f"/customers/bin/{binned.customer_id}/restore").status_code == 404


def test_what_comes_out_is_as_it_went_in(app, binned, signed_in):
    zhao = signed_in("zhao")
    answer = zhao.post(f"/customers/bin/{binned.customer_id}/restore")
    assert answer.headers["Location"] == f"/customers/{binned.customer_id}"
    assert "/today" in seen(zhao)
    assert seen(zhao) >= {"/customers?scene=mine", "/customers?scene=starred"}
    assert "/customers?scene=shared" in seen(signed_in("wang"))
    assert run(app, select(Binned.customer_id)) == []
    assert {one["action"] for one in entries.said(app)} >= {"bin", "restore"}


@pytest.mark.usefixtures("binned")
def test_a_name_in_the_bin_is_not_given_away_twice(signed_in):
    answer = signed_in("sun").post("/customers/new", data={"name": cast.NAME, "level": "B"})
    assert answer.status_code == 422
    assert "在回收站里" in answer.text
    assert "赵小外" not in answer.text


def test_shredding_at_once_wants_the_name_typed(app, binned, signed_in):
    path = f"/customers/bin/{binned.customer_id}/shred"
    lin = signed_in("lin")
    assert "备份" in lin.get(path).text
    assert signed_in("zhao").get(path).status_code == 403
    wrong = lin.post(path, data={"name": "别的公司"})
    assert wrong.status_code == 422
    assert "没有销毁" in wrong.text
    assert lin.post(path, data={"name": f" {cast.NAME}"}).status_code == 303
    assert_gone(app, binned)
    (grave,) = run(app, select(Shredded.how, Shredded.by_id))
    assert grave.how == "at-once"
    assert "林主管" in lin.get("/customers/bin").text
    assert cast.NAME not in lin.get("/customers/bin").text


def assert_gone(app, planted) -> None:
    """No table names the card any more, but the log and the tombstone."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.name in {"customer_id", "owner_id", "row_id"}:
                left = run(app, select(column).where(column == planted.customer_id))
                assert left == [] or table.name in {"shredded_customers", "daily_looks"}, table
    assert run(app, select(Customer.id)) == []
    assert run(app, select(Star.customer_id)) == []
    assert run(app, select(BlindTerm.owner_id)) == []
    assert run(app, select(DataKey.owner_id).where(DataKey.owner_id == planted.customer_id)) == []


def test_after_thirty_days_it_is_shredded_by_itself(app, binned, signed_in):
    def purged(days: int) -> int:
        with app.test_request_context(), clock.turned(timedelta(days=days)):
            return recycling.purge()

    assert purged(29) == 0
    assert purged(31) == 1
    assert purged(31) == 0
    assert_gone(app, binned)
    said = [one for one in entries.said(app) if one["action"] == "shred"]
    assert [(one["actor"], one["detail"]) for one in said] == [("-", {"how": "expired"})]
    assert "系统销毁" in signed_in("lin").get("/customers/bin").text


def test_every_table_that_names_a_customer_is_shredded_with_it():
    """A new table with a customer's id joins recycling.SHREDDED, or says here why it stays."""
    named = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "customers"
    }
    assert named - {one.__tablename__ for one, _column in recycling.SHREDDED} == set()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nothing_of_a_shredded_key_stays_in_the_file(app, binned, signed_in, tmp_path):
    wanted = select(DataKey.wrapped).where(DataKey.owner_id == binned.customer_id)
    ((wrapped,),) = run(app, wanted)
    lin = signed_in("lin")
    lin.post(f"/customers/bin/{binned.customer_id}/shred", data={"name": cast.NAME})
    for path in (tmp_path / "instance").iterdir():
        assert wrapped not in path.read_bytes(), path.name


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("binned")
def test_an_import_leaves_a_card_in_the_bin_alone(app):
    with app.test_request_context():
        draft = CustomerDraft(rows=[2], name=cast.NAME, traits="新的特征")
        counts = importing.run(cast.viewer("lin"), [draft])
    assert (counts.held, counts.changed, counts.new) == (1, 0, 0)


def test_a_chore_is_done_once_a_day_whoever_comes_first(app):
    done: list[str] = []
    chores = {"bin": lambda: done.append("bin")}
    with app.test_request_context():
        for hours, times in ((0, 1), (1, 1), (22, 1), (24, 2)):
            with clock.turned(timedelta(hours=hours)):
                nightly.run(chores)
            assert len(done) == times, hours


def test_a_chore_whose_worker_was_killed_is_taken_again(app):
    with app.test_request_context():
        assert nightly.take("bin")
        assert not nightly.take("bin")
        with clock.turned(timedelta(minutes=31)):
            assert nightly.take("bin")
        with unit.work():
            assert len(db.session.scalars(select(nightly.Lease)).all()) == 1


def test_a_tag_that_no_card_has_any_more_is_forgotten(app, signed_in):
    kept = cast.customer(app, "zhao", "云岫仪器示例", tags="展会")
    gone = cast.customer(app, "zhao", "远岑科技示例", tags="展会 王总小舅子介绍")
    lin = signed_in("lin")
    assert "王总小舅子介绍" in lin.get("/customers/terms/tag").text
    lin.post(f"/customers/{gone}/bin")
    lin.post(f"/customers/bin/{gone}/shred", data={"name": "远岑科技示例"})
    words = lin.get("/customers/terms/tag").text
    assert "王总小舅子介绍" not in words
    assert "展会" in words
    assert kept
