"""Suites: the ciphers and hashes of an archive; a box names its suite in its header.

`aes` is AES-256-GCM with SHA-256. `sm` is SM4-GCM (RFC 8998, GB/T 32907) with SM3 (GB/T 32905) in
HMAC and HKDF. Every key that is kept has 32 bytes; what a cipher takes is derived from it.
"""

from __future__ import annotations

import hmac as standard_hmac
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from crm.errors import CannotOpen

NONCE = 12
"""Bytes of a nonce (SP 800-38D: 96 bits, random; far below 2^32 boxes for one record's key)."""
TAG = 16


@dataclass(frozen=True, slots=True)
class Suite:
    """One set of algorithms: its number in a box's header, its key length, its functions."""

    code: int
    name: str
    key_bytes: int
    """What the cipher takes; every stored secret has 32 bytes, as RFC 5869 asks of a hash of 32."""
    encrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    """(key, nonce, plaintext, associated data) → ciphertext with its tag."""
    decrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    """(key, nonce, ciphertext with tag, associated data) → plaintext; raises CannotOpen."""
    hash: Callable[[], hashes.HashAlgorithm]
    mac: Callable[[bytes, bytes], bytes]
    """(key, message) → keyed hash of 32 bytes."""

    def expand(self, secret: bytes, info: bytes) -> bytes:
        """HKDF-Expand (RFC 5869) with the suite's hash: a key for its cipher."""
        return HKDFExpand(self.hash(), self.key_bytes, info).derive(secret)

    def wrapping(self, secret: bytes) -> bytes:
        """The key that wraps other keys: the secret itself where the cipher takes 32 bytes."""
        return secret if self.key_bytes == len(secret) else self.expand(secret, b"kedang wrap")


def _aes_encrypt(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, plain, bound)


def _aes_decrypt(key: bytes, nonce: bytes, box: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, box, bound)
    except InvalidTag:
        raise CannotOpen(UNFIT) from None


def _sm4_encrypt(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(bound)
    return cipher.update(plain) + cipher.finalize() + cipher.tag


def _sm4_decrypt(key: bytes, nonce: bytes, box: bytes, bound: bytes) -> bytes:
    """What `update` gives is not released before `finalize` has checked the tag."""
    if len(box) < TAG:
        raise CannotOpen(UNFIT)
    cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce, box[-TAG:])).decryptor()
    cipher.authenticate_additional_data(bound)
    plain = cipher.update(box[:-TAG])
    try:
        return plain + cipher.finalize()
    except InvalidTag:
        raise CannotOpen(UNFIT) from None


def _hmac_sha256(key: bytes, message: bytes) -> bytes:
    return standard_hmac.digest(key, message, "sha256")


def _hmac_sm3(key: bytes, message: bytes) -> bytes:
    keyed = hmac.HMAC(key, hashes.SM3())
    keyed.update(message)
    return keyed.finalize()


UNFIT = "the box was altered, moved, or sealed with another key"
AES = Suite(1, "AES-256-GCM", 32, _aes_encrypt, _aes_decrypt, hashes.SHA256, _hmac_sha256)
SM = Suite(2, "SM4-GCM", 16, _sm4_encrypt, _sm4_decrypt, hashes.SM3, _hmac_sm3)

SUITES = {suite.code: suite for suite in (AES, SM)}
"""Suites by the number in a box's header."""
NAMED = {"aes": AES, "sm": SM}
"""Suites as `crm init --suite` names them."""
