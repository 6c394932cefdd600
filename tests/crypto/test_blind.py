"""Blind indexes: how many bits, how crowded a value is, and what a look-up finds."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm import clock
from crm.crypto import blind, keyring
from crm.crypto.blind import BlindTerm, Generation
from crm.customers import reindex
from crm.db import db, uuid7
from crm.web import unit
from tests import cast

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MOBILE = "contact.mobile"


@pytest.fixture
def work(app):
    """A writing unit with the archive's keys."""
    with app.test_request_context(), unit.work() as running:
        yield running


def measured(index: str, rows: int) -> None:
    """Give an index the bits for so many rows, as if it had been rebuilt for them."""
    blind.begin(index, rows)
    blind.switch([index])


def bits_of() -> dict[str, int]:
    """How many bits each index in use has."""
    known = blind.generations()
    return {index: blind.of(index, known, blind.CURRENT)[0].bits for index in known}


@pytest.mark.parametrize(
    ("rows", "bits"),
    list(
        zip(
            (
                0,
                1,
                31,
                32,
                63,
                64,
                127,
                128,
                1000,
                1023,
                1024,
                5000,
                50_000,
                100_000,
                1 << 26,
                1 << 40,
            ),
            (3, 3, 3, 3, 3, 4, 4, 5, 7, 7, 8, 10, 13, 14, 24, 24),
            strict=True,
        )
    ),
)
def test_bits_by_the_rows_there_are(rows, bits):
    assert blind.bits_for(rows) == bits


@given(st.integers(32, 1 << 26))
def test_bits_are_the_floor_of_log2_less_two(rows):
    """So that four to eight rows share each value: 4 · 2^L ≤ R < 8 · 2^L."""
    values = 2 ** blind.bits_for(rows)
    assert 4 * values <= rows < 8 * values


@on_sqlite
@pytest.mark.parametrize("rows", [64, 127, 500, 1000, 5000])
@pytest.mark.usefixtures("work")
def test_hardly_any_value_stands_alone(rows):
    """Worked out with a fixed key, so that it is the same every time."""
    keyring.current()._keys[keyring.BLIND, 1] = bytes(32), 1
    keyring.current()._primary[keyring.BLIND] = 1
    bits = blind.bits_for(rows)
    shared = Counter(blind.hashed(MOBILE, f"139{n:08}", bits) for n in range(rows))
    assert set(shared) <= set(range(1 << bits))
    assert sum(1 for crowd in shared.values() if crowd == 1) <= rows * 0.05
    assert rows / len(shared) >= 3.5


@on_sqlite
@pytest.mark.usefixtures("work")
def test_equal_texts_meet_within_an_index_and_not_across_indexes():
    one = [blind.hashed(MOBILE, f"139{n:08}", 24) for n in range(100)]
    assert one == [blind.hashed(MOBILE, f"139{n:08}", 24) for n in range(100)]
    assert one != [blind.hashed("phone", f"139{n:08}", 24) for n in range(100)]


@on_sqlite
@pytest.mark.usefixtures("work")
def test_fewer_bits_are_the_beginning_of_more():
    whole = blind.hashed(MOBILE, "13912345678", blind.MOST_BITS)
    for bits in range(blind.LEAST_BITS, blind.MOST_BITS):
        assert blind.hashed(MOBILE, "13912345678", bits) == whole >> blind.MOST_BITS - bits


@pytest.mark.usefixtures("work")
def test_a_row_is_found_under_its_new_values_and_no_longer_under_its_old():
    measured(MOBILE, 1 << 26)
    owner, row = uuid7(), uuid7()
    blind.add([(owner, row, MOBILE, "13911110000")])
    assert blind.candidates(MOBILE, "13911110000") == [(owner, row)]
    blind.replace(owner, row, {MOBILE: ["13922220000"], "contact.mobile4": ["0000"]})
    assert blind.candidates(MOBILE, "13911110000") == []
    assert blind.candidates(MOBILE, "13922220000") == [(owner, row)]
    assert blind.candidates("contact.mobile4", "0000") == [(owner, row)]
    blind.replace(owner, row, {MOBILE: []})
    assert blind.candidates(MOBILE, "13922220000") == []
    assert blind.candidates("contact.mobile4", "0000") == [(owner, row)]


@pytest.mark.usefixtures("work")
def test_texts_that_share_a_value_are_kept_once():
    owner, row = uuid7(), uuid7()
    blind.add((owner, row, MOBILE, f"139{n:08}") for n in range(1000))
    kept = db.session.scalars(select(BlindTerm.value).where(BlindTerm.row_id == row)).all()
    assert sorted(kept) == list(range(8))


@pytest.mark.usefixtures("work")
def test_candidates_come_no_more_than_asked_for():
    blind.add((uuid7(), uuid7(), MOBILE, "13911110000") for _ in range(5))
    assert len(blind.candidates(MOBILE, "13911110000")) == 5
    assert len(blind.candidates(MOBILE, "13911110000", limit=3)) == 3


@pytest.mark.usefixtures("work")
def test_a_generation_is_filled_beside_the_one_in_use_until_they_change_places():
    owner, rows = uuid7(), [uuid7(), uuid7(), uuid7()]
    blind.add([(owner, rows[0], MOBILE, "13911110000"), (owner, rows[0], "phone", "0571")])
    blind.begin(MOBILE, 100_000)
    blind.add([(owner, rows[1], MOBILE, "13911110000")])  # a writer fills both
    assert {row for _owner, row in blind.candidates(MOBILE, "13911110000")} == set(rows[:2])
    blind.build([MOBILE], rows[:1], [(owner, rows[0], MOBILE, "13911110000")])
    blind.build([MOBILE], rows[:2], [(owner, one, MOBILE, "13911110000") for one in rows[:2]])
    blind.switch([MOBILE])
    assert bits_of()[MOBILE] == 14
    assert {row for _owner, row in blind.candidates(MOBILE, "13911110000")} == set(rows[:2])
    blind.add([(owner, rows[2], MOBILE, "13911110000")])
    assert len(blind.candidates(MOBILE, "13911110000")) == 3
    assert len(blind.candidates("phone", "0571")) == 1


@pytest.mark.usefixtures("work")
def test_a_row_that_lost_its_value_meanwhile_is_not_found_in_the_generation_being_built():
    owner, row = uuid7(), uuid7()
    blind.add([(owner, row, MOBILE, "13911110000")])
    blind.begin(MOBILE, 100_000)
    blind.build([MOBILE], [row], [(owner, row, MOBILE, "13911110000")])
    blind.build([MOBILE], [row], [])
    blind.switch([MOBILE])
    assert blind.candidates(MOBILE, "13911110000") == []


def test_nothing_to_find_stores_nothing(app):
    with app.app_context():  # and needs no writing unit
        blind.add([])


@pytest.mark.usefixtures("work")
def test_a_generation_that_left_is_swept_a_little_later():
    """Who has just read which generation to use must still find it."""
    owner, row = uuid7(), uuid7()
    blind.add([(owner, row, MOBILE, "13911110000"), (owner, row, "phone", "0571")])
    measured(MOBILE, 1000)

    def kept() -> list[str]:
        return sorted(db.session.scalars(select(BlindTerm.index)))

    assert not blind.sweep(10)
    assert kept() == [MOBILE, "phone"]
    with clock.turned(timedelta(minutes=2)):
        while blind.sweep(10):
            pass
    assert kept() == ["phone"]
    assert [one.number for one in blind.generations()[MOBILE]] == [2]


@pytest.mark.usefixtures("work")
def test_what_is_forgotten_is_forgotten_in_every_generation():
    owner, rows = uuid7(), [uuid7(), uuid7()]
    blind.begin(MOBILE, 1000)
    blind.add([(owner, one, MOBILE, "13911110000") for one in rows])
    blind.switch([MOBILE])
    blind.begin(MOBILE, 100_000)
    blind.replace(owner, rows[0], {MOBILE: []})
    assert {
        row for _owner, row in db.session.execute(select(BlindTerm.index, BlindTerm.row_id))
    } == {rows[1]}
    blind.forget(owner)
    assert db.session.scalars(select(BlindTerm.row_id)).all() == []


def crowd(app, numbers: range) -> None:
    """Customers of zhao's with contacts of these numbers, up to forty a card."""
    for at in range(0, len(numbers), 40):
        facts: dict[str, str] = {}
        for n in numbers[at : at + 40]:
            facts |= {f"contact.new{n}.name": "曾国强", f"contact.new{n}.mobile": f"139{n:08}"}
        cast.customer(app, name=f"人多有限公司{numbers[at]}", **facts)


def test_a_hit_is_opened_to_be_sure(app, signed_in, planted):
    """Eight values for a hundred mobiles: the index alone would name many cards."""
    crowd(app, range(100))
    with app.test_request_context():
        pointed = blind.candidates(MOBILE, cast.CONTACT_SECRETS["mobile"])
    assert len({owner for owner, _row in pointed}) > 1
    page = signed_in("zhao").get("/customers", query_string={"q": cast.CONTACT_SECRETS["mobile"]})
    assert str(planted.customer_id) in page.text
    assert "人多有限公司" not in page.text


def test_an_index_is_rebuilt_when_its_rows_have_quadrupled(app, signed_in):
    zhao = signed_in("zhao")

    def fit() -> list[str]:
        with app.test_request_context():
            return reindex.fit()

    def bits() -> dict[str, int]:
        with app.app_context():
            return bits_of()

    def found(n: int) -> int:
        return zhao.get("/customers", query_string={"q": f"139{n:08}"}).text.count("人多有限公司")

    crowd(app, range(31))
    assert fit() == []
    assert found(30)
    crowd(app, range(31, 32))
    assert set(fit()) == {MOBILE, "contact.mobile4", "contact.name"}
    assert bits()[MOBILE] == 3
    crowd(app, range(32, 127))
    assert fit() == []
    crowd(app, range(127, 128))
    assert set(fit()) == {MOBILE, "contact.mobile4", "contact.name"}
    assert set(bits().values()) == {5}
    assert fit() == []
    assert found(0)
    assert found(127)
    assert not found(128)


@on_sqlite
@pytest.mark.usefixtures("work")
def test_an_index_that_was_never_measured_has_the_fewest_bits():
    assert blind.generations() == {}
    known = {MOBILE: [Generation(index=MOBILE, number=2, state=blind.CURRENT, bits=5, rows=200)]}
    terms = [(uuid7(), uuid7(), index, "13911110000") for index in (MOBILE, "phone")]
    made = blind.rows_for(terms, known, blind.CURRENT, blind.BUILDING)
    assert [(row["index"], row["value"]) for row in made] == [
        (f"{MOBILE}~2", blind.hashed(MOBILE, "13911110000", 5)),
        ("phone", blind.hashed("phone", "13911110000", blind.LEAST_BITS)),
    ]
