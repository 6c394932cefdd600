"""Boxes: they open in their own place, with their own key, unaltered – and in no other way."""

from __future__ import annotations

import struct
from itertools import product
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.crypto.sealed import FORMAT, Place, RecordKey, Sealed
from crm.crypto.suites import AES, NONCE, SM
from crm.errors import CannotOpen
from tests.crypto.meddling import PLACES, flipped

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNERS = (UUID(int=1), UUID(int=2))
ROWS = (UUID(int=3), UUID(int=4))
VERSIONS = (1, 2)
PLACE = Place("contacts", "mobile", ROWS[0])
HEAD = 4 + NONCE


_suite = AES.code


@pytest.fixture(params=[AES.code, SM.code], ids=["aes", "sm"], autouse=True)
def suite(request: pytest.FixtureRequest) -> Iterator[int]:
    """Every test of boxes holds for both suites."""
    global _suite  # noqa: PLW0603 - the suite that `key` makes keys of
    _suite = request.param
    yield _suite
    _suite = AES.code


def key(owner: UUID = OWNERS[0], version: int = 1, secret: bytes | None = None) -> RecordKey:
    """A record's data key; each owner has another secret unless one is given."""
    return RecordKey(owner, version, _suite, secret or bytes([owner.int]) * 32)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was(text):
    assert key().unseal(PLACE, key().seal(PLACE, text)) == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary())
def test_any_file_comes_back_as_it_was(content):
    assert key().unseal_bytes(PLACE, key().seal_bytes(PLACE, content)) == content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_bytes_that_are_no_box_do_not_open(junk):
    with pytest.raises(CannotOpen):
        key().unseal(PLACE, Sealed(junk))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_bytes_with_a_boxs_header_do_not_open(junk):
    with pytest.raises(CannotOpen):
        key().unseal(PLACE, Sealed(struct.pack(">BBH", FORMAT, _suite, 1) + junk))


@pytest.mark.parametrize("text", ["", "13912345678", "家里两个孩子，𬘭工的妹妹"])
def test_a_box_with_any_one_bit_flipped_does_not_open(text):
    box = key().seal(PLACE, text).box
    for at, bit in product(range(len(box)), range(8)):
        with pytest.raises(CannotOpen):
            key().unseal(PLACE, Sealed(flipped(box, at, bit)))


def test_a_box_cut_short_or_made_longer_does_not_open():
    box = key().seal(PLACE, "13912345678").box
    for altered in [*(box[:length] for length in range(len(box))), box + b"\0", b"\0" + box]:
        with pytest.raises(CannotOpen):
            key().unseal(PLACE, Sealed(altered))


def test_every_box_opens_where_it_belongs_and_nowhere_else():
    """Table × column × row × version × owner: the whole matrix of every sealed column."""
    rooms = list(product(PLACES, ROWS, VERSIONS, OWNERS))
    boxes = [key(owner, version).seal(Place(*at, row), "值") for at, row, version, owner in rooms]
    opened = 0
    for (at, row, version, owner), (home, sealed) in product(rooms, enumerate(boxes)):
        place, opener = Place(*at, row), key(owner, version)
        if rooms[home] == (at, row, version, owner):
            assert opener.unseal(place, sealed) == "值"
            opened += 1
        else:
            with pytest.raises(CannotOpen):
                opener.unseal(place, sealed)
    assert opened == len(rooms) == len(PLACES) * 8


@pytest.mark.parametrize("change", [(1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1)])
def test_a_box_whose_header_is_rewritten_does_not_open(change):
    """Not even for the key of the version it then names, with the very same secret."""
    header = tuple(now + by for now, by in zip((FORMAT, _suite, 1), change, strict=True))
    box = struct.pack(">BBH", *header) + key().seal(PLACE, "值").box[4:]
    for version in {1, header[2]}:
        with pytest.raises(CannotOpen):
            key(version=version, secret=key().secret).unseal(PLACE, Sealed(box))


def test_table_and_column_cannot_be_read_otherwise():
    sealed = key().seal(Place("a", "bc", ROWS[0]), "值")
    with pytest.raises(CannotOpen):
        key().unseal(Place("ab", "c", ROWS[0]), sealed)


@pytest.mark.parametrize("row_id", [None, UUID(int=0)])
def test_a_row_without_an_id_gets_no_box(row_id):
    with pytest.raises(ValueError, match="id of its row"):
        key().seal(Place("contacts", "mobile", row_id), "13912345678")


def test_the_same_text_is_never_sealed_alike():
    boxes = {key().seal(PLACE, "同一个值").box for _ in range(200)}
    assert len({box[4:HEAD] for box in boxes}) == len({box[HEAD:] for box in boxes}) == 200


def test_a_box_says_which_version_of_the_key_sealed_it():
    assert key(version=258).seal(PLACE, "值").key_version == 258
    with pytest.raises(CannotOpen):
        _ = Sealed(b"short").key_version


def test_a_key_prints_without_its_secret():
    assert "secret" not in repr(key())
    assert str(key().secret) not in repr(key())
