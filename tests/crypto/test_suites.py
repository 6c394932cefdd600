"""The ciphers against other people's published answers."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from crm.audit.entry import leaf_hash
from crm.crypto import sealed
from crm.crypto.suites import AES, NAMED, NONCE, SM, SUITES
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

_SM4_GCM = (
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)
RFC_8998 = tuple(
    map(
        bytes.fromhex,
        (
            "0123456789abcdeffedcba9876543210",
            "00001234567800000000abcd",
            "aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8,
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            _SM4_GCM,
        ),
    )
)
"""RFC 8998 A.1, SM4-GCM: key, nonce, plaintext, bound data, answer."""
SM4 = ("0123456789abcdeffedcba9876543210", "681edf34d206965e86b3e94f536e4246")
"""GB/T 32907-2016 A.1: this block, enciphered with itself as the key, is that one."""
SM3 = {
    "616263": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    "61626364" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}
"""GB/T 32905-2016 A.1 and A.2: message, hash."""

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


def test_sm4_gives_the_standards_answer():
    block, answer = map(bytes.fromhex, SM4)
    cipher = Cipher(algorithms.SM4(block), modes.ECB()).encryptor()  # noqa: S305 - the standard's own example
    assert cipher.update(block) == answer


@pytest.mark.parametrize("message", SM3)
def test_sm3_gives_the_standards_answer(message):
    hashed = hashes.Hash(SM.hash())
    hashed.update(bytes.fromhex(message))
    assert hashed.finalize().hex() == SM3[message]


def test_sm4_gcm_gives_the_rfcs_answer():
    key, nonce, plain, bound, answer = RFC_8998
    assert SM.encrypt(key, nonce, plain, bound) == answer
    assert SM.decrypt(key, nonce, answer, bound) == plain


@pytest.mark.parametrize("part", range(4))
def test_sm4_gcm_opens_with_nothing_else(part):
    key, nonce, plain, bound, answer = RFC_8998
    given = [key, nonce, answer, bound]
    given[part] = bytes([given[part][0] ^ 1]) + given[part][1:]
    with pytest.raises(CannotOpen) as refused:
        SM.decrypt(*given)
    assert refused.value.__suppress_context__
    assert plain.hex() not in str(refused.value)


@pytest.mark.parametrize("length", [0, 15])
def test_what_is_shorter_than_a_tag_does_not_open(length):
    with pytest.raises(CannotOpen):
        SM.decrypt(RFC_8998[0], RFC_8998[1], bytes(length), b"")


def test_hmac_sm3_is_the_hmac_of_rfc_2104_over_sm3():
    """No standard publishes a vector; the definition is worked out here beside it."""

    def sm3(message: bytes) -> bytes:
        hashed = hashes.Hash(hashes.SM3())
        hashed.update(message)
        return hashed.finalize()

    key = bytes(range(32)).ljust(64, b"\0")
    inner = sm3(bytes(one ^ 0x36 for one in key) + b"13912345678")
    assert SM.mac(bytes(range(32)), b"13912345678") == sm3(bytes(one ^ 0x5C for one in key) + inner)


def test_hkdf_expand_of_the_second_suite_is_its_own_hmac():
    secret, info = bytes(range(32)), b"kedang field\0contacts\0mobile\x002"
    made = sealed._field_key(secret, "contacts", "mobile", SM)
    assert made == SM.mac(secret, info + b"\x01")[:16]


@pytest.mark.parametrize("case", EXPAND)
def test_hkdf_expand_gives_the_rfcs_answer(case):
    key, info, answer = map(bytes.fromhex, EXPAND[case])
    assert HKDFExpand(hashes.SHA256(), len(answer), info).derive(key) == answer


def test_a_columns_key_is_hkdf_expand_of_the_data_key():
    secret, info = bytes(range(32)), b"kedang field\0contacts\0mobile\x001"
    made = sealed._field_key(secret, "contacts", "mobile", AES)
    assert made == hmac.digest(secret, info + b"\x01", "sha256")


def test_no_two_columns_and_suites_share_a_key():
    given = [("a", "b", AES), ("a", "c", AES), ("ab", "c", AES), ("b", "a", AES), ("a", "b", SM)]
    assert len({sealed._field_key(bytes(32), *one)[:16] for one in given}) == len(given)


def test_a_suite_is_named_by_the_number_in_the_header():
    named = {code: suite.name for code, suite in SUITES.items()}
    assert named == {1: "AES-256-GCM", 2: "SM4-GCM"}
    assert {"aes": SUITES[1], "sm": SUITES[2]} == NAMED
    assert (AES.key_bytes, SM.key_bytes, NONCE) == (32, 16, 12)


def test_an_empty_leaf_has_the_hash_of_rfc_6962():
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash("").hex() == empty == hashlib.sha256(b"\0").hexdigest()
