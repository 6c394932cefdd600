"""The envelope: every key comes back from paper, and a mistyped letter is named by its group."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.crypto import envelope
from crm.crypto.envelope import LETTERS, Mistyped

KEY = bytes(range(32))
TYPED = "".join(envelope.written(KEY))


@given(st.binary(min_size=32, max_size=32))
def test_every_key_comes_back(key):
    groups = envelope.written(key)
    assert len(groups) == 14
    assert envelope.read("\n".join(groups)) == envelope.read("-".join(groups).lower()) == key


@pytest.mark.parametrize("at", range(len(TYPED)))
def test_every_wrong_letter_is_found_in_its_group(at):
    for letter in set(LETTERS) - {TYPED[at]}:
        with pytest.raises(Mistyped) as mistaken:
            envelope.read(TYPED[:at] + letter + TYPED[at + 1 :])
        assert mistaken.value.groups == (at // 5 + 1,)


def test_two_neighbours_that_changed_places_are_found():
    for at in range(len(TYPED) - 1):
        swapped = TYPED[:at] + TYPED[at + 1] + TYPED[at] + TYPED[at + 2 :]
        if swapped != TYPED:
            with pytest.raises(Mistyped):
                envelope.read(swapped)


def test_two_groups_that_changed_places_are_found():
    groups = envelope.written(os.urandom(32))
    groups[2], groups[7] = groups[7], groups[2]
    with pytest.raises(Mistyped) as mistaken:
        envelope.read(" ".join(groups))
    assert mistaken.value.groups == (3, 8)


@pytest.mark.parametrize(
    "typed", ["", TYPED[:-1], TYPED + "2", TYPED[:5] + "O" + TYPED[6:], "密钥"]
)
def test_what_is_no_key_is_refused_without_being_quoted(typed):
    with pytest.raises(Mistyped) as mistaken:
        envelope.read(typed)
    assert TYPED[10:15] not in str(mistaken.value)


def test_groups_of_two_keys_put_together_are_no_key():
    """Each group has its own check letter and fits; the last group knows that they do not."""
    one, other = envelope.written(KEY), envelope.written(bytes(range(1, 33)))
    with pytest.raises(Mistyped, match="not all of them together") as mistaken:
        envelope.read("".join([*one[:5], *other[5:]]))
    assert mistaken.value.groups == ()
