"""Passwords: how they are kept, and which are refused."""

from __future__ import annotations

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.accounts import passwords
from crm.errors import Invalid

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


def test_they_are_kept_as_argon2id_with_the_rfcs_costs(inside):
    inside.config["TESTING"] = False
    kept = extract_parameters(passwords.hashed("correct horse staple"))
    assert kept.type is Type.ID
    assert (kept.memory_cost, kept.time_cost, kept.parallelism) == (64 * 1024, 3, 4)
    assert (kept.salt_len, kept.hash_len) == (16, 32)


def test_the_same_password_is_never_kept_alike():
    assert passwords.hashed("correct horse staple") != passwords.hashed("correct horse staple")


def test_only_the_password_itself_matches():
    kept = passwords.hashed("correct horse staple")
    assert passwords.matches(kept, "correct horse staple")
    for other in ("Correct horse staple", "correct horse staple ", "", "正确"):
        assert not passwords.matches(kept, other)


@pytest.mark.parametrize("broken", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"])
def test_what_is_no_hash_matches_nothing(broken):
    assert not passwords.matches(broken, broken)


def test_a_login_that_is_nobodys_costs_the_same_check():
    kept = extract_parameters(passwords.hashed("correct horse staple"))
    assert extract_parameters(passwords._nobody()) == kept


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short",
        "123456789",
        "a" * 129,
        "1234567890",
        "QWERTYUIOP",
        "aaaabbbbcccc",
        "zhao-likes-tea",
        "ILOVEZHAO2026",
    ],
)
def test_a_weak_one_is_refused_with_what_to_do(weak):
    with pytest.raises(Invalid) as refused:
        passwords.check(weak, "zhao")
    assert refused.value.sentence
    assert not weak or weak not in refused.value.sentence


@pytest.mark.parametrize(
    "good", ["correct horse staple", "四个不相干的词放一起吧", "x" * 5 + "yzab1"]
)
def test_a_good_one_is_taken(good):
    passwords.check(good, "zhao")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=9))
def test_none_of_fewer_than_ten_characters_is_taken(short):
    with pytest.raises(Invalid):
        passwords.check(short, "zhao")
