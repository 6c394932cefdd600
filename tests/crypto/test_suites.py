"""The ciphers against other people's published answers."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from crm.audit.entry import leaf_hash
from crm.crypto import sealed
from crm.crypto.suites import AES, NONCE, SUITES
from crm.errors import CannotOpen

_K = "feffe9928665731c6d6a8f9467308308" * 2
_P = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
_C = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)
GCM = {
    "nothing": ("00" * 32, "00" * 12, "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    "one block": (
        "00" * 32,
        "00" * 12,
        "00" * 16,
        "",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    ),
    "four blocks": (
        _K,
        "cafebabefacedbaddecaf888",
        _P,
        "",
        _C + "b094dac5d93471bdec1a502270e3cc6c",
    ),
    "bound to data": (
        _K,
        "cafebabefacedbaddecaf888",
        _P[:120],
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        _C[:120] + "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
}
"""Test cases 13 to 16 of the GCM specification: key, nonce, plaintext, bound data, answer."""

EXPAND = {
    "RFC 5869 A.1": (
        "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    "RFC 5869 A.3": (
        "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
}


@pytest.mark.parametrize("case", GCM)
def test_aes_256_gcm_gives_the_specifications_answer(case):
    key, nonce, plain, bound, answer = map(bytes.fromhex, GCM[case])
    assert AES.encrypt(key, nonce, plain, bound) == answer
    assert AES.decrypt(key, nonce, answer, bound) == plain


@pytest.mark.parametrize("part", range(4))
def test_aes_256_gcm_opens_with_nothing_else(part):
    key, nonce, plain, bound, answer = map(bytes.fromhex, GCM["bound to data"])
    given = [key, nonce, answer, bound]
    given[part] = bytes([given[part][0] ^ 1]) + given[part][1:]
    with pytest.raises(CannotOpen) as refused:
        AES.decrypt(*given)
    assert refused.value.__suppress_context__
    assert plain.hex() not in str(refused.value)


@pytest.mark.parametrize("case", EXPAND)
def test_hkdf_expand_gives_the_rfcs_answer(case):
    key, info, answer = map(bytes.fromhex, EXPAND[case])
    assert HKDFExpand(hashes.SHA256(), len(answer), info).derive(key) == answer


def test_a_columns_key_is_hkdf_expand_of_the_data_key():
    secret, info = bytes(range(32)), b"kedang field\0contacts\0mobile\x001"
    made = sealed._field_key(secret, "contacts", "mobile", AES.code, AES.key_bytes)
    assert made == hmac.digest(secret, info + b"\x01", "sha256")


def test_no_two_columns_and_suites_share_a_key():
    given = [("a", "b", 1), ("a", "c", 1), ("ab", "c", 1), ("b", "a", 1), ("a", "b", 2)]
    assert len({sealed._field_key(bytes(32), *one, 32) for one in given}) == len(given)


def test_a_suite_is_named_by_the_number_in_the_header():
    assert {code: suite.name for code, suite in SUITES.items()} == {1: "AES-256-GCM"}
    assert (AES.key_bytes, NONCE) == (32, 12)


def test_an_empty_leaf_has_the_hash_of_rfc_6962():
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash("").hex() == empty == hashlib.sha256(b"\0").hexdigest()
