"""The keyring: master key → key-encryption keys → one data key per record.

The master key lies in a file outside the instance. It wraps the keys in the table `keys`; the
primary record key wraps each record's random data key in the table `data_keys`. Losing the master
key loses every sealed value.
"""

from __future__ import annotations

import base64
import binascii
import os
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import LargeBinary, SmallInteger, String, Uuid, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.crypto.sealed import RecordKey
from crm.crypto.suites import AES, NONCE, SUITES
from crm.db import Base, Moment, db, run
from crm.errors import CannotOpen, KeyMissing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RECORD, BLIND = "record", "blind"
"""What a key in `keys` is for: wrapping data keys, or keyed hashes of exact look-ups."""
KEY_BYTES = 32
"""Length of the master key and of the keys it wraps."""


class Key(Base):
    """A key of the house, wrapped. Its states: pending, primary, decrypt-only, retired."""

    __tablename__ = "keys"

    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    suite: Mapped[int] = mapped_column(SmallInteger)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)


class DataKey(Base):
    """The wrapped data key of a record (a customer, a person …). Deleting it shreds the record."""

    __tablename__ = "data_keys"

    owner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    key_version: Mapped[int] = mapped_column(SmallInteger, index=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


_WRAPPED = select(DataKey.owner_id, DataKey.version, DataKey.key_version, DataKey.wrapped)
DATA_KEY = _WRAPPED.where(DataKey.owner_id == bindparam("owner"))
DATA_KEYS = _WRAPPED.where(DataKey.owner_id.in_(bindparam("owners", expanding=True)))


class Keyring:
    """The keys in memory. Knows the master key; loads the wrapped ones when first asked."""

    def __init__(self, master: bytes) -> None:
        """Hold the master key."""
        self._master = master
        self._keys: dict[tuple[str, int], tuple[bytes, int]] = {}
        self._primary: dict[str, int] = {}

    def derive(self, purpose: str) -> bytes:
        """A key that needs no storing: 32 bytes from the master key, for cookies and the like."""
        info = f"kedang {purpose}".encode()
        return HKDF(hashes.SHA256(), KEY_BYTES, None, info).derive(self._master)

    def make(self, purpose: str, *, suite: int = AES.code) -> Key:
        """A new first key for a purpose, wrapped, to be added to the session."""
        secret = os.urandom(KEY_BYTES)
        wrapped = _wrap(self._master, secret, _key_bound(purpose, 1))
        return Key(
            purpose=purpose,
            version=1,
            state="primary",
            suite=suite,
            wrapped=wrapped,
            made_at=clock.now(),
        )

    def key(self, purpose: str, version: int | None = None) -> tuple[bytes, int, int]:
        """(secret, suite, version) of a key, the primary one unless a version is named.

        Raises KeyMissing when there is none or the master key is the wrong one.
        """
        if purpose not in self._primary or (version and (purpose, version) not in self._keys):
            self._load()
        version = version or self._primary.get(purpose, 0)
        if (purpose, version) not in self._keys:
            raise KeyMissing(f"no {purpose} key of version {version}")
        secret, suite = self._keys[purpose, version]
        return secret, suite, version

    def _load(self) -> None:
        for key in db.session.scalars(select(Key).where(Key.state != "retired")):
            try:
                secret = _unwrap(self._master, key.wrapped, _key_bound(key.purpose, key.version))
            except CannotOpen:
                raise KeyMissing(
                    "the master key is not the one this archive was made with"
                ) from None
            self._keys[key.purpose, key.version] = secret, key.suite
            if key.state == "primary":
                self._primary[key.purpose] = key.version

    def new_data_key(self, owner_id: UUID) -> tuple[DataKey, RecordKey]:
        """A random data key for a new record: the row to store, and the key to seal with."""
        wrapping, suite, version = self.key(RECORD)
        secret = os.urandom(SUITES[suite].key_bytes)
        wrapped = _wrap(wrapping, secret, _data_key_bound(owner_id, 1))
        row = DataKey(owner_id=owner_id, version=1, key_version=version, wrapped=wrapped)
        return row, RecordKey(owner_id, 1, suite, secret)

    def open_data_key(
        self, owner_id: UUID, version: int, key_version: int, wrapped: bytes
    ) -> RecordKey:
        """A stored data key, ready to use. Raises CannotOpen or KeyMissing."""
        wrapping, suite, _ = self.key(RECORD, key_version)
        secret = _unwrap(wrapping, wrapped, _data_key_bound(owner_id, version))
        return RecordKey(owner_id, version, suite, secret)

    def record_keys(self, owner_ids: Iterable[UUID]) -> dict[UUID, RecordKey]:
        """The data keys of several records, in one query. A shredded record has none."""
        rows = run(DATA_KEYS, {"owners": list(owner_ids)})
        return {row[0]: self.open_data_key(*row) for row in rows}

    def record_key(self, owner_id: UUID) -> RecordKey:
        """One record's data key. Raises CannotOpen when it is gone."""
        row = run(DATA_KEY, {"owner": owner_id}).first()
        if row is None:
            raise CannotOpen("the record's data key is gone")
        return self.open_data_key(*row)


def current() -> Keyring:
    """The keyring of the running application."""
    ring: Keyring = current_app.extensions["kedang.keyring"]
    return ring


def read_master_key(path: Path) -> bytes:
    """The master key from its file. Raises KeyMissing when it is not there or not a key."""
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except (OSError, UnicodeError, binascii.Error):
        raise KeyMissing(f"no readable master key at {path}") from None
    if len(key) != KEY_BYTES:
        raise KeyMissing(f"the file {path} does not hold a master key")
    return key


def make_master_key(path: Path) -> None:
    """Write a new master key, mode 0600, never over an old one. Raises FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _wrap(key: bytes, secret: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AES.encrypt(key, nonce, secret, bound)


def _unwrap(key: bytes, wrapped: bytes, bound: bytes) -> bytes:
    return AES.decrypt(key, wrapped[:NONCE], wrapped[NONCE:], bound)


def _key_bound(purpose: str, version: int) -> bytes:
    return f"keys\0{purpose}\0{version}".encode()


def _data_key_bound(owner_id: UUID, version: int) -> bytes:
    return b"data_keys\0" + owner_id.bytes + version.to_bytes(2, "big")
